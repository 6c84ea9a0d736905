"""Rank candidate songs by what it would have taken to type the query when meaning each of them.

Costs count typing errors. The query is read in several ways: title alone, artist alone, both in either
order, only the beginning of these, or their words shuffled and incomplete. The cheapest reading of a song
is the song's cost. Readings that people use less cost a fraction of an error more, versions that were not
asked for too, and popularity decides between what is left equal.
"""

from dataclasses import dataclass

import numpy as np

from engine.search.compiled import compiled
from engine.search.costs import COSTS, Costs
from engine.search.lookup import KeyTable
from engine.search.normalise import normalise, script_key
from engine.search.osa import osa_columns, pattern_masks
from engine.search.readings import ARTIST, MAX_LETTERS, Song, cheapest_reading, join, read_song, song_buffers
from engine.search.scattered import Words, scattered_cost, words_of_query
from engine.search.sound import fold_sound
from engine.search.texts import TextColumn, letters_of

FINALISTS = 16  # songs whose sound, spaces and words are compared, at least, from each of two orders
_SPACE = 32


@dataclass(frozen=True)
class SongTexts:
    """What ranking reads of each song, one entry a song in order of popularity.

    Parameters
    ----------
    names
        Normalised title, artist, title without asides and artist without guests, a line each; the last two
        are empty where nothing is left out.
    kind
        uint8, (songs,): kind of version (`versions.PLAIN` and so on).
    popularity
        float32, (songs,): 0..1.
    """

    names: TextColumn
    kind: np.ndarray
    popularity: np.ndarray


@dataclass(frozen=True)
class Query:
    """A query in the forms that it is compared in: normalised, without spaces, in its own script."""

    text: str
    solid: str
    script: str

    @classmethod
    def of(cls, text: str) -> "Query":
        """Normalise what someone typed."""
        key = normalise(text)
        return cls(key, key.replace(" ", ""), script_key(text))


def rank(
    query: Query,
    songs: SongTexts,
    titles: KeyTable,
    artists: KeyTable,
    candidates: np.ndarray,
    in_script: np.ndarray,
    k: int,
    costs: Costs = COSTS,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order by cost what may be among the best `k` of the candidates, which come roughly best first.

    Parameters
    ----------
    in_script
        float64, (candidates,): the share of the query's letters that a song has in the very script of the
        query; empty for a query in Latin letters.

    Returns
    -------
    songs, cost, field
        int32, float64 and int64 (`readings.TITLE` and so on), (finalists,), cheapest first.
    """
    return _rank(
        letters_of(query.text), letters_of(query.solid), words_of_query(query.text), candidates, in_script,
        songs.names.blob, songs.names.starts, songs.kind, songs.popularity,
        titles.of, titles.starts, artists.of, artists.starts, song_buffers(), k, costs,
    )  # fmt: skip


@compiled
def _rank(
    text: np.ndarray, solid: np.ndarray, words: Words, candidates: np.ndarray, in_script: np.ndarray,
    blob: np.ndarray, starts: np.ndarray, kind: np.ndarray, popularity: np.ndarray,
    title_of: np.ndarray, title_starts: np.ndarray, artist_of: np.ndarray, artist_starts: np.ndarray,
    song: Song, k: int, costs: Costs,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    masks = pattern_masks(solid)
    spaced_masks = pattern_masks(text)
    heard = np.empty(4 * MAX_LETTERS, dtype=np.uint8)
    sound_length = fold_sound(solid, 0, len(solid), heard)
    sound_masks = pattern_masks(heard[:sound_length])
    joined = np.empty(2 * MAX_LETTERS + 1, dtype=np.uint8)
    errors = np.empty(4 * MAX_LETTERS + 1, dtype=np.int64)
    limit = max(3, len(solid) * 11 // 20)

    count = len(candidates)
    readings = []
    rough, field = np.empty(count), np.empty(count, dtype=np.int64)
    for i in range(count):
        place = candidates[i]
        aside = read_song(blob, starts[place], starts[place + 1], song)
        alone = costs.title_only - costs.shared_name * _doublings(title_of[place], title_starts)
        artist_alone = costs.artist_only - costs.shared_name * _doublings(artist_of[place], artist_starts)
        reading = cheapest_reading(
            song, aside, masks, len(solid), costs.version[kind[place]], max(alone, 0.0), max(artist_alone, 0.0),
            joined, errors, costs,
        )  # fmt: skip
        readings.append(reading)
        rough[i], field[i] = reading.errors + reading.cost, reading.field

    # Shuffled words cost much in every reading so far but share their trigrams: each order sends finalists.
    seats = max(FINALISTS, k + 2)
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[:seats] = True
    by = artist_of[candidates]
    chosen[np.argsort(rough + costs.next_of_artist * _earlier_by_artist(rough, field, by))[:seats]] = True
    final = np.flatnonzero(chosen)
    cost, what = np.empty(len(final)), np.empty(len(final), dtype=np.int64)
    for i in range(len(final)):
        reading, place = readings[final[i]], candidates[final[i]]
        read_song(blob, starts[place], starts[place + 1], song)
        straight = np.inf
        if reading.errors <= limit:
            straight = reading.cost + reading.errors
            length = min(join(song, reading.first, reading.second, joined), reading.letters)
            if reading.errors > 0:
                length = fold_sound(joined, 0, length, heard)
                osa_columns(sound_masks, sound_length, heard, length, errors)
                straight += costs.sound_share * (errors[length] - reading.errors)
            if not reading.begun:
                length = _with_spaces(blob, song, reading.first, reading.second, joined)
                osa_columns(spaced_masks, len(text), joined, length, errors)
                straight += costs.space * min(max(errors[length] - reading.errors, 0), 3)
        loose, loose_field = scattered_cost(blob, song, words, costs.version[kind[place]], errors, costs)
        fame = costs.popular_unfinished if reading.begun or loose < straight else costs.popular
        cost[i] = min(straight, loose) - fame * popularity[place]
        what[i] = reading.field if straight <= loose else loose_field
        if len(in_script):
            cost[i] -= costs.script * in_script[final[i]]
    cost += costs.next_of_artist * _earlier_by_artist(cost, what, by[final])
    order = np.argsort(cost, kind="mergesort")
    return candidates[final[order]], cost[order], what[order]


@compiled
def _doublings(key: int, starts: np.ndarray) -> float:
    """Give log2 of the number of songs under a key; 0 without one."""
    return np.log2(float(starts[key + 1] - starts[key])) if key >= 0 else 0.0


@compiled
def _with_spaces(blob: np.ndarray, song: Song, first: int, second: int, spaced: np.ndarray) -> int:
    """Write one or two lines of a song as they are, one space between."""
    begin, end = song.lines[first]
    count = end - begin
    spaced[:count] = blob[begin:end]
    if second >= 0:
        begin, end = song.lines[second]
        if count and end > begin:
            spaced[count] = _SPACE
            count += 1
        spaced[count : count + end - begin] = blob[begin:end]
        count += end - begin
    return count


@compiled
def _earlier_by_artist(cost: np.ndarray, field: np.ndarray, artist: np.ndarray) -> np.ndarray:
    """Count, for songs found by artist, how many better ones are by the same artist."""
    earlier = np.zeros(len(cost))
    names = np.unique(artist)
    seen = np.zeros(len(names), dtype=np.int64)
    for i in np.argsort(cost, kind="mergesort"):
        if field[i] == ARTIST:
            name = np.searchsorted(names, artist[i])
            earlier[i] = min(seen[name], 20)
            seen[name] += 1
    return earlier
