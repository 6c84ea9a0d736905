"""Exact search: one matrix product and a partial sort. Right for batches, small catalogues and narrow filters."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ExactIndex:
    """All vectors, `(songs, dim)` float32, searched one by one."""

    vectors: np.ndarray

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
        scores = (self.vectors if allowed is None else self.vectors[allowed]) @ query
        k = min(k, len(scores))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.lexsort((best, -scores[best]))]
        return (best if allowed is None else allowed[best]).astype(np.int64), scores[best]
