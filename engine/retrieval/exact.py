"""Exact search: one matrix product and a partial sort. Right for batches, small catalogues and narrow filters."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ExactIndex:
    """All vectors, `(songs, dim)` float32, searched one by one."""

    vectors: np.ndarray

    def scores(self, queries: np.ndarray) -> np.ndarray:
        """Score all songs for several queries `(users, dim)`: `(users, songs)`."""
        return np.asarray(queries @ self.vectors.T)

    def narrowed(self, songs: np.ndarray) -> "ExactIndex":
        """Give an index of these songs alone, in this order."""
        return ExactIndex(np.ascontiguousarray(self.vectors[songs]))

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k songs with the largest inner product.

        Parameters
        ----------
        query
            `(dim,)` float32.
        k
            How many; fewer come back if fewer are allowed.
        allowed
            Positions to choose from, or None for all.

        Returns
        -------
        positions, scores
            Best first, equal scores by position.
        """
        return best_first((self.vectors if allowed is None else self.vectors[allowed]) @ query, k, allowed)


def best_first(scores: np.ndarray, k: int, songs: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Choose the k highest of `scores`: their positions (or those of `songs`) and scores, equal ones by position."""
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    best = np.argpartition(-scores, k - 1)[:k]
    best = best[np.lexsort((best, -scores[best]))]
    return (best if songs is None else songs[best]).astype(np.int64), scores[best]
