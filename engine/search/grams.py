"""Trigram index: which songs share the most, and the rarest, letter triples with a text.

The triples are taken from the sound key without its spaces, so a missing or extra space costs nothing,
and the first two letters of each word make one more each, so the beginning of a word counts. Lists of
songs per trigram are read rarest first until a budget is spent: the time a query takes is bounded, however
common its letters are.
"""

from dataclasses import dataclass

import numpy as np

from engine.search.compiled import compiled
from engine.search.order import order_of
from engine.search.sound import fold_sound
from engine.search.texts import ALL, TextColumn, frozen

LETTERS = 37  # word start, 0-9, a-z
GRAMS = LETTERS**3
POSTING_SHARE = 0.25  # postings read for one query, as a share of the songs ...
POSTING_BUDGET = (50_000, 150_000)  # ... between these
SIZE_SHARE = 0.15  # how much a song's own length counts against it
NEAR_BEST = 0.5  # share of the best song's match below which a song is only kept to have enough
ACROSS = 4.0  # how many times rarer a trigram of two words must be to come first: words may be shuffled or missing
MAX_QUERY_GRAMS = 64
MAX_LETTERS = 512  # of a title and artist together
_WHOLE = 180  # what all trigrams of a query are worth together
_SPACE, _BREAK = 32, 10
_HIGH, _LOW = np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
_EACH = np.uint64(0x0101010101010101)


@compiled
def _buffers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make room for the sound of one text, its trigrams, and what is said of them."""
    return (
        np.empty(2 * MAX_LETTERS, dtype=np.uint8),
        np.empty(4 * MAX_LETTERS, dtype=np.int32),
        np.empty(4 * MAX_LETTERS, dtype=np.bool_),
    )


@compiled
def text_grams(
    text: np.ndarray, first: int, last: int, heard: np.ndarray, grams: np.ndarray, across: np.ndarray
) -> int:
    """Write the trigrams of a normalised text into `grams`, as often as they occur, and give how many.

    `across` tells which of them lie in more than one word.
    """
    length = fold_sound(text, first, min(last, first + MAX_LETTERS), heard)
    count = 0
    one, two = 0, 0  # codes of the two letters before
    start = True
    inside = 0  # letters of this word so far
    for i in range(length):
        letter = heard[i]
        if letter == _SPACE:
            start, inside = True, 0
            continue
        inside += 1
        code = letter - 47 if letter < 58 else letter - 86
        if one > 0 and two > 0:
            grams[count] = (one * LETTERS + two) * LETTERS + code
            across[count] = inside < 3
            count += 1
        if start and i + 1 < length and heard[i + 1] != _SPACE:
            letter = heard[i + 1]
            grams[count] = code * LETTERS + (letter - 47 if letter < 58 else letter - 86)
            across[count] = False
            count += 1
        start = False
        one, two = two, code
    return count


@compiled
def _count_songs(blob: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Give how many songs have each trigram."""
    found = np.zeros(GRAMS + 1, dtype=np.int64)
    seen = np.full(GRAMS, -1, dtype=np.int32)
    heard, grams, across = _buffers()
    for song in range(len(starts) - 1):
        for i in range(
            text_grams(blob, starts[song], _end(blob, starts[song], starts[song + 1]), heard, grams, across)
        ):
            if seen[grams[i]] != song:
                seen[grams[i]] = song
                found[grams[i] + 1] += 1
    return found


@compiled
def _list_songs(
    blob: np.ndarray, starts: np.ndarray, firsts: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the songs of each trigram, ascending, and the weight of each song's trigrams."""
    songs = np.empty(firsts[-1], dtype=np.int32)
    sizes = np.zeros(len(starts) - 1, dtype=np.float32)
    place = firsts.copy()
    seen = np.full(GRAMS, -1, dtype=np.int32)
    heard, grams, across = _buffers()
    for song in range(len(starts) - 1):
        for i in range(
            text_grams(blob, starts[song], _end(blob, starts[song], starts[song + 1]), heard, grams, across)
        ):
            gram = grams[i]
            if seen[gram] != song:
                seen[gram] = song
                songs[place[gram]] = song
                place[gram] += 1
                sizes[song] += weights[gram]
    return songs, sizes


@compiled
def _end(blob: np.ndarray, first: int, last: int) -> int:
    """Give where a song's title and artist end: at the second line break."""
    breaks = 0
    for i in range(first, last):
        if blob[i] == _BREAK:
            breaks += 1
            if breaks == 2:
                return i
    return last


@compiled
def _nearest(
    text: np.ndarray,
    starts: np.ndarray,
    songs: np.ndarray,
    weights: np.ndarray,
    sizes: np.ndarray,
    least: int,
    most: int,
    allowed: np.ndarray,
) -> np.ndarray:
    heard, grams, across = _buffers()
    known = 0
    for i in range(text_grams(text, 0, len(text), heard, grams, across)):
        gram = grams[i]
        place = 0
        while place < known and grams[place] != gram:
            place += 1
        if place == known and starts[gram + 1] > starts[gram]:
            grams[known], across[known] = gram, across[i]
            known += 1
    counts, ranks = np.empty(known), np.empty(known)
    for i in range(known):
        counts[i] = starts[grams[i] + 1] - starts[grams[i]]
        ranks[i] = counts[i] * (ACROSS if across[i] else 1.0)
    # Rarest first, until the budget is spent; two at least.
    budget = min(max(POSTING_BUDGET[0], POSTING_SHARE * len(sizes)), POSTING_BUDGET[1])
    chosen = np.empty(MAX_QUERY_GRAMS, dtype=np.int32)
    number, read, whole = 0, 0.0, 0.0
    for i in order_of(ranks):
        read += counts[i]
        if number == MAX_QUERY_GRAMS or (number >= 2 and read > budget):
            break
        chosen[number] = grams[i]
        whole += weights[grams[i]]
        number += 1
    if number == 0:
        return np.empty(0, dtype=np.int32)
    scale = _WHOLE / whole
    # One byte a song keeps the counters in the processor's cache. Rounded up to at least 1, the weights of 64
    # trigrams still can't exceed 255.
    shared = np.zeros((len(sizes) + 7) // 8 * 8, dtype=np.uint8)
    highest = 0
    for n in range(number):
        gram = chosen[n]
        worth = max(int(weights[gram] * scale + 0.5), 1)
        for i in range(starts[gram], starts[gram + 1]):
            value = shared[songs[i]] + worth
            shared[songs[i]] = value
            highest = max(highest, value)
    if len(allowed):  # what may not be found is no measure for the others either
        highest = 0
        for i in range(len(sizes)):
            shared[i] *= allowed[i]
            highest = max(highest, shared[i])
    found = _at_least(shared, max(1, int(0.15 * highest)))
    # What comes near the best, or more where that is too few: as few as possible have to be sorted.
    levels = np.zeros(256, dtype=np.int64)
    for i in range(len(found)):
        levels[shared[found[i]]] += 1
    bar, above = highest + 1, 0
    while bar > 1 and (bar > 0.4 * highest or above < 2 * least) and above < 4 * most:
        bar -= 1
        above += levels[bar]
    count = 0
    share = np.empty(above)
    for i in range(len(found)):
        song = found[i]
        if shared[song] >= bar:
            found[count] = song
            share[count] = -float(shared[song]) / (_WHOLE + SIZE_SHARE * scale * sizes[song])
            count += 1
    best = order_of(share)
    near = 0
    while near < min(len(best), most) and (near < least or share[best[near]] <= NEAR_BEST * share[best[0]]):
        near += 1
    result = np.empty(near, dtype=np.int32)
    for i in range(near):
        result[i] = found[best[i]]
    return result


@compiled
def _at_least(shared: np.ndarray, bar: int) -> np.ndarray:
    """Give the places of the bytes that are at least `bar`, 1..128; eight bytes are looked at together."""
    blocks = shared.view(np.uint64)
    raised = np.uint64(128 - bar) * _EACH
    found = np.empty(len(shared), dtype=np.int32)
    count = 0
    for block in range(len(blocks)):
        x = blocks[block]
        if (((x & _LOW) + raised) | x) & _HIGH != np.uint64(0):
            for i in range(8 * block, 8 * block + 8):
                if shared[i] >= bar:
                    found[count] = i
                    count += 1
    return found[:count]


def query_grams(text: str) -> np.ndarray:
    """Give the trigrams of one normalised text, int32, as often as they occur."""
    letters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    heard, grams, across = _buffers()
    return grams[: text_grams(letters, 0, len(letters), heard, grams, across)]


@dataclass(frozen=True)
class GramIndex:
    """Songs by trigram, as CSR arrays.

    Parameters
    ----------
    starts
        int64, (GRAMS + 1,): where each trigram's songs begin in `songs`.
    songs
        int32, (postings,): ascending within a trigram.
    weights
        float32, (GRAMS,): inverse document frequency.
    sizes
        float32, (songs,): sum of the weights of a song's own trigrams.
    """

    starts: np.ndarray
    songs: np.ndarray
    weights: np.ndarray
    sizes: np.ndarray

    @classmethod
    def build(cls, texts: TextColumn) -> "GramIndex":
        """Index the first two lines of normalised texts; a text's position is its song number."""
        found = _count_songs(texts.blob, texts.starts)
        starts = np.cumsum(found)
        weights = np.log1p(len(texts) / np.maximum(found[1:], 1)).astype(np.float32)
        songs, sizes = _list_songs(texts.blob, texts.starts, starts, weights)
        return cls(frozen(starts), frozen(songs), frozen(weights), frozen(sizes))

    def nearest(self, text: np.ndarray, least: int, most: int, allowed: np.ndarray = ALL) -> np.ndarray:
        """Give the songs that share the most with a normalised text, uint8 letters, best first.

        Parameters
        ----------
        allowed
            bool, (songs,): which of them may be given; `ALL` for any.

        Returns
        -------
        songs
            int32, (least..most,) if that many match: as many as come near the best.
        """
        return _nearest(text, self.starts, self.songs, self.weights, self.sizes, least, most, allowed)
