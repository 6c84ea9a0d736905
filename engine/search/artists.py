"""Artists that a query means, among those of the songs that it finds by their artist, and the songs of an artist.

No index of its own: the table of artists says who there is, and ranking the songs has done most of the work. What is
left is to price each name alone, and to hold it against the best title: "love" is hardly an artist, "hendrix" is.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA

from engine.search.confidence import SURE, confidence
from engine.search.corrections import WRONG
from engine.search.costs import COSTS, NOISE_WORDS, SMALL_WORDS
from engine.search.index import BEGINNINGS, NEAR_KEYS, SearchIndex
from engine.search.lookup import ARTIST_LINE
from engine.search.rank import Query
from engine.search.texts import letters_of
from engine.search.versions import spell_artist

DEPTH = 40  # songs ranked to look for artists among: a title that many songs have must not hide an artist
MARGIN = 0.3  # errors by which an artist, fame counted, may be further off than the best title and still be meant
_SHORT = 4
_THE = "the "
_GUESTS = ("feat", "presents", "pres")  # what stands between an artist and their guests in a normalised credit


@dataclass(frozen=True)
class ArtistHit:
    """An artist that a query means.

    Parameters
    ----------
    song_index
        A song that is credited to them alone if there is one, the most popular: its position in the songs given to
        `SongSearch.build`.
    songs
        How many songs they have, of those that may be found.
    confidence
        0..1, as of `Hit`; at least `SURE`.
    """

    song_index: int
    songs: int
    confidence: float


def main_artist(artist: str) -> str:
    """Normalise an artist's name, guests left out."""
    spelling = spell_artist(artist)
    return spelling.main or spelling.full


def artist_hits(
    index: SearchIndex, query: Query, found: Iterable[int], best_title: float, most: int, allowed: np.ndarray
) -> list[ArtistHit]:
    """Give the artists whose names a query means, best first.

    Parameters
    ----------
    found
        Songs that were found by their artist, places in the index's order.
    best_title
        What the best song cost that was found by its title.
    allowed
        bool, (songs,) in the index's order, or `texts.ALL`: which songs count.
    """
    ranked: list[tuple[float, int, ArtistHit]] = []
    letters = len(query.solid)
    names = [_main(index, song) for song in [*found, *_with_the(index, query, allowed)]]
    for name in {name.replace(" ", ""): name for name in names}.values():  # spaces or none, it is one artist
        cost, whole = name_cost(query.text, name)
        sure = confidence(cost, letters)
        own = songs_of(index, name) if sure >= SURE else np.empty(0, dtype=np.int32)
        own = own[allowed[own]] if len(allowed) else own
        if not len(own):
            continue
        fame = COSTS.popular if whole else COSTS.popular_unfinished
        cost -= COSTS.shared_artist * math.log2(len(own)) + fame * float(index.texts.popularity[own[0]])
        alone = next((song for song in own.tolist() if not index.texts.names.one(song).split("\n")[3]), int(own[0]))
        hit = ArtistHit(int(index.order[alone]), len(own), round(sure, 3))
        ranked.append((cost, len(ranked), hit))
    return [hit for cost, _, hit in sorted(ranked)[:most] if cost <= max(best_title, 0.0) + MARGIN]


def name_cost(text: str, name: str) -> tuple[float, bool]:
    """Give what it costs to type `text` when meaning a name, both normalised, and whether the name was typed whole.

    The name may lack its "the", be only begun, or have its words shuffled and left out.
    """
    solid = text.replace(" ", "")
    options: list[tuple[float, bool]] = []
    for form, extra in ((name, 0.0), (name.removeprefix(_THE), COSTS.small_word)):
        if extra and form == name:
            continue
        bare = form.replace(" ", "")
        options.append((OSA.distance(solid, bare) + extra, True))
        rest = len(bare) - len(solid)
        if rest > 0:
            begun = COSTS.begun + COSTS.begun_rest * (1.0 - math.exp(-rest / 12.0))
            begun += COSTS.short if len(solid) <= _SHORT else 0.0
            options.append((OSA.distance(solid, bare[: len(solid)]) + begun + extra, False))
    options.append((_scattered(text.split(), name.split()), False))
    return min(options)


def songs_of(index: SearchIndex, name: str) -> np.ndarray:
    """Give an artist's songs by a name as of `main_artist`: int32 places in the index's order, ascending."""
    table, names, solid = index.artists, index.texts.names, name.replace(" ", "")
    keys: list[int] = []
    for ending in ("", *_GUESTS) if solid else ():
        low, high = table.keys_beginning_with(names, ARTIST_LINE, letters_of(solid + ending))
        # The name itself is the first of what begins with it; with guests it may be any of them.
        for key in range(low, high if ending else min(high, low + 1)):
            if _main(index, int(table.songs[table.starts[key]])).replace(" ", "") == solid:
                keys.append(key)
    found = [table.songs[table.starts[key] : table.starts[key + 1]] for key in dict.fromkeys(keys)]
    return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int32)


def _with_the(index: SearchIndex, query: Query, allowed: np.ndarray) -> list[int]:
    """Give songs of artists whose name begins with a "the" that was not typed."""
    if query.text.startswith(_THE):
        return []
    table, names, solid = index.artists, index.texts.names, letters_of(_THE.strip() + query.solid)
    near = table.one_error_from(names, ARTIST_LINE, solid, NEAR_KEYS, allowed)
    return [*table.beginning_with(names, ARTIST_LINE, solid, BEGINNINGS, allowed).tolist(), *near.tolist()]


def _main(index: SearchIndex, song: int) -> str:
    lines = index.texts.names.one(song).split("\n")
    return lines[3] or lines[1]


def _scattered(asked: list[str], words: list[str]) -> float:
    """Give the cost of words in any order, some of them left out; infinite if one is no word of the name."""
    asked = [word for word in asked if word not in NOISE_WORDS] or asked
    missing = [word for word in words if word not in asked]
    cost = COSTS.scattered
    for typed in asked:
        if typed in words:
            continue
        errors, word = min(((OSA.distance(typed, word), word) for word in missing), default=(99, ""))
        if errors > WRONG * min(len(typed), len(word)):
            return math.inf
        cost += errors
        missing.remove(word)
    return cost + sum(COSTS.small_word if word in SMALL_WORDS else COSTS.artist_word for word in missing)
