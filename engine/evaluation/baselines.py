"""Baselines that a report sets beside the model: popularity and EASE, tuned on the same validation plays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from engine.data.histories import Histories
from engine.evaluation.metrics import Scorer, ranking_metrics

EASE_LAMBDAS = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
EASE_MOST_SONGS = 5_000  # its matrix is songs × songs and has to be inverted; the least played are left out


def popularity(histories: Histories, songs: int) -> Scorer:
    """Score each song by its listeners, the same for everyone."""
    listeners = np.bincount(histories.songs, minlength=songs).astype(np.float32)

    def score(users: np.ndarray) -> np.ndarray:
        return np.broadcast_to(listeners, (len(users), songs))

    return score


@dataclass(frozen=True)
class Ease:
    """EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019), fitted.

    `chosen` are the songs it knows, the most played ones; `weights` `(chosen, chosen)` float32.
    """

    chosen: np.ndarray
    weights: np.ndarray
    regularisation: float
    songs: int

    def scorer(self, histories: Histories) -> Scorer:
        """Score users by `histories`; songs it doesn't know score below all it knows."""
        plays = _matrix(histories, self.songs)[:, self.chosen]

        def score(users: np.ndarray) -> np.ndarray:
            known = plays[users] @ self.weights
            scores = np.full((len(users), self.songs), known.min(initial=0.0) - 1, dtype=np.float32)
            scores[:, self.chosen] = known
            return scores

        return score


def fit_ease(
    train: Histories,
    valid: Histories,
    songs: int,
    lambdas: Sequence[float] = EASE_LAMBDAS,
    most_songs: int = EASE_MOST_SONGS,
    on_progress: Callable[[float, float], None] = lambda regularisation, ndcg: None,
) -> Ease:
    """Fit EASE for each λ and keep the one with the best NDCG@10 on `valid`.

    The λ are tried upwards or downwards from the middle, stopping on each side once it gets worse: NDCG is
    unimodal in λ as far as anyone has seen, and every fit inverts a large matrix.

    Parameters
    ----------
    train
        Plays to fit on.
    valid
        Plays to choose λ by, without songs of `train` of the same user.
    """
    matrix = _matrix(train, songs)
    listeners = np.asarray(matrix.sum(axis=0)).ravel()
    chosen = np.sort(np.argsort(-listeners, kind="stable")[:most_songs])
    chosen = chosen[listeners[chosen] > 0]
    known = matrix[:, chosen]
    gram = (known.T @ known).toarray().astype(np.float32)
    users = np.flatnonzero((valid.counts > 0) & (train.counts > 0))

    fitted: dict[float, tuple[float, Ease]] = {}

    def attempt(regularisation: float) -> float:
        ease = Ease(chosen, _ease_weights(gram, regularisation), regularisation, songs)
        ndcg = 0.0
        if len(users):
            ndcg = float(ranking_metrics(ease.scorer(train), users, train, valid, songs)["ndcg@10"].mean())
        if all(ndcg > other for other, _ in fitted.values()):
            fitted.clear()  # only the best is worth its memory
            fitted[regularisation] = (ndcg, ease)
        on_progress(regularisation, ndcg)
        return ndcg

    middle = len(lambdas) // 2
    start = attempt(lambdas[middle])
    for side in (lambdas[middle + 1 :], lambdas[:middle][::-1]):
        previous = start
        for regularisation in side:
            ndcg = attempt(regularisation)
            if ndcg < previous:
                break
            previous = ndcg
    ((_, best),) = fitted.values()
    return best


def _ease_weights(gram: np.ndarray, regularisation: float) -> np.ndarray:
    ridge = gram.copy()
    ridge[np.diag_indices_from(ridge)] += regularisation
    # A symmetric positive definite inverse by Cholesky costs half of a general one.
    factor, info = linalg.lapack.spotrf(ridge, lower=1, overwrite_a=1)
    if info != 0:
        raise ValueError("the regularised Gram matrix is not positive definite")
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0.0
    return weights.astype(np.float32)


def _matrix(histories: Histories, songs: int) -> sparse.csr_matrix:
    ones = np.ones(len(histories.songs), dtype=np.float32)
    return sparse.csr_matrix((ones, histories.songs, histories.starts), shape=(len(histories.counts), songs))
