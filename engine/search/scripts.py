"""Titles and artists in their own script, and titles of symbols alone."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from engine.search.texts import ALL, TextColumn, frozen

_TAIL = "\U0010ffff"  # sorts behind every letter


@dataclass(frozen=True)
class ScriptTable:
    """Those songs whose title or artist Latin letters do not give in full.

    Parameters
    ----------
    songs
        int32, (entries,): ascending.
    texts
        Title and artist of each as `normalise.script_key` gives them, a line each, "" where plain Latin.
    order
        int32, (entries with a title,): by title.
    """

    songs: np.ndarray
    texts: TextColumn
    order: np.ndarray

    @classmethod
    def build(cls, songs: list[int], titles: list[str], artists: list[str]) -> "ScriptTable":
        """Keep the script keys of some songs."""
        by_song = np.argsort(np.array(songs, dtype=np.int64), kind="stable").tolist()
        titles = [titles[i] for i in by_song]
        texts = TextColumn.of(f"{title}\n{artists[i]}" for title, i in zip(titles, by_song, strict=True))
        order = sorted((i for i, title in enumerate(titles) if title), key=titles.__getitem__)
        numbers = np.array([songs[i] for i in by_song], dtype=np.int32)
        return cls(frozen(numbers), texts, frozen(np.array(order, dtype=np.int32)))

    def equal_to(self, text: str, limit: int, allowed: np.ndarray = ALL) -> np.ndarray:
        """Give up to `limit` songs whose title is `text`."""
        return _first(self._between(text, text), limit, allowed)

    def beginning_with(self, text: str, limit: int, allowed: np.ndarray = ALL) -> np.ndarray:
        """Give up to `limit` songs whose title is `text`, then up to `limit` whose title begins with it."""
        if not text:
            return np.empty(0, dtype=np.int32)
        begun = _first(self._between(text, text + _TAIL), limit, allowed)
        return np.concatenate([self.equal_to(text, limit, allowed), begun])

    def shares(self, text: str, songs: np.ndarray) -> np.ndarray:
        """Give the share of a text's letters beyond ASCII that each song has, float64."""
        shares = np.zeros(len(songs))
        letters = {letter for letter in text if not letter.isascii()} or set(text)
        places = np.searchsorted(self.songs, songs)
        for i, place in enumerate(places.tolist()):
            if place < len(self.songs) and self.songs[place] == songs[i]:
                shares[i] = len(letters & set(self.texts.one(place))) / len(letters)
        return shares

    def _between(self, first: str, last: str) -> np.ndarray:
        low = bisect_left(range(len(self.order)), first, key=self._title)
        high = bisect_right(range(len(self.order)), last, lo=low, key=self._title)
        return self.songs[self.order[low:high]]

    def _title(self, place: int) -> str:
        return self.texts.one(int(self.order[place])).partition("\n")[0]


def _first(songs: np.ndarray, limit: int, allowed: np.ndarray) -> np.ndarray:
    """Give the most popular (lowest) of the songs that may be found."""
    return np.sort(songs[allowed[songs]] if len(allowed) else songs)[:limit]
