"""Many short strings in two arrays, so that they can be memory-mapped and read a few at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.search.compiled import compiled


def frozen(array: np.ndarray) -> np.ndarray:
    """Give an array as a mapped file would be: read-only, so that compiled code sees one kind of array."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def letters_of(text: str) -> np.ndarray:
    """Give ASCII text as read-only uint8, (letters,)."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


ALL = frozen(np.empty(0, dtype=np.bool_))
"""In place of what tells which songs a search may find, (songs,) bool: it may find any."""


@compiled
def _gathered(blob: np.ndarray, starts: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    moved = np.empty_like(blob)
    ends = np.zeros(len(starts), dtype=np.int64)
    at = 0
    for place in range(len(order)):
        for i in range(starts[order[place]], starts[order[place] + 1]):
            moved[at] = blob[i]
            at += 1
        ends[place + 1] = at
    return moved, ends


@dataclass(frozen=True)
class TextColumn:
    """Strings end to end in UTF-8: string i is `blob[starts[i]:starts[i + 1]]`.

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
    def of(cls, texts: Iterable[str]) -> "TextColumn":
        """Pack strings; none may hold a lone surrogate."""
        packed, ends = bytearray(), [0]
        for text in texts:
            packed += text.encode()
            ends.append(len(packed))
        return cls(frozen(np.frombuffer(packed, dtype=np.uint8)), frozen(np.array(ends, dtype=np.int64)))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def reordered(self, order: np.ndarray) -> "TextColumn":
        """Give the strings in another order, all of them."""
        blob, starts = _gathered(self.blob, self.starts, order)
        return TextColumn(frozen(blob), frozen(starts))

    def one(self, position: int) -> str:
        """Give one string."""
        return bytes(self.blob[self.starts[position] : self.starts[position + 1]]).decode()
