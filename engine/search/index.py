"""Everything that search keeps of a catalogue, and how candidates are drawn from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.search.grams import GramIndex
from engine.search.lookup import KeyTable
from engine.search.normalise import script_key
from engine.search.rank import Query, SongTexts
from engine.search.texts import TextColumn
from engine.search.versions import REMASTER, Spelling, spell_artist, spell_title

NEAREST = (20, 120)  # candidates from the trigram index, at least and at most
BEGINNINGS = 24  # candidates from each alphabetical table
NEAR_KEYS = 16  # titles and artists one typing error away
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
    titles, artists
        Space-free keys.
    scripts
        Titles in their own script, and titles of symbols alone.
    """

    order: np.ndarray
    texts: SongTexts
    grams: GramIndex
    titles: KeyTable
    artists: KeyTable
    scripts: KeyTable

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
        title_spellings: list[Spelling] = []
        artist_spellings: dict[str, Spelling] = {}
        for done, (title, artist) in enumerate(zip(titles, artists, strict=True)):
            title_spellings.append(spell_title(_text(title)))
            artist = _text(artist)
            if artist not in artist_spellings:  # an artist has many songs
                artist_spellings[artist] = spell_artist(artist)
            if done % _STEP == 0:
                on_progress(done, count)
        fame = _scaled(popularity, count)
        aside = np.array([spelling.kind >= REMASTER for spelling in title_spellings], dtype=bool)
        order = np.lexsort((aside, -fame)).astype(np.int32)
        title_keys = [title_spellings[i] for i in order.tolist()]
        artist_keys = [artist_spellings[_text(artists[i])] for i in order.tolist()]
        title_scripts = [script_key(_text(titles[i])) for i in order.tolist()]
        artist_scripts = [script_key(_text(artists[i])) for i in order.tolist()]

        title_table = KeyTable.build(_solid(key.full for key in title_keys))
        artist_table = KeyTable.build(_solid(key.full for key in artist_keys))
        texts = SongTexts(
            names=TextColumn.of(
                [
                    f"{title.full}\n{artist.full}\n{title.main}\n{artist.main}"
                    for title, artist in zip(title_keys, artist_keys, strict=True)
                ]
            ),
            script=TextColumn.of([a + b for a, b in zip(title_scripts, artist_scripts, strict=True)]),
            kind=np.array([key.kind for key in title_keys], dtype=np.uint8),
            popularity=fame[order],
            title_doublings=title_table.doublings(count),
            artist_doublings=artist_table.doublings(count),
        )
        lines = [f"{title.full} {artist.full}" for title, artist in zip(title_keys, artist_keys, strict=True)]
        index = cls(
            order=order,
            texts=texts,
            grams=GramIndex.build(lines),
            titles=title_table,
            artists=artist_table,
            scripts=KeyTable.build(title_scripts, near=False),
        )
        on_progress(count, count)
        return index

    def candidates(self, query: Query, k: int) -> np.ndarray:
        """Give the songs worth ranking for `k` answers, roughly best first, each once."""
        found = [
            self.scripts.beginning_with(query.script, max(BEGINNINGS, k)),
            self.grams.nearest(query.text, max(NEAREST[0], 2 * k), max(NEAREST[1], 2 * k)),
            self.titles.beginning_with(query.solid, max(BEGINNINGS, k)),
            self.artists.beginning_with(query.solid, max(BEGINNINGS, k)),
            self.titles.one_error_from(query.solid, NEAR_KEYS),
            self.artists.one_error_from(query.solid, NEAR_KEYS),
        ]
        songs = np.concatenate(found)
        _, first = np.unique(songs, return_index=True)
        return songs[np.sort(first)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _solid(texts: Iterable[str]) -> list[str]:
    return [text.replace(" ", "") for text in texts]


def _scaled(popularity: np.ndarray | None, count: int) -> np.ndarray:
    """Give popularity on a log scale of 0..1, float32; what is missing, infinite or negative counts 0."""
    if popularity is None:
        return np.zeros(count, dtype=np.float32)
    plays = np.asarray(popularity, dtype=np.float64)
    logs = np.log1p(np.where(np.isfinite(plays) & (plays > 0), plays, 0.0))
    highest = logs.max(initial=0.0)
    return (logs / highest if highest > 0 else logs).astype(np.float32)
