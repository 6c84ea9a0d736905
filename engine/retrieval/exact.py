"""Exact search: one matrix product and a partial sort. Right for batches, small catalogues and narrow filters."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MOST_BY_COLUMN = 256 << 20  # bytes of vectors that are laid out a second time
GATHERED = 0.1  # share of songs up to which copying theirs out costs less than scoring all


@dataclass(frozen=True)
class ExactIndex:
    """All vectors, `(songs, dim)` float32, searched one by one; a `VectorIndex`."""

    vectors: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    def scores(self, queries: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Score all songs for several queries `(users, dim)`: `(users, songs)` float32, into `out` if given."""
        return np.asarray(np.matmul(queries, self.vectors.T, out=out))

    def narrowed(self, songs: np.ndarray) -> "ExactIndex":
        """Give an index of these songs alone, in this order."""
        return ExactIndex(np.ascontiguousarray(self.vectors[songs]))

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k songs with the largest inner product, as `VectorIndex.search`."""
        if allowed is None:
            return best_first(self._by_column @ query, k)
        songs = np.flatnonzero(allowed)
        if len(songs) <= GATHERED * len(allowed):
            return best_first(self.vectors[songs] @ query, k, songs)
        return best_first((self._by_column @ query)[songs], k, songs)

    @cached_property
    def _by_column(self) -> np.ndarray:
        """The vectors, a dimension after the other: one query takes half the time, a sum of columns, not of rows."""
        return np.asfortranarray(self.vectors) if self.vectors.nbytes <= MOST_BY_COLUMN else self.vectors


def best_first(scores: np.ndarray, k: int, songs: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Choose the k highest of `scores`: their positions (or those of `songs`) and scores, equal ones by position."""
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    # The k-th highest value, not its position: of several that tie for the last place the first ones are taken.
    last = np.partition(scores, len(scores) - k)[len(scores) - k]
    at = np.flatnonzero(scores >= last)
    best = at[np.argsort(-scores[at], kind="stable")[:k]]
    return (best if songs is None else songs[best]).astype(np.int64), scores[best]
