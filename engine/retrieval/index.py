"""What anything that finds the best songs for a vector has to do: a file, a graph, or a database elsewhere.

`tests/retrieval/test_vector_index.py` holds the contract; a new kind of index is added to its list.
"""

from typing import Protocol

import numpy as np


class VectorIndex(Protocol):
    """Finds the songs that score highest for a listener's vector. Safe to ask from several threads."""

    def __len__(self) -> int:
        """Give the number of songs."""
        ...

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k best songs; whatever is asked, it answers and never raises.

        Parameters
        ----------
        query
            `(dim,)` float32.
        k
            How many. Fewer come back only if fewer are there, or allowed.
        allowed
            `(songs,)` bool, which songs may be found; None for any.

        Returns
        -------
        positions, scores
            `(found,)` int64 and float32, best first, each song once; of equal scores the lower position first.
        """
        ...
