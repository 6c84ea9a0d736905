"""The map of a bundle's songs, as it was drawn when the bundle was built."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BundleError
from engine.serving import bundle as files
from engine.serving.bundle import Bundle
from engine.serving.song_filter import SongFilter
from engine.song_map.genres import first_genres


@dataclass(frozen=True)
class SongMap:
    """Where songs lie.

    `positions` `(songs, 2)` within -1..1; `mingling` whose neighbours the songs of a genre have: `genre`, `other`,
    `songs`, `share`, `chance`; `about` what the manifest says: `method`, `placed`, `trustworthiness`.
    """

    positions: np.ndarray
    mingling: pd.DataFrame
    about: dict[str, Any]
    _songs: pd.DataFrame

    @classmethod
    def load(cls, bundle: Bundle, songs: pd.DataFrame) -> "SongMap | None":
        """Read a bundle's map; None where it has none.

        Raises
        ------
        BundleError
            It can't be read, or is of other songs.
        """
        if not {files.MAP, files.MAP_GENRES} <= set(bundle.manifest["files"]):
            return None
        again = f"draw it again with `python -m engine map --bundle {bundle.folder}`"
        try:
            places = pd.read_parquet(bundle.path(files.MAP))
            mingling = pd.read_parquet(bundle.path(files.MAP_GENRES))
            fits = (places["song_id"].to_numpy() == songs["song_id"].to_numpy()).all()
            positions = places[["x", "y"]].to_numpy(dtype=np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise BundleError(f"{bundle.path(files.MAP)}: can't be read; {again}") from error
        if len(positions) != len(songs) or not fits:
            raise BundleError(f"{bundle.path(files.MAP)}: is of other songs; {again}")
        return cls(positions, mingling, dict(bundle.manifest.get("map") or {}), songs)

    @cached_property
    def genres(self) -> list[str]:
        """The first genre of each song, "" where it has none."""
        return first_genres(self._songs["genres"])

    def of_genres(self, genres: Sequence[str]) -> np.ndarray:
        """Tell which songs have at least one of the genres, `(songs,)` bool; all where none is named."""
        allowed = self._filter.allowed(genres, None)
        return np.ones(len(self.positions), dtype=bool) if allowed is None else allowed

    @cached_property
    def _filter(self) -> SongFilter:
        return SongFilter(self._songs)

    def inside(self, corners: np.ndarray) -> np.ndarray:
        """Tell which songs lie within a polygon `(corners, 2)`, by the even-odd rule: `(songs,)` bool."""
        x, y = self.positions[:, 0].astype(np.float64), self.positions[:, 1].astype(np.float64)
        within = np.zeros(len(x), dtype=bool)
        for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if y1 != y2:
                crosses = (y1 > y) != (y2 > y)
                within ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return within
