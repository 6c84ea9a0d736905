"""Many short strings in two arrays, so that they can be memory-mapped and read a few at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TextColumn:
    """Strings end to end in UTF-8: string i is `blob[ends[i-1]:ends[i]]`, with `starts` = (0, *ends).

    Parameters
    ----------
    blob
        uint8, (bytes,).
    starts
        int64, (strings + 1,).
    """

    blob: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextColumn":
        """Pack strings; none may hold a lone surrogate."""
        pieces = [text.encode() for text in texts]
        starts = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.cumsum(np.fromiter((len(piece) for piece in pieces), np.int64, len(pieces)), out=starts[1:])
        return cls(np.frombuffer(b"".join(pieces), dtype=np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, positions: np.ndarray) -> list[str]:
        """Give the strings at `positions`, in that order."""
        firsts, lasts = self.starts[positions].tolist(), self.starts[positions + 1].tolist()
        blob = self.blob.data  # a memoryview: far cheaper to slice than the array
        return [
            str(blob[first:last], "utf-8") if first < last else "" for first, last in zip(firsts, lasts, strict=True)
        ]

    def one(self, position: int) -> str:
        """Give one string."""
        first, last = self.starts[position : position + 2].tolist()
        return self.blob[first:last].tobytes().decode()
