"""What the prediction layer reads of a pair beside its two vectors: how much a song is played, by whom, how often.

Counted on train plays alone, and small enough to travel in a bundle: a request needs its history and these arrays.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from engine.data.features import SongArrays
from engine.data.heat import HALF_LIVES
from engine.errors import BundleError

SONG = (
    "listeners", "played", "log_plays", "artist_listeners", "genre_listeners", "age", "age_known",
    *(f"heat_{h:g}" for h in HALF_LIVES),
)  # fmt: skip
USER = ("songs_heard", "user_log_plays")
PAIR = ("same_artist", "same_artist_share")
FACTS = (*USER, *PAIR, *SONG)
PRIOR = 5.0  # plays: how many of its own a mean needs to count as much as what it is drawn towards


@dataclass(frozen=True)
class PairFacts:
    """What train plays say of songs.

    `songs` `(songs, len(SONG))` float32: log(1 + listeners), 1 with train plays and 0 without, mean log plays (drawn
    towards the artist's, and that towards everyone's), mean log(1 + listeners) of the artist's songs and of its
    genres' songs, log(1 + years before the newest song) and whether they are known, heat. `artist` `(songs,)` int64,
    0 unknown. `log_plays` is the mean log(1 + plays) over all pairs.
    """

    songs: np.ndarray
    artist: np.ndarray
    log_plays: float

    @classmethod
    def fit(cls, plays: pd.DataFrame, arrays: SongArrays, years: np.ndarray, heat: np.ndarray) -> "PairFacts":
        """Count train plays.

        Parameters
        ----------
        plays
            One row a user and song: `song_index`, `play_count`.
        years
            `(songs,)`, of release, NaN where unknown.
        heat
            `(songs, half-lives)`, as `song_heat` gives it.
        """
        size, song = len(arrays.artist), plays["song_index"].to_numpy()
        logs = np.log1p(plays["play_count"].to_numpy(np.float64))
        everyone = float(logs.mean()) if len(logs) else 0.0
        listeners = np.bincount(song, minlength=size)
        heard = np.log1p(listeners)
        usual = float(heard[listeners > 0].mean()) if len(song) else 0.0

        artist = _means(arrays.artist[song], logs, arrays.artist.max(initial=0) + 1, everyone)
        artist[0] = everyone
        song_logs = _means(song, logs, size, artist[arrays.artist])
        played = np.flatnonzero(listeners)
        by_artist = _means(arrays.artist[played], heard[played], arrays.artist.max(initial=0) + 1, usual)
        by_artist[0] = usual
        row, slot = np.nonzero(arrays.genres)
        genre, known = arrays.genres[row, slot], listeners[row] > 0
        by_genre = _means(genre[known], heard[row[known]], arrays.genres.max(initial=0) + 1, usual)
        genres = np.bincount(row, minlength=size)
        of_genres = np.bincount(row, weights=by_genre[genre], minlength=size) / np.maximum(genres, 1)
        age = np.log1p(np.nanmax(years[played], initial=-np.inf) - years).clip(0)
        known_age = np.isfinite(age)
        age = np.where(known_age, age, age[known_age].mean() if known_age.any() else 0.0)
        columns = [heard, listeners > 0, song_logs, by_artist[arrays.artist], np.where(genres > 0, of_genres, usual)]
        return cls(
            np.column_stack([*columns, age, known_age, heat]).astype(np.float32),
            arrays.artist.astype(np.int64),
            everyone,
        )

    def with_songs(self, plays: pd.DataFrame, arrays: SongArrays, years: np.ndarray) -> "PairFacts":
        """Add songs without plays; what is known of the others stays.

        Parameters
        ----------
        plays
            As of `fit`, the plays these facts were fitted on.
        arrays, years
            All songs, the new ones last.
        """
        known = len(self.artist)
        unheard = PairFacts.fit(plays, arrays, years, np.zeros((len(years), len(HALF_LIVES))))
        return PairFacts(
            np.concatenate([self.songs, unheard.songs[known:]]),
            np.concatenate([self.artist, unheard.artist[known:]]),
            self.log_plays,
        )

    def of(
        self, shown: tuple[np.ndarray, np.ndarray, np.ndarray], users: int, rows: np.ndarray, songs: np.ndarray
    ) -> np.ndarray:
        """Give the facts of pairs, `(pairs, len(FACTS))` float32.

        Parameters
        ----------
        shown
            The histories as three flat arrays: the user's row, the song, and log(1 + plays), NaN where not known.
        users
            How many rows there are.
        rows, songs
            `(pairs,)`: the user's row and the song.
        """
        who, heard, logs = shown
        counted = np.isfinite(logs)
        user_logs = _means(who[counted], logs[counted], users, self.log_plays)
        lengths = np.bincount(who, minlength=users)
        size = self._artists
        known = np.sort((who * size + self.artist[heard])[self.artist[heard] > 0])
        wanted = rows * size + self.artist[songs]
        same = np.searchsorted(known, wanted, side="right") - np.searchsorted(known, wanted, side="left")
        beside = len(USER) + len(PAIR)
        facts = np.empty((len(songs), beside + self.songs.shape[1]), dtype=np.float32)
        for column, values in enumerate(
            (np.log1p(lengths[rows]), user_logs[rows], np.log1p(same), same / np.maximum(lengths[rows], 1))
        ):
            facts[:, column] = values
        facts[:, beside:] = self.songs[songs]
        return facts

    @cached_property
    def _artists(self) -> int:
        return int(self.artist.max(initial=0)) + 1

    def save(self, path: Path) -> None:
        """Write the arrays; nothing in them is pickled."""
        with path.open("wb") as file:
            np.savez(file, songs=self.songs, artist=self.artist, log_plays=np.float64(self.log_plays))

    @classmethod
    def load(cls, path: Path) -> "PairFacts":
        """Read what `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(arrays["songs"], arrays["artist"], float(arrays["log_plays"]))
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise BundleError(f"{path}: can't be read; build the bundle again") from error


def _means(at: np.ndarray, values: np.ndarray, size: int, towards: np.ndarray | float) -> np.ndarray:
    """Mean of values by position, `(size,)`, each drawn towards a prior with the weight of `PRIOR` values."""
    total = np.bincount(at, weights=values, minlength=size)
    return np.asarray((total + PRIOR * towards) / (np.bincount(at, minlength=size) + PRIOR))
