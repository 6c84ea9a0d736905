"""The songs of a bundle: looked up, searched by misspelt text, listed by artist and by popularity."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.errors import UnknownArtist, UnknownSong
from engine.search import SongSearch
from engine.search.corrections import corrected_query
from engine.serving import arguments
from engine.serving.song_filter import SongFilter

_SHOWN = ("song_id", "title", "artist")


class Catalogue:
    """What an Engine knows of songs. Results are frames with the owner's ids, `title` and `artist`."""

    def __init__(self, songs: pd.DataFrame, search: SongSearch) -> None:
        self.songs = songs
        self._search = search
        self._filter = SongFilter(songs)
        self._song_index = pd.Index(songs["song_id"])
        self._text = songs["title"].dtype
        # A frame's own `take` goes over all of a column, too slow for each key that is typed.
        self._arrow = {name: _in_one(pa.array(songs[name])) for name in _SHOWN}
        self._listener_counts = songs["listeners"].to_numpy()

    def warm(self) -> None:
        """Make ready for a first search, which else takes a second longer than others; any thread may do it."""
        self._search.warm()

    def search(
        self,
        text: str,
        k: int = 10,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """Find songs by a title, an artist or both, misspelled or half typed.

        Parameters
        ----------
        genres, years
            Search among the songs with at least one of these genres, released between these years, both included.

        Returns
        -------
        frame
            `song_id`, `title`, `artist`, `score` (0–100), `field` (what matched), `confidence` (0–1; below .5 a song is
            only the nearest, hardly what was meant), `corrected` (the query as it would be typed right if the song was
            meant, "" if that is how it was typed), best first; empty if nothing is near.
        """
        hits = self._search.search(text, arguments.result_count(k), self._filter.allowed(genres, years))
        places = np.array([h.song_index for h in hits], dtype=np.int64)
        names = ([_text(self.songs[column].array[place]) for place in places] for column in ("title", "artist"))
        return self._rows(
            places,
            score=[h.score for h in hits],
            field=[h.field for h in hits],
            confidence=[h.confidence for h in hits],
            corrected=[corrected_query(text, title, artist) for title, artist in zip(*names, strict=True)],
        )

    def artists(
        self,
        text: str,
        k: int = 3,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """Find the artists that someone meant, misspelled or half typed; nobody if it was more likely a title.

        Returns
        -------
        frame
            `artist`, `songs` (how many they have, of those that `genres` and `years` leave), best first.
        """
        hits = self._search.artists(text, arguments.result_count(k), self._filter.allowed(genres, years))
        names = [str(self.songs["artist"].array[hit.song_index]) for hit in hits]
        return pd.DataFrame({"artist": names, "songs": [hit.songs for hit in hits]})

    def songs_by(
        self,
        artist: str,
        k: int = 50,
        *,
        genres: Sequence[str] | None = None,
        years: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """List the songs of an artist, alone or with guests, the most played first: `song_id`, `title`, `artist`.

        Raises
        ------
        UnknownArtist
            No song is theirs; with the names that are nearest. Case, accents and punctuation don't matter.
        """
        k = arguments.result_count(k)
        found = self._all_by([artist])
        allowed = self._filter.allowed(genres, years)
        return self._rows((found if allowed is None else found[allowed[found]])[:k])

    def popular(
        self, k: int = 10, *, genres: Sequence[str] | None = None, years: tuple[int, int] | None = None
    ) -> pd.DataFrame:
        """List the songs with the most listeners: `song_id`, `title`, `artist`."""
        listeners = self._listener_counts
        allowed = self._filter.allowed(genres, years)
        places = np.arange(len(listeners)) if allowed is None else np.flatnonzero(allowed)
        return self._rows(places[np.argsort(-listeners[places], kind="stable")[: arguments.result_count(k)]])

    def song(self, song_id: str) -> dict[str, Any]:
        """Give all that is known of a song: its columns, `listeners` and `plays`; unknown values are None."""
        row = self.songs.iloc[self.song_position(song_id)]
        return {str(k): (None if pd.isna(v) else v) for k, v in row.items()}

    @property
    def genres(self) -> list[str]:
        """All genres, the most frequent first."""
        return self._filter.genres

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last release year; None where none is known."""
        return self._filter.years

    def song_position(self, song_id: str) -> int:
        """Position of a song; raises `UnknownSong` with the nearest known ids."""
        return arguments.position(song_id, self._song_index, UnknownSong)

    def song_positions(self, song_ids: pd.Series) -> np.ndarray:
        """Positions of many songs, `(songs,)`, -1 for one that isn't known."""
        return self._song_index.get_indexer(pd.Index(song_ids))

    def _all_by(self, artists: Sequence[str]) -> np.ndarray:
        """Positions of all songs of some artists, each artist's most popular first; raises `UnknownArtist`."""
        found = [np.empty(0, dtype=np.int64)]
        for artist in artists:
            found.append(self._search.songs_by(artist))
            if not len(found[-1]):
                raise UnknownArtist(artist, self.artists(artist, arguments.NEAREST_IDS)["artist"].tolist())
        return np.concatenate(found)

    def _rows(self, positions: np.ndarray, **more: Any) -> pd.DataFrame:
        columns = {**dict(zip(_SHOWN, self._texts(_SHOWN, positions), strict=True)), **more}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(positions)), copy=False)

    def _texts(
        self, columns: Sequence[str], positions: np.ndarray, known: np.ndarray | None = None
    ) -> list[pd.arrays.ArrowStringArray]:
        """Give texts of some songs, a column each, missing where `known` `(songs,)` bool is false."""
        at = pa.array(positions, mask=None if known is None else ~known)
        taken = [pa.chunked_array([self._arrow[column].take(at)]) for column in columns]
        return [pd.arrays.ArrowStringArray(text, dtype=self._text) for text in taken]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _in_one(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give a column of text as one piece of memory."""
    return pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text
