"""Search by a head: every song scored for every request, since no index orders songs as dense layers do."""

from dataclasses import dataclass

import numpy as np

from engine.retrieval.exact import best_first
from engine.serving.runtime import Head


@dataclass(frozen=True)
class HeadIndex:
    """All songs, scored by the head one by one; a `VectorIndex` in the place of `ExactIndex`.

    `vectors` `(songs, dim + 1)`; `heat` `(songs,)` is added to the scores: how much a song is played now, which a dot
    product has in its bias.
    """

    head: Head
    vectors: np.ndarray
    heat: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    def scores(self, queries: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Score all songs for several users' vectors: `(users, songs)` float32, into `out` if given."""
        return np.add(self.head.scores(queries, self.vectors), self.heat, out=out)

    def narrowed(self, songs: np.ndarray) -> "HeadIndex":
        """Give an index of these songs alone, in this order."""
        return HeadIndex(self.head, np.ascontiguousarray(self.vectors[songs]), self.heat[songs])

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k best songs, as `VectorIndex.search`."""
        if allowed is None:
            return best_first(self.scores(query[None])[0], k)
        songs = np.flatnonzero(allowed)
        return best_first(self.narrowed(songs).scores(query[None])[0], k, songs)
