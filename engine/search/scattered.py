"""Cost of a query read as words in any order, some of them missing, the last perhaps only begun."""

from typing import NamedTuple

import numpy as np

from engine.search.compiled import compiled
from engine.search.costs import NOISE_WORDS, SMALL_WORDS, Costs
from engine.search.osa import LETTERS, osa_columns
from engine.search.readings import ARTIST, BOTH, TITLE, Song

MAX_WORDS = 16  # of a query; further words count as foreign to every song
_SONG_WORDS = 48  # of a song that are compared
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
    """Align the words of a query with those of a song, one to one: the cost, and which field was typed.

    A song none of whose words was typed costs infinitely much. `small` are the codes of small words, `errors` is
    a buffer.
    """
    asked = len(words.lengths)
    away = np.empty((asked, _SONG_WORDS))
    group, weight = np.empty(_SONG_WORDS, dtype=np.int64), np.empty(_SONG_WORDS)
    number = tail = 0
    for line in range(2):
        begin, last = song.lines[line, 0], song.lines[line, 1]
        aside = song.lines[line + 2, 0] != begin
        for i in range(begin, last + 1):
            if i < last and blob[i] != _SPACE:
                continue
            count = i - begin
            word = blob[begin:i]
            begin = i + 1
            if count == 0 or number == _SONG_WORDS:
                continue
            inside = not aside or _holds(blob, song.lines[line + 2, 0], song.lines[line + 2, 1], word, count)
            if line == 0:
                group[number], weight[number] = (_OF_TITLE, costs.title_word) if inside else (_OF_TAIL, costs.tail_word)
            else:
                group[number], weight[number] = (
                    (_OF_ARTIST, costs.artist_word) if inside else (_OF_GUEST, costs.tail_word)
                )
            if _among(word, 0, count, small):
                weight[number] = min(weight[number], costs.small_word)
            tail += group[number] == _OF_TAIL
            for j in range(asked):
                length = words.lengths[j]
                osa_columns(words.masks[j], length, word, count, errors)
                away[j, number] = errors[count]
                if j == asked - 1 and length > 1 and count > length:
                    away[j, number] = min(errors[count], errors[length] + costs.begun_word)
            number += 1
    # The nearest pair first, then the nearest of what is left.
    cost = costs.scattered + costs.extra_word * words.unread[0] + costs.extra_letter * words.unread[1]
    left = np.empty(asked, dtype=np.int64)
    for j in range(asked):
        left[j] = j
    met_title = met_artist = met_tail = 0
    while asked > 0:
        best, found, query = np.inf, -1, -1
        for n in range(asked):
            for i in range(number):
                if away[left[n], i] < best:
                    best, found, query = away[left[n], i], i, n
        length = float(words.lengths[left[query]]) if query >= 0 else 0.0
        if query < 0 or best >= costs.extra_word + costs.extra_letter * length:
            break
        # A word of the query is met when at most about a third of it is wrong.
        if best <= max(length * 0.34, 1.0 if length > 2 else 0.0):
            weight[found] = 0.0
            met_title += group[found] == _OF_TITLE
            met_artist += group[found] == _OF_ARTIST
            met_tail += group[found] == _OF_TAIL
        extra = costs.noise_word if words.noise[left[query]] else length + 0.5
        cost += min(best, extra)
        for n in range(asked):
            away[left[n], found] = np.inf
        asked -= 1
        left[query] = left[asked]
    for n in range(asked):  # words that the song lacks
        length = float(words.lengths[left[n]])
        extra = min(costs.extra_word + costs.extra_letter * length, length + 0.5)
        cost += costs.noise_word if words.noise[left[n]] else extra
    if met_title + met_artist + met_tail == 0:
        return np.inf, BOTH
    lost_title = lost_artist = 0.0
    for i in range(number):
        if group[i] == _OF_TITLE or group[i] == _OF_TAIL:
            lost_title += weight[i]
        else:
            lost_artist += weight[i]
    cost += lost_title if met_title else min(lost_title, costs.no_title)
    cost += lost_artist if met_artist else min(lost_artist, costs.no_artist)
    if met_tail * 2 < max(tail, 1):
        cost += unasked
    return cost, BOTH if met_title and met_artist else (ARTIST if met_artist else TITLE)
