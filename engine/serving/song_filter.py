"""Which songs a filter leaves, and which genres, years and artists there are."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from engine.data.artists import split_artist, standalone_artists
from engine.data.features import genre_list


class SongFilter:
    """A catalogue's songs by genre, year and artist, looked up once: a search as you type asks at each key."""

    def __init__(self, songs: pd.DataFrame) -> None:
        self._songs = songs

    def allowed(
        self,
        genres: Sequence[str] | None,
        years: tuple[int, int] | None,
        only: np.ndarray | None = None,
        without: np.ndarray | None = None,
    ) -> np.ndarray | None:
        """Tell which songs have at least one of the genres and are of these years, both included.

        Parameters
        ----------
        only, without
            Positions of songs: none but these, and none of these. None for no such filter.

        Returns
        -------
        allowed
            `(songs,)` bool, or None where there is no filter. A song without a year is of no year.
        """
        if not genres and years is None and only is None and (without is None or not len(without)):
            return None
        kept = np.ones(len(self._songs), dtype=bool)
        if genres:
            codes, lists = self._genres
            listed = np.zeros(len(lists) + 1, dtype=bool)  # one more place, for songs without genres: their code is -1
            for genre in genres:
                listed[self._codes_of.get(genre.casefold(), [])] = True
            kept = listed[codes]
        if years is not None:
            kept &= (self.release_years >= years[0]) & (self.release_years <= years[1])
        if only is not None:
            among = np.zeros(len(kept), dtype=bool)
            among[only] = True
            kept &= among
        if without is not None:
            kept[without] = False
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
        known = self.release_years[np.isfinite(self.release_years)]
        return (int(known.min()), int(known.max())) if len(known) else None

    @cached_property
    def release_years(self) -> np.ndarray:
        """Release year of each song, `(songs,)`, NaN where unknown."""
        return self._songs["release_year"].to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def main_artists(self) -> np.ndarray:
        """A number for each song's main artist, `(songs,)` int64, whoever the guests are.

        Songs of which nobody knows who made them have one each, so that they don't count as one artist's.
        """
        codes, credits = pd.factorize(self._songs["artist"])
        known = standalone_artists(credits)
        names = np.array([split_artist(str(name), known)[0] for name in credits] + [""], dtype=object)
        numbers = np.where(names == "", -1, pd.factorize(names)[0])[codes]  # a missing credit, code -1, is the last
        return np.where(numbers < 0, -1 - np.arange(len(numbers)), numbers).astype(np.int64)

    @cached_property
    def _genres(self) -> tuple[np.ndarray, list[list[str]]]:
        """Give each song's combination of genres as a code, and the genres of each code: there are few of them."""
        codes, texts = pd.factorize(self._songs["genres"])
        return codes, [genre_list(text) for text in texts]

    @cached_property
    def _codes_of(self) -> dict[str, list[int]]:
        """Codes of `_genres` that a genre is in."""
        found: dict[str, list[int]] = {}
        for code, names in enumerate(self._genres[1]):
            for name in names:
                found.setdefault(name, []).append(code)
        return found
