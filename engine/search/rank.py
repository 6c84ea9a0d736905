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
from engine.search.order import order_of
from engine.search.osa import osa_columns, pattern_masks
from engine.search.readings import ARTIST, MAX_LETTERS, Song, cheapest_reading, join, read_song, song_buffers
from engine.search.scattered import NOISE_CODES, SMALL_CODES, scattered_cost, words_of_query
from engine.search.sound import fold_sound
from engine.search.texts import TextColumn, letters_of

FINALISTS = 16  # songs whose sound, spaces and words are compared, at least, from each of two orders
_SPACE = 32
_NOBODY = -2


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

    def spelled(self, text: str) -> "Query":
        """Give the query with another normalised text."""
        return Query(text, text.replace(" ", ""), self.script)


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
        letters_of(query.text), letters_of(query.solid), candidates, in_script,
        songs.names.blob, songs.names.starts, songs.kind, songs.popularity,
        titles.of, titles.starts, artists.of, artists.starts, song_buffers(), NOISE_CODES, SMALL_CODES, k, costs,
    )  # fmt: skip


@compiled
def _rank(
    text: np.ndarray, solid: np.ndarray, candidates: np.ndarray, in_script: np.ndarray,
    blob: np.ndarray, starts: np.ndarray, kind: np.ndarray, popularity: np.ndarray,
    title_of: np.ndarray, title_starts: np.ndarray, artist_of: np.ndarray, artist_starts: np.ndarray,
    song: Song, noise: np.ndarray, small: np.ndarray, k: int, costs: Costs,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    masks = pattern_masks(solid)
    spaced_masks = pattern_masks(text)
    heard = np.empty(4 * MAX_LETTERS, dtype=np.uint8)
    sound_length = fold_sound(solid, 0, len(solid), heard)
    sound_masks = pattern_masks(heard[:sound_length])
    joined = np.empty(2 * MAX_LETTERS + 1, dtype=np.uint8)
    errors = np.empty(4 * MAX_LETTERS + 1, dtype=np.int64)
    limit = max(3, len(solid) * 11 // 20)

    words = words_of_query(text, noise)

    count = len(candidates)
    read, beforehand = np.empty((count, 6), dtype=np.int64), np.empty(count)
    rough = np.empty(count)
    by = np.empty(count, dtype=np.int64)
    for i in range(count):
        place = candidates[i]
        read_song(blob, starts[place], starts[place + 1], song)
        alone = costs.title_only - costs.shared_title * _doublings(title_of[place], title_starts)
        artist_alone = costs.artist_only - costs.shared_artist * _doublings(artist_of[place], artist_starts)
        reading = cheapest_reading(
            song, masks, len(solid), costs.version[kind[place]], max(alone, costs.least_alone),
            max(artist_alone, 0.0), joined, errors, costs,
        )  # fmt: skip
        read[i, 0], read[i, 1], read[i, 2], read[i, 3] = reading.errors, reading.field, reading.first, reading.second
        read[i, 4], read[i, 5] = reading.letters, reading.begun
        beforehand[i], rough[i] = reading.cost, reading.errors + reading.cost
        by[i] = artist_of[place] if reading.field == ARTIST else _NOBODY
    _space_artists(rough, by, costs.next_of_artist)

    # Shuffled words cost much in every reading so far but share their trigrams: each order sends finalists.
    seats = max(FINALISTS, k + 2)
    chosen = np.zeros(count, dtype=np.bool_)
    order = order_of(rough)
    for i in range(min(seats, count)):
        chosen[i] = chosen[order[i]] = True
    number = 0
    for i in range(count):
        if chosen[i]:
            order[number] = i
            number += 1
    cost, what = np.empty(number), np.empty(number, dtype=np.int64)
    by_final = np.empty(number, dtype=np.int64)
    for i in range(number):
        at = order[i]
        place = candidates[at]
        wrong, field, first, second, letters = read[at, 0], read[at, 1], read[at, 2], read[at, 3], read[at, 4]
        begun = read[at, 5] == 1
        read_song(blob, starts[place], starts[place + 1], song)
        straight = np.inf
        if wrong <= limit:
            straight = beforehand[at] + wrong
            length = min(join(song, first, second, joined), letters)
            if wrong > 0:
                length = fold_sound(joined, 0, length, heard)
                osa_columns(sound_masks, sound_length, heard, length, errors)
                straight += costs.sound_share * (errors[length] - wrong)
            if not begun:
                length = _with_spaces(blob, song, first, second, joined)
                osa_columns(spaced_masks, len(text), joined, length, errors)
                straight += costs.space * min(max(errors[length] - wrong, 0), 3)
        loose, loose_field = scattered_cost(blob, song, words, small, costs.version[kind[place]], errors, costs)
        fame = costs.popular_unfinished if begun or loose < straight else costs.popular
        cost[i] = min(straight, loose) - fame * popularity[place]
        what[i] = field if straight <= loose else loose_field
        if len(in_script):
            cost[i] -= costs.script * in_script[at]
        by_final[i] = artist_of[place] if what[i] == ARTIST else _NOBODY
    _space_artists(cost, by_final, costs.next_of_artist)
    songs, ordered, fields = np.empty(number, dtype=np.int32), np.empty(number), np.empty(number, dtype=np.int64)
    final = order_of(cost)
    for i in range(number):
        songs[i], ordered[i], fields[i] = candidates[order[final[i]]], cost[final[i]], what[final[i]]
    return songs, ordered, fields


@compiled
def _doublings(key: int, starts: np.ndarray) -> float:
    """Give log2 of the number of songs under a key; 0 without one."""
    return np.log2(float(starts[key + 1] - starts[key])) if key >= 0 else 0.0


@compiled
def _with_spaces(blob: np.ndarray, song: Song, first: int, second: int, spaced: np.ndarray) -> int:
    """Write one or two lines of a song as they are, one space between."""
    count = 0
    for line in (first, second):
        if line < 0:
            continue
        if count and song.sizes[line]:
            spaced[count] = _SPACE
            count += 1
        for i in range(song.lines[line, 0], song.lines[line, 1]):
            spaced[count] = blob[i]
            count += 1
    return count


@compiled
def _space_artists(cost: np.ndarray, by: np.ndarray, step: float) -> None:
    """Add `step` for each better song by the same artist, where a song was found by its artist (`by`)."""
    order = order_of(cost)
    for i in range(len(cost) - 1, -1, -1):
        place = order[i]
        if by[place] == _NOBODY:
            continue
        earlier = 0
        for j in range(i):
            earlier += by[order[j]] == by[place]
        cost[place] += step * min(earlier, 20)
