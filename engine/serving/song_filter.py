"""Which songs a filter by genre and year leaves, and which genres and years there are."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from engine.data.features import genre_list


class SongFilter:
    """A catalogue's songs by genre and year, looked up once: a search as you type asks at each key."""

    def __init__(self, songs: pd.DataFrame) -> None:
        self._songs = songs

    def allowed(self, genres: Sequence[str] | None, years: tuple[int, int] | None) -> np.ndarray | None:
        """Tell which songs have at least one of the genres and are of these years, both included.

        Returns
        -------
        allowed
            `(songs,)` bool, or None where there is no filter. A song without a year is of no year.
        """
        if not genres and years is None:
            return None
        kept = np.ones(len(self._songs), dtype=bool)
        if genres:
            codes, lists = self._genres
            wanted = {genre.casefold() for genre in genres}
            # One more place at the end, for songs without genres: their code is -1.
            kept = np.array([not wanted.isdisjoint(names) for names in lists] + [False])[codes]
        if years is not None:
            kept &= (self._years >= years[0]) & (self._years <= years[1])
        return kept

    @cached_property
    def genres(self) -> list[str]:
        """All genres, the most frequent first."""
        codes, lists = self._genres
        counts: dict[str, int] = {}
        for names, songs in zip(lists, np.bincount(codes[codes >= 0], minlength=len(lists)).tolist(), strict=True):
            for name in names:
                counts[name] = counts.get(name, 0) + songs
        return sorted(counts, key=lambda name: -counts[name])

    @cached_property
    def years(self) -> tuple[int, int] | None:
        """First and last release year; None where none is known."""
        known = self._years[np.isfinite(self._years)]
        return (int(known.min()), int(known.max())) if len(known) else None

    @cached_property
    def _genres(self) -> tuple[np.ndarray, list[list[str]]]:
        """Give each song's combination of genres as a code, and the genres of each code: there are few of them."""
        codes, texts = pd.factorize(self._songs["genres"])
        return codes, [genre_list(text) for text in texts]

    @cached_property
    def _years(self) -> np.ndarray:
        return self._songs["release_year"].to_numpy(dtype=np.float64, na_value=np.nan)
