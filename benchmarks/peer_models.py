"""Peers that learn from who played what: popularity, ItemKNN, EASE, SLIM and iALS.

Each `fit_…` takes a `Train` and hyper-parameters and gives a scorer: user positions in, scores of all songs out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from benchmarks.protocol import Split

Scorer = Callable[[np.ndarray], np.ndarray]
"""User positions `(n,)` in, scores `(n, songs)` out; -inf where a song can't be recommended."""

BLOCK_SCORES = 25_000_000  # 100 MB as float32
KNN_MOST_SONGS = 20_000  # of larger catalogues ItemKNN knows the most played songs


@dataclass(frozen=True)
class Train:
    """A split's train part, by position."""

    split: Split

    @cached_property
    def users(self) -> np.ndarray:
        """User of each play."""
        return self.split.user_index.get_indexer(self.split.train["user_id"])

    @cached_property
    def songs(self) -> np.ndarray:
        """Song of each play."""
        return self.split.song_index.get_indexer(self.split.train["song_id"])

    @cached_property
    def heard(self) -> sparse.csr_matrix:
        """Who played what, `(users, songs)`, ones."""
        matrix = self._matrix(np.ones(len(self.users), dtype=np.float32))
        matrix.data[:] = 1
        return matrix

    @cached_property
    def log_counts(self) -> sparse.csr_matrix:
        """log(1 + plays), `(users, songs)`; log 2 for all where nothing was counted."""
        counts = self.split.train.get("play_count", pd.Series(1, index=self.split.train.index))
        matrix = self._matrix(counts.astype(float).to_numpy())
        matrix.data = np.log1p(matrix.data).astype(np.float32)
        return matrix

    @cached_property
    def listeners(self) -> np.ndarray:
        """Users of each song."""
        return np.asarray(self.heard.sum(axis=0)).ravel()

    @cached_property
    def known(self) -> np.ndarray:
        """Positions of the songs with plays."""
        return np.flatnonzero(self.listeners)

    def _matrix(self, values: np.ndarray) -> sparse.csr_matrix:
        shape = (len(self.split.users), len(self.split.songs))
        return sparse.coo_matrix((values, (self.users, self.songs)), shape=shape).tocsr()

    def among_known(self, score: Scorer) -> Scorer:
        """Spread scores of the songs with plays over all songs; ties go to the more popular one."""
        popular = (self.listeners[self.known] / self.listeners.max()).astype(np.float32)

        def spread(users: np.ndarray) -> np.ndarray:
            scores = np.full((len(users), len(self.listeners)), -np.inf, dtype=np.float32)
            known = score(users)
            scores[:, self.known] = known + 1e-6 * max(float(np.abs(known).max(initial=0)), 1e-6) * popular
            return scores

        return spread


def fit_popularity(train: Train) -> Scorer:
    """Rank by listeners."""
    return lambda users: np.broadcast_to(train.listeners.astype(np.float32), (len(users), len(train.listeners)))


def fit_decayed_popularity(train: Train, half_life: float) -> Scorer:
    """Rank by plays that lose half of their weight in `half_life`, a share of the span of time."""
    times = pd.to_datetime(train.split.train["played_at"])
    age = (times.max() - times) / (times.max() - times.min())
    scores = np.bincount(train.songs, weights=0.5 ** (age / half_life), minlength=len(train.listeners))
    scores = scores / scores.max()
    return lambda users: np.broadcast_to(scores, (len(users), len(scores)))


def fit_itemknn(train: Train, weighting: str, neighbours: int, shrink: float, keep: str, lean: float) -> Scorer:
    """Sum how alike songs are to the songs heard (Sarwar et al., WWW 2001).

    Parameters
    ----------
    weighting
        Of the plays before the cosine: `cosine` (none), `tfidf` or `bm25`.
    neighbours, keep
        How many of its nearest a song takes into account: as the song that is scored (`scored`) or as one that was
        heard (`heard`).
    shrink
        Added to the denominator, so that few listeners in common don't count for much.
    lean
        The scored song's share of the cosine's denominator (Aiolli, RecSys 2013): .5 for the plain cosine; less favours
        popular songs.
    """
    heard = train.heard[:, train.known]
    chosen = np.sort(np.argsort(-train.listeners[train.known], kind="stable")[:KNN_MOST_SONGS])
    similar = _neighbours(_weighted(heard[:, chosen], weighting), neighbours, shrink, keep, lean)

    def score(users: np.ndarray) -> np.ndarray:
        scores = np.zeros((len(users), len(train.known)), dtype=np.float32)
        scores[:, chosen] = (heard[users][:, chosen] @ similar).toarray()
        return scores

    return train.among_known(score)


def _weighted(heard: sparse.csr_matrix, weighting: str) -> sparse.csr_matrix:
    if weighting == "cosine":
        return heard.T.tocsr()
    from implicit.nearest_neighbours import bm25_weight, tfidf_weight

    weigh = bm25_weight if weighting == "bm25" else tfidf_weight
    return weigh(heard.T.tocsr()).tocsr().astype(np.float32)


def _neighbours(songs: sparse.csr_matrix, neighbours: int, shrink: float, keep: str, lean: float) -> sparse.csr_matrix:
    """Similarities `(heard songs, scored songs)` of songs `(songs, users)`."""
    squares = np.asarray(songs.multiply(songs).sum(axis=1)).ravel()
    own, other = (lean, 1 - lean) if keep == "scored" else (1 - lean, lean)
    users, count = songs.T.tocsr(), songs.shape[0]
    k = min(neighbours, count - 1)
    # A user with thousands of songs makes the product nearly dense, so it is cut block by block.
    block = max(1, BLOCK_SCORES // count)
    parts = []
    for start in range(0, count, block):
        dense = (songs[start : start + block] @ users).toarray()
        dense /= squares[start : start + block, None] ** own * squares[None, :] ** other + shrink + 1e-9
        rows = np.arange(len(dense))
        dense[rows, start + rows] = 0
        best = np.argpartition(-dense, k, axis=1)[:, :k]
        values = np.take_along_axis(dense, best, axis=1).ravel()
        part = sparse.csr_matrix((values, best.ravel(), np.arange(0, values.size + 1, k)), shape=(len(dense), count))
        part.eliminate_zeros()
        parts.append(part)
    similar = sparse.vstack(parts).tocsr()
    return similar.T.tocsr() if keep == "scored" else similar


def fit_ease(train: Train, regularisation: float) -> Scorer:
    """Regress each song on all others (Steck, WWW 2019), over the whole catalogue.

    With fewer users than songs through the users' Gram matrix: `P = (XᵀX + λI)⁻¹` is never formed, for
    `XP = (XXᵀ + λI)⁻¹X`, and the scores `X(I − P diag(P)⁻¹)` need beside it the diagonal of P alone.
    """
    heard = train.heard[:, train.known].astype(np.float64)
    users, songs = heard.shape
    if songs <= users:
        inverse = linalg.inv((heard.T @ heard).toarray() + regularisation * np.eye(songs))
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return train.among_known(lambda chosen: heard[chosen] @ weights)
    kernel = linalg.inv((heard @ heard.T).toarray() + regularisation * np.eye(users))
    projected = (heard.T @ kernel).T  # XP, for the kernel is symmetric
    diagonal = (1 - np.asarray(heard.multiply(projected).sum(axis=0)).ravel()) / regularisation
    return train.among_known(lambda chosen: heard[chosen].toarray() - projected[chosen] / diagonal)


def fit_slim(train: Train, l1: float, l2: float, sweeps: int = 30) -> Scorer:
    """Regress each song on all others with few and positive weights (Ning & Karypis, ICDM 2011).

    Coordinate descent on the Gram matrix, one song's weights in all regressions at a time.
    """
    heard = train.heard[:, train.known]
    gram = (heard.T @ heard).toarray()
    weights = np.zeros_like(gram)
    for _ in range(sweeps):
        most = 0.0
        for song in range(len(gram)):
            residual = gram[song] - gram[song] @ weights + gram[song, song] * weights[song]
            new = np.maximum(residual - l1, 0) / (gram[song, song] + l2)
            new[song] = 0
            most = max(most, float(np.abs(new - weights[song]).max()))
            weights[song] = new
        if most < 1e-3:
            break
    return train.among_known(lambda users: heard[users] @ weights)


def fit_ials(
    train: Train, factors: int, regularisation: float, alpha: float, counts: str, iterations: int = 15, seed: int = 0
) -> Scorer:
    """Factorise with confidence (Hu, Koren & Volinsky, ICDM 2008); `counts` is `log` or `binary`."""
    from implicit.als import AlternatingLeastSquares

    plays = (train.log_counts if counts == "log" else train.heard)[:, train.known]
    model = AlternatingLeastSquares(
        factors=factors,
        regularization=regularisation,
        alpha=alpha,
        iterations=iterations,
        random_state=seed,
        num_threads=1,
        use_gpu=False,
    )
    model.fit(plays, show_progress=False)
    return train.among_known(lambda users: model.user_factors[users] @ model.item_factors.T)
