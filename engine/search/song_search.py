"""Typo-tolerant song search: candidates by trigram, beginning and near miss, ranked by typing errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.search.artists import DEPTH, ArtistHit, artist_hits, main_artist, songs_of
from engine.search.confidence import SURE, confidence
from engine.search.costs import COSTS
from engine.search.index import SearchIndex
from engine.search.numbers import other_spellings
from engine.search.rank import Query, rank
from engine.search.storage import load_arrays, save_arrays
from engine.search.texts import ALL, frozen

MAX_QUERY = 200  # characters read of a query
LOWEST_SCORE = 40.0  # nothing below is near enough to be shown even as the nearest
FIELDS = ("title", "artist", "both")
FITS = 0.3  # cost up to which a query is taken to be spelt as it was meant
_NO_SCRIPT = np.empty(0)


@dataclass(frozen=True)
class Hit:
    """One answer.

    Parameters
    ----------
    song_index
        Position in the songs given to `SongSearch.build`.
    score
        0..100, comparable between queries: 100 is typed as it is written, and one wrong letter of ten costs 8.
    field
        "title", "artist" or "both": what matched best.
    confidence
        0..1; below `confidence.SURE` the song is the nearest one, but hardly what was meant.
    """

    song_index: int
    score: float
    field: str
    confidence: float

    @property
    def sure(self) -> bool:
        """Tell whether the song may be what was meant."""
        return self.confidence >= SURE


class SongSearch:
    """Search over one catalogue; nothing changes after building, so any number of threads may search."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    @classmethod
    def build(
        cls,
        titles: Sequence[str],
        artists: Sequence[str],
        popularity: np.ndarray | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> "SongSearch":
        """Index a catalogue.

        Parameters
        ----------
        titles, artists
            One a song, in any script; None or NaN where missing.
        popularity
            Plays or the like, (songs,); decides between songs that match equally well.
        on_progress
            Called with songs done and songs in all.

        Raises
        ------
        ValueError
            The three are not of one length.
        """
        return cls(SearchIndex.build(titles, artists, popularity, on_progress or (lambda done, total: None)))

    def warm(self) -> None:
        """Make the machine code, or read it from disk, now and not while someone waits for a first answer."""
        if len(self):
            self.search(self._index.texts.names.one(0)[:8])

    def __len__(self) -> int:
        """Give the number of songs."""
        return len(self._index.order)

    def search(self, text: str, k: int = 10, allowed: np.ndarray | None = None) -> list[Hit]:
        """Find songs by what someone typed, right or wrong.

        Parameters
        ----------
        text
            Any string: title, artist or both in any order, complete or not. What follows the first 200
            characters is not read.
        k
            Most hits to give.
        allowed
            bool, (songs,): which songs may be found; None for any.

        Returns
        -------
        list of Hit
            Best first; empty if nothing comes near. The first one may be unsure: then all are only the nearest.
        """
        query = Query.of(text[:MAX_QUERY])
        if k < 1 or not (query.solid or query.script):
            return []
        if not query.solid:
            return self._by_symbols(query.script, k, self._in_order(allowed))
        songs, cost, field = self._ranked(query, k, self._in_order(allowed))
        if not len(songs):
            return []
        letters = len(query.solid)
        hits = []
        for song, paid, what in zip(songs[:k].tolist(), cost[:k].tolist(), field[:k].tolist(), strict=True):
            score = 100.0 * (1.0 - max(paid, 0.0) / (letters + 2))
            if score < LOWEST_SCORE:
                break
            place = int(self._index.order[song])
            hits.append(Hit(place, round(score, 2), FIELDS[what], round(confidence(paid, letters), 3)))
        return hits

    def artists(self, text: str, k: int = 3, allowed: np.ndarray | None = None) -> list[ArtistHit]:
        """Find the artists that someone meant, right or wrong; nobody if it was more likely a title.

        Parameters
        ----------
        text, allowed
            As in `search`. An artist without an allowed song isn't found.
        k
            Most artists to give.

        Returns
        -------
        list of ArtistHit
            Best first, each of them sure.
        """
        query = Query.of(text[:MAX_QUERY])
        if k < 1 or not query.solid:
            return []
        mask = self._in_order(allowed)
        songs, cost, field = self._ranked(query, DEPTH, mask)
        by_artist = field == FIELDS.index("artist")
        best_title = cost[~by_artist].min(initial=np.inf)
        return artist_hits(self._index, query, songs[by_artist].tolist(), float(best_title), k, mask)

    def songs_by(self, artist: str) -> np.ndarray:
        """Give the songs of an artist by name, guests or none beside them: int64 positions, the most popular first."""
        return self._index.order[songs_of(self._index, main_artist(artist))].astype(np.int64)

    def _in_order(self, allowed: np.ndarray | None) -> np.ndarray:
        """Give in the index's order which songs may be found."""
        return ALL if allowed is None else frozen(allowed[self._index.order])

    def _ranked(self, query: Query, k: int, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give songs, cost and field, cheapest first; numbers are spelt otherwise only if nothing fits as it is."""
        best = self._ranked_as_typed(query, k, allowed)
        if len(best[1]) and best[1][0] <= FITS:
            return best
        for text in other_spellings(query.text):
            songs, cost, field = self._ranked_as_typed(query.spelled(text), k, allowed)
            both = [np.concatenate(pair) for pair in zip(best, (songs, cost + COSTS.number, field), strict=True)]
            order = np.argsort(both[1], kind="stable")
            _, first = np.unique(both[0][order], return_index=True)
            order = order[np.sort(first)]
            best = (both[0][order], both[1][order], both[2][order])
        return best

    def _ranked_as_typed(self, query: Query, k: int, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        index = self._index
        candidates = index.candidates(query, k, allowed)
        in_script = index.scripts.shares(query.script, candidates) if query.script else _NO_SCRIPT
        return rank(query, index.texts, index.titles, index.artists, candidates, in_script, k)

    def _by_symbols(self, symbols: str, k: int, allowed: np.ndarray) -> list[Hit]:
        """Find titles without a letter, such as "+", by what they begin with."""
        table = self._index.scripts
        same = table.equal_to(symbols, k, allowed).tolist()
        more = [song for song in table.beginning_with(symbols, k, allowed).tolist() if song not in same]
        scored = [(song, 100.0) for song in same] + [(song, 75.0) for song in more]
        return [Hit(int(self._index.order[song]), score, "title", score / 100) for song, score in scored[:k]]

    def save(self, folder: Path) -> None:
        """Write the index as .npy arrays and one JSON file; never a pickle."""
        save_arrays(Path(folder), self._index, len(self))

    @classmethod
    def load(cls, folder: Path) -> "SongSearch":
        """Map a saved index into memory.

        Raises
        ------
        BundleError
            A file is missing, damaged or of another version.
        """
        return cls(load_arrays(Path(folder), SearchIndex))
