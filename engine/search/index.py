"""Everything that search keeps of a catalogue, and how candidates are drawn from it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.search.grams import GramIndex
from engine.search.lookup import ARTIST_LINE, BOTH_LINES, TITLE_LINE, KeyTable
from engine.search.normalise import script_key
from engine.search.rank import Query, SongTexts
from engine.search.scripts import ScriptTable
from engine.search.texts import ALL, TextColumn, frozen, letters_of
from engine.search.versions import REMASTER, spell_artist, spell_title

NEAREST = (20, 120)  # candidates from the trigram index, at least and at most
BEGINNINGS = 24  # candidates from each alphabetical table
NEAR_KEYS = 96  # titles and artists one typing error away, and as many that so begin
_STEP = 10_000  # songs between two progress reports


@dataclass(frozen=True)
class SearchIndex:
    """Arrays of one catalogue; songs stand in order of popularity, so that cut lists keep the popular ones.

    Parameters
    ----------
    order
        int32, (songs,): position of each song in the catalogue as it was given.
    texts
        What ranking reads.
    grams
        Trigrams of title and artist.
    titles, artists, both
        Alphabetical order without spaces, `both` of title and artist together.
    scripts
        Titles and artists in their own script, and titles of symbols alone.
    """

    order: np.ndarray
    texts: SongTexts
    grams: GramIndex
    titles: KeyTable
    artists: KeyTable
    both: KeyTable
    scripts: ScriptTable

    @classmethod
    def build(
        cls,
        titles: Sequence[object],
        artists: Sequence[object],
        popularity: np.ndarray | None,
        on_progress: Callable[[int, int], None],
    ) -> "SearchIndex":
        """Index songs; a title or artist that is not text counts as missing."""
        count = len(titles)
        if len(artists) != count or (popularity is not None and len(popularity) != count):
            raise ValueError("titles, artists and popularity must be of one length")
        names, kind, scripts = _spelled(titles, artists, on_progress)
        fame = _scaled(popularity, count)
        order = np.lexsort((kind >= REMASTER, -fame)).astype(np.int32)
        place = np.empty(count, dtype=np.int32)
        place[order] = np.arange(count, dtype=np.int32)
        names = names.reordered(order)
        songs = place[scripts[0]].tolist() if scripts[0] else []
        index = cls(
            order=frozen(order),
            texts=SongTexts(names, frozen(kind[order]), frozen(fame[order])),
            grams=GramIndex.build(names),
            titles=KeyTable.build(names, TITLE_LINE),
            artists=KeyTable.build(names, ARTIST_LINE),
            both=KeyTable.build(names, BOTH_LINES),
            scripts=ScriptTable.build(songs, scripts[1], scripts[2]),
        )
        on_progress(count, count)
        return index

    def candidates(self, query: Query, k: int, allowed: np.ndarray = ALL) -> np.ndarray:
        """Give the songs worth ranking for `k` answers, roughly best first, each once.

        Only `allowed` ones are drawn, (songs,) bool in this index's order, so that a filter never leaves fewer than
        there are: what is filtered out takes nobody's place.
        """
        names, solid = self.texts.names, letters_of(query.solid)
        beginnings = max(BEGINNINGS, k)
        found = [
            self.scripts.beginning_with(query.script, beginnings, allowed),
            self.grams.nearest(letters_of(query.text), max(NEAREST[0], 2 * k), max(NEAREST[1], 2 * k), allowed),
            self.titles.beginning_with(names, TITLE_LINE, solid, beginnings, allowed),
            self.both.beginning_with(names, BOTH_LINES, solid, beginnings, allowed),
            self.artists.beginning_with(names, ARTIST_LINE, solid, beginnings, allowed),
            self.titles.one_error_from(names, TITLE_LINE, solid, NEAR_KEYS, allowed),
            self.artists.one_error_from(names, ARTIST_LINE, solid, NEAR_KEYS, allowed),
            self.both.one_error_from(names, BOTH_LINES, solid, NEAR_KEYS, allowed),
        ]
        return np.array(list(dict.fromkeys(np.concatenate(found).tolist())), dtype=np.int32)


def _spelled(
    titles: Sequence[object], artists: Sequence[object], on_progress: Callable[[int, int], None]
) -> tuple[TextColumn, np.ndarray, tuple[list[int], list[str], list[str]]]:
    """Give the songs' normalised lines, the kinds of version, and the songs with their script keys."""
    kind = np.zeros(len(titles), dtype=np.uint8)
    scripts: tuple[list[int], list[str], list[str]] = ([], [], [])
    by_artist: dict[str, tuple[str, str, str]] = {}  # an artist has many songs

    def lines() -> Iterator[str]:
        for song, (title, artist) in enumerate(zip(titles, artists, strict=True)):
            if song % _STEP == 0:
                on_progress(song, len(titles))
            title, artist = _text(title), _text(artist)
            name = by_artist.get(artist)
            if name is None:
                spelled = spell_artist(artist)
                name = by_artist[artist] = (spelled.full, spelled.main, script_key(artist))
            spelling = spell_title(title)
            kind[song] = spelling.kind
            script = script_key(title)
            if script or name[2]:
                scripts[0].append(song)
                scripts[1].append(script)
                scripts[2].append(name[2])
            yield f"{spelling.full}\n{name[0]}\n{spelling.main}\n{name[1]}"

    return TextColumn.of(lines()), kind, scripts


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _scaled(popularity: np.ndarray | None, count: int) -> np.ndarray:
    """Give popularity on a log scale of 0..1, float32; what is missing, infinite or negative counts 0."""
    if popularity is None:
        return np.zeros(count, dtype=np.float32)
    plays = np.asarray(popularity, dtype=np.float64)
    logs = np.log1p(np.where(np.isfinite(plays) & (plays > 0), plays, 0.0))
    highest = logs.max(initial=0.0)
    return (logs / highest if highest > 0 else logs).astype(np.float32)
