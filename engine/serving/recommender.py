"""Candidates, filters and re-ranking for one listener at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.features import UserArrays
from engine.retrieval import ExactIndex, HnswIndex
from engine.serving.head_index import HeadIndex
from engine.serving.rerank import diversify
from engine.serving.runtime import UserTower

_WHO = ("age", "gender", "country")
CANDIDATES = 200  # what diversity chooses from, at least


@dataclass(frozen=True)
class Ranked:
    """Recommended songs, best first, and for each the song of the history that is closest to it.

    `songs` `(k,)` positions, `scores` `(k,)`, `closest` `(k,)` positions, -1 for a listener without a history. `query`
    `(dim + 1,)` is the listener's vector.
    """

    query: np.ndarray
    songs: np.ndarray
    scores: np.ndarray
    closest: np.ndarray


@dataclass(frozen=True)
class Listener:
    """Someone to recommend to.

    `history` `(songs,)` positions of the songs heard, the most telling first; `user` their demographics, arrays of
    length 1; `play_counts` `(songs,)`, NaN where not known; `played_at` `(songs,)` as of `last_played` and `weights`
    `(songs,)` as of `play_weights`, or None; `known_as` a known user's position plus 1, or 0.
    """

    history: np.ndarray
    user: UserArrays
    play_counts: np.ndarray
    played_at: np.ndarray | None = None
    weights: np.ndarray | None = None
    known_as: int = 0


class Recommender:
    """Ranks songs for a listener: the user tower's vector, a vector index, then what only re-ranks.

    The first `taste_dim` places of a vector say what a song is like, the others what it is worth and to whom.
    `exact` scores every song. With `by_head` it is the only way: a vector index doesn't rank as a head does.
    """

    def __init__(
        self,
        tower: UserTower,
        vectors: np.ndarray,
        taste_dim: int,
        hnsw: HnswIndex | None,
        by_head: HeadIndex | None = None,
    ) -> None:
        self._tower = tower
        self.exact: ExactIndex | HeadIndex = by_head or ExactIndex(vectors)
        self._hnsw = hnsw if hnsw is not None and hnsw.measured.serves and by_head is None else None
        self._taste = vectors[:, :taste_dim]
        norms = np.linalg.norm(self._taste, axis=1, keepdims=True)
        self._unit = self._taste / np.maximum(norms, 1e-9)

    def recommend(
        self,
        listener: Listener,
        k: int,
        exclude: np.ndarray,
        allowed: np.ndarray | None = None,
        diversity: float = 0.0,
    ) -> Ranked:
        """Recommend k songs.

        Parameters
        ----------
        exclude
            Positions never to recommend.
        allowed
            Positions to choose from, or None for all.
        diversity
            As in `diversify`.
        """
        query = self.query(listener)
        pool = k if diversity <= 0 else max(CANDIDATES, 5 * k)
        songs, scores = self._candidates(query, pool, exclude, allowed)
        order = diversify(self._taste[songs], scores, k, diversity)
        songs, scores = songs[order], scores[order]
        return Ranked(query, songs, scores, self._closest(songs, listener.history))

    def query(self, listener: Listener) -> np.ndarray:
        """Embed a listener, `(width,)`."""
        return self.queries([listener])[0]

    def queries(self, listeners: Sequence[Listener]) -> np.ndarray:
        """Embed listeners, `(listeners, width)`; of all or of none is it known when and how much they played."""
        times = [one.played_at for one in listeners if one.played_at is not None]
        weights = [one.weights for one in listeners if one.weights is not None]
        who = UserArrays(*(np.concatenate([getattr(one.user, name) for one in listeners]) for name in _WHO))
        known_as = np.array([one.known_as for one in listeners])
        return self._tower.vectors([one.history for one in listeners], who, times or None, known_as, weights or None)

    def scores(self, query: np.ndarray, songs: np.ndarray) -> np.ndarray:
        """Score some songs, by position, for a listener's vector, `(songs,)`."""
        return np.asarray(self.exact.narrowed(songs).scores(query[None])[0])

    def similar(self, song: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Songs whose vectors point the same way, without the song itself: positions and cosines."""
        songs, cosines = ExactIndex(self._unit).search(self._unit[song], k + 1)
        others = songs != song
        return songs[others][:k], cosines[others][:k]

    def _candidates(
        self, query: np.ndarray, k: int, exclude: np.ndarray, allowed: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        if allowed is None and self._hnsw is not None:
            found = self._hnsw.search(query, k + len(exclude))
            if found is not None:
                kept = ~np.isin(found[0], exclude)
                if kept.sum() >= k:
                    return found[0][kept][:k], found[1][kept][:k]
        if allowed is not None:
            allowed = np.setdiff1d(allowed, exclude)
            return self.exact.search(query, k, allowed)
        songs, scores = self.exact.search(query, k + len(exclude))
        kept = ~np.isin(songs, exclude)
        return songs[kept][:k], scores[kept][:k]

    def _closest(self, songs: np.ndarray, history: np.ndarray) -> np.ndarray:
        if len(history) == 0 or len(songs) == 0:
            return np.full(len(songs), -1, dtype=np.int64)
        return history[np.argmax(self._unit[songs] @ self._unit[history].T, axis=1)]


def one_user(age: int, gender: int, country: int) -> UserArrays:
    """Encoded demographics of one listener."""
    return UserArrays(*(np.array([value], dtype=np.int64) for value in (age, gender, country)))


def take(users: UserArrays, rows: Sequence[int] | np.ndarray) -> UserArrays:
    """Encoded demographics of some of the users."""
    return UserArrays(users.age[rows], users.gender[rows], users.country[rows])
