"""Candidates, filters and re-ranking for one listener at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.features import UserArrays
from engine.retrieval import ExactIndex, HnswIndex
from engine.serving.rerank import diversify
from engine.serving.runtime import UserTower

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


class Recommender:
    """Ranks songs for a listener: the user tower's vector, a vector index, then what only re-ranks."""

    def __init__(self, tower: UserTower, vectors: np.ndarray, hnsw: HnswIndex | None) -> None:
        self._tower = tower
        self._exact = ExactIndex(vectors)
        self._hnsw = hnsw if hnsw is not None and hnsw.measured.serves else None
        self._vectors = vectors
        norms = np.linalg.norm(vectors[:, :-1], axis=1, keepdims=True)
        self._unit = vectors[:, :-1] / np.maximum(norms, 1e-9)

    def recommend(
        self,
        history: np.ndarray,
        user: UserArrays,
        k: int,
        exclude: np.ndarray,
        allowed: np.ndarray | None = None,
        diversity: float = 0.0,
    ) -> Ranked:
        """Recommend k songs.

        Parameters
        ----------
        history
            Positions of the songs heard, the most telling first.
        user
            One listener's demographics, arrays of length 1.
        exclude
            Positions never to recommend.
        allowed
            Positions to choose from, or None for all.
        diversity
            As in `diversify`.
        """
        query = self._tower.vectors([history], user)[0]
        pool = k if diversity <= 0 else max(CANDIDATES, 5 * k)
        songs, scores = self._candidates(query, pool, exclude, allowed)
        order = diversify(self._vectors[songs, :-1], scores, k, diversity)
        songs, scores = songs[order], scores[order]
        return Ranked(query, songs, scores, self._closest(songs, history))

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
            return self._exact.search(query, k, allowed)
        songs, scores = self._exact.search(query, k + len(exclude))
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
