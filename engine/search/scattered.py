"""Cost of a query read as words in any order, some of them missing, the last perhaps only begun."""

from typing import NamedTuple

import numpy as np

from engine.search.compiled import compiled
from engine.search.costs import NOISE_WORDS, SMALL_WORDS, Costs
from engine.search.osa import LETTERS, osa_columns
from engine.search.readings import ARTIST, BOTH, TITLE, Song

MAX_WORDS = 14  # of a query; further words count as foreign to every song
_OF_TITLE, _OF_ARTIST, _OF_TAIL, _OF_GUEST = range(4)
_SPACE = 32
_ONE = np.uint64(1)


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
    unread
        Number of the words beyond the first `MAX_WORDS`, and of their letters.
    """

    masks: np.ndarray
    lengths: np.ndarray
    noise: np.ndarray
    unread: tuple[int, int]


def _codes(words: frozenset[str]) -> np.ndarray:
    return np.array([int.from_bytes(word.encode(), "big") for word in sorted(words)], dtype=np.uint64)


SMALL_CODES, NOISE_CODES = _codes(SMALL_WORDS), _codes(NOISE_WORDS)  # of up to eight letters each


@compiled
def words_of_query(text: np.ndarray, noise: np.ndarray) -> Words:
    """Prepare the words of a normalised query; `noise` are the codes of words that are typed beside a song."""
    masks = np.zeros((MAX_WORDS, 1, LETTERS), dtype=np.uint64)
    lengths, is_noise = np.zeros(MAX_WORDS, dtype=np.int64), np.zeros(MAX_WORDS, dtype=np.bool_)
    number = begin = unread = unread_letters = 0
    for i in range(len(text) + 1):
        if i < len(text) and text[i] != _SPACE:
            continue
        if i > begin:
            if number < MAX_WORDS:
                lengths[number] = min(i - begin, 64)
                is_noise[number] = _among(text, begin, i, noise)
                for j in range(lengths[number]):
                    masks[number, 0, text[begin + j]] |= _ONE << np.uint64(j)
                number += 1
            else:
                unread += 1
                unread_letters += i - begin
        begin = i + 1
    return Words(masks, lengths[:number], is_noise, (unread, unread_letters))


@compiled
def _among(text: np.ndarray, first: int, last: int, codes: np.ndarray) -> bool:
    """Tell whether a word is one of those that `codes` stand for."""
    if last - first > 8:
        return False
    code = np.uint64(0)
    for i in range(first, last):
        code = (code << np.uint64(8)) | np.uint64(text[i])
    for i in range(len(codes)):
        if codes[i] == code:
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
    blob: np.ndarray, song: Song, words: Words, small: np.ndarray, unasked: float, errors: np.ndarray, costs: Costs
) -> tuple[float, int]:
    """Align each query word with its nearest word of a song: the cost, and which field was typed.

    A song none of whose words was typed costs infinitely much. `small` are the codes of small words, `errors` is
    a buffer.
    """
    asked = len(words.lengths)
    nearest = np.empty(asked)
    for i in range(asked):
        length = float(words.lengths[i])
        extra = min(costs.extra_word + costs.extra_letter * length, length + 0.5)
        nearest[i] = costs.noise_word if words.noise[i] else extra
    lost_title = lost_artist = 0.0
    title_met = artist_met = tail = tail_met = 0
    for line in range(2):
        begin, last = song.lines[line, 0], song.lines[line, 1]
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
                if _among(word, 0, count, small):
                    weight = min(weight, costs.small_word)
                if line == 0:
                    lost_title += weight
                else:
                    lost_artist += weight
    if title_met + artist_met + tail_met == 0:
        return np.inf, BOTH
    cost = costs.scattered + costs.extra_word * words.unread[0] + costs.extra_letter * words.unread[1]
    for i in range(asked):
        cost += nearest[i]
    cost += lost_title if title_met else min(lost_title, costs.no_title)
    cost += lost_artist if artist_met else min(lost_artist, costs.no_artist)
    if tail_met * 2 < max(tail, 1):
        cost += unasked
    return cost, BOTH if title_met and artist_met else (ARTIST if artist_met else TITLE)
