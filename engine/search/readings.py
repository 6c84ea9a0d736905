"""The texts that a query may stand for, when one song is meant, and the cheapest of them."""

from typing import NamedTuple

import numpy as np

from engine.search.compiled import compiled
from engine.search.costs import Costs
from engine.search.osa import osa_columns

TITLE, ARTIST, BOTH = range(3)  # what a reading says was typed
MAX_LETTERS = 256  # of one line of a song's texts; normalised texts are shorter
_NONE = -1
_SPACE, _BREAK = 32, 10
_SHORT = 4
_WINDOW = 2  # a beginning typed with an error may be this much longer or shorter than the query
_FORMS = ((0, 1), (1, 0), (2, 3), (3, 2))  # lines of a song's texts: title, artist; without asides: main, lead


class Song(NamedTuple):
    """One song's texts, read into buffers that are used again for the next.

    Parameters
    ----------
    solid
        uint8, (4, MAX_LETTERS): title, artist, main and lead without spaces; where there is no main title or
        lead artist, the full one.
    sizes
        int64, (4,): their lengths.
    lines
        int64, (4, 2): where each stands in the blob of all texts, with spaces.
    """

    solid: np.ndarray
    sizes: np.ndarray
    lines: np.ndarray


class Reading(NamedTuple):
    """What a song was read as: the first `letters` letters of one or two lines.

    `errors` are counted letters, `cost` what the reading costs beforehand.
    """

    errors: int
    cost: float
    field: int
    first: int
    second: int
    letters: int
    begun: bool


def song_buffers() -> Song:
    """Make the buffers for one song."""
    return Song(np.empty((4, MAX_LETTERS), np.uint8), np.zeros(4, np.int64), np.zeros((4, 2), np.int64))


@compiled
def read_song(blob: np.ndarray, first: int, last: int, song: Song) -> None:
    """Read a song's four lines."""
    line, begin, count = 0, first, 0
    for i in range(first, last + 1):
        letter = blob[i] if i < last else _BREAK
        if letter == _BREAK:
            song.sizes[line] = count
            song.lines[line, 0], song.lines[line, 1] = begin, i
            line, begin, count = line + 1, i + 1, 0
        elif letter != _SPACE:
            song.solid[line, count] = letter
            count += 1
    for line in range(2, 4):
        if song.sizes[line] == 0:
            song.sizes[line] = song.sizes[line - 2]
            song.lines[line, 0], song.lines[line, 1] = song.lines[line - 2, 0], song.lines[line - 2, 1]
            for i in range(song.sizes[line]):
                song.solid[line, i] = song.solid[line - 2, i]


@compiled
def join(song: Song, first: int, second: int, joined: np.ndarray) -> int:
    """Write one line, or two one after the other, without spaces, and give the length."""
    count = song.sizes[first]
    for i in range(count):
        joined[i] = song.solid[first, i]
    if second != _NONE:
        for i in range(song.sizes[second]):
            joined[count + i] = song.solid[second, i]
        count += song.sizes[second]
    return count


@compiled
def cheapest_reading(
    song: Song,
    masks: np.ndarray,
    length: int,
    unasked: float,
    title_alone: float,
    artist_alone: float,
    joined: np.ndarray,
    errors: np.ndarray,
    costs: Costs,
) -> Reading:
    """Read a query, `length` letters prepared as `masks`, as each form of a song, whole or begun.

    `unasked` is the cost of the song's kind of version when the query doesn't ask for it, `title_alone` and
    `artist_alone` that of typing only one. `joined` and `errors` are buffers.
    """
    if song.sizes[1] == 0:  # what is all that a song has costs nothing to type alone
        title_alone = 0.0
    if song.sizes[0] == 0:
        artist_alone = 0.0
    best = Reading(1 << 20, np.inf, BOTH, 0, _NONE, 0, False)
    rough = np.inf
    lead = costs.lead if song.lines[3, 0] != song.lines[1, 0] else 0.0
    begun = costs.begun + unasked
    if length <= _SHORT:
        artist_alone += costs.short
        begun += costs.short
    for form in range(4 if lead or song.lines[2, 0] != song.lines[0, 0] else 2):
        first, second = _FORMS[form]
        by_title = form == 0 or form == 2
        end = join(song, first, second, joined)
        part = song.sizes[first]
        osa_columns(masks, length, joined, end, errors)
        beforehand = unasked + lead if form > 1 else 0.0
        alone = title_alone + beforehand
        if not by_title:
            alone = artist_alone + 0.5 * unasked + (lead if form > 1 else 0.0)
        if errors[part] + alone < rough:
            rough = errors[part] + alone
            best = Reading(errors[part], alone, TITLE if by_title else ARTIST, first, _NONE, part, False)
        both = beforehand if by_title else beforehand + costs.artist_first
        if errors[end] + both < rough:
            rough = errors[end] + both
            best = Reading(errors[end], both, BOTH, first, second, end, False)
        for letters in range(max(1, length - _WINDOW), min(length + _WINDOW, end - 1) + 1):
            if letters == part or errors[letters] + begun >= rough:
                continue
            rest = (part if letters < part else end) - letters
            cost = begun + costs.begun_rest * (1.0 - np.exp(-rest / 12.0))
            if errors[letters] + cost < rough:
                rough = errors[letters] + cost
                field = BOTH if letters > part else (TITLE if by_title else ARTIST)
                best = Reading(errors[letters], cost, field, first, second, letters, True)
    return best
