"""Cost of a query read as words in any order, some of them missing, the last perhaps only begun."""

from typing import NamedTuple

import numpy as np

from engine.search.compiled import compiled
from engine.search.costs import NOISE_WORDS, SMALL_WORDS, Costs
from engine.search.osa import osa_columns, pattern_masks
from engine.search.readings import ARTIST, BOTH, TITLE, Song
from engine.search.texts import letters_of

MAX_WORDS = 14  # of a query; further words count as foreign to every song
_OF_TITLE, _OF_ARTIST, _OF_TAIL, _OF_GUEST = range(4)
_SPACE = 32


class Words(NamedTuple):
    """A query's words as they are compared.

    Parameters
    ----------
    masks
        uint64, (words, 1, 128): as of `pattern_masks`, of the first 64 letters of each.
    lengths
        int64, (words,).
    noise
        bool, (words,): typed beside a song, not of it.
    small
        uint64, (small words,): the small words of any text, as `word_code` packs them.
    unread
        Letters and number of the words beyond the first `MAX_WORDS`.
    """

    masks: np.ndarray
    lengths: np.ndarray
    noise: np.ndarray
    small: np.ndarray
    unread: tuple[int, int]


def words_of_query(text: str) -> Words:
    """Prepare the words of a normalised query."""
    words = text.split()
    read, unread = words[:MAX_WORDS], words[MAX_WORDS:]
    return Words(
        np.array([pattern_masks(letters_of(word[:64])) for word in read], dtype=np.uint64).reshape(-1, 1, 128),
        np.array([min(len(word), 64) for word in read], dtype=np.int64),
        np.array([word in NOISE_WORDS for word in read], dtype=bool),
        _SMALL,
        (sum(map(len, unread)), len(unread)),
    )


_SMALL = np.array([int.from_bytes(word.encode(), "big") for word in sorted(SMALL_WORDS)], dtype=np.uint64)


@compiled
def _is_small(text: np.ndarray, count: int, small: np.ndarray) -> bool:
    if count > 8:
        return False
    code = np.uint64(0)
    for i in range(count):
        code = (code << np.uint64(8)) | np.uint64(text[i])
    for i in range(len(small)):
        if small[i] == code:
            return True
    return False


@compiled
def _holds(blob: np.ndarray, first: int, last: int, word: np.ndarray, count: int) -> bool:
    """Tell whether a line has a word."""
    begin = first
    for i in range(first, last + 1):
        if i == last or blob[i] == _SPACE:
            if i - begin == count:
                same = True
                for j in range(count):
                    if blob[begin + j] != word[j]:
                        same = False
                        break
                if same:
                    return True
            begin = i + 1
    return False


@compiled
def scattered_cost(
    blob: np.ndarray, song: Song, words: Words, unasked: float, errors: np.ndarray, costs: Costs
) -> tuple[float, int]:
    """Align each query word with its nearest word of a song: the cost, and which field was typed.

    A song none of whose words was typed costs infinitely much. `errors` is a buffer.
    """
    asked = len(words.lengths)
    nearest = np.empty(asked, dtype=np.float64)
    for i in range(asked):
        length = float(words.lengths[i])
        extra = min(costs.extra_word + costs.extra_letter * length, length + 0.5)
        nearest[i] = costs.noise_word if words.noise[i] else extra
    lost = np.zeros(2)
    title_met = artist_met = tail = tail_met = 0
    for line in range(2):
        begin, last = song.lines[line]
        aside = song.lines[line + 2, 0] != begin
        for i in range(begin, last + 1):
            if i < last and blob[i] != _SPACE:
                continue
            count = i - begin
            word = blob[begin:i]
            begin = i + 1
            if count == 0:
                continue
            inside = not aside or _holds(blob, song.lines[line + 2, 0], song.lines[line + 2, 1], word, count)
            met = False
            for j in range(asked):
                length = words.lengths[j]
                osa_columns(words.masks[j], length, word, count, errors)
                away = float(errors[count])
                if j == asked - 1 and length > 1 and count > length:
                    away = min(away, errors[length] + costs.begun_word)
                nearest[j] = min(nearest[j], away)
                # A word of the query is met when at most about a third of it is wrong.
                if away <= max(length * 0.34, 1.0 if length > 2 else 0.0):
                    met = True
            if line == 0:
                weight = costs.title_word if inside else costs.tail_word
                tail += not inside
                title_met += met and inside
                tail_met += met and not inside
            else:
                weight = costs.artist_word if inside else costs.tail_word
                artist_met += met and inside
            if not met:
                lost[line] += min(weight, costs.small_word) if _is_small(word, count, words.small) else weight
    if title_met + artist_met + tail_met == 0:
        return np.inf, BOTH
    cost = costs.scattered + nearest.sum()
    cost += costs.extra_word * words.unread[1] + costs.extra_letter * words.unread[0]
    cost += lost[0] if title_met else min(lost[0], costs.no_title)
    cost += lost[1] if artist_met else min(lost[1], costs.no_artist)
    if tail_met * 2 < max(tail, 1):
        cost += unasked
    return cost, BOTH if title_met and artist_met else (ARTIST if artist_met else TITLE)
