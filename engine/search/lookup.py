"""Find a title or artist by how it begins, also with a typing error.

Trigrams say little about a text of one to five letters, about the beginning of one, or about a short artist
among long titles. Here every title, every artist, and both
together stand in alphabetical order without spaces. The order
is walked like a tree of letters: a query of up to `SHORT` letters follows every path that differs from it by
one error, which costs a few hundred short binary searches.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.search.compiled import compiled
from engine.search.texts import ALL, TextColumn, frozen

SHORT = 12  # letters up to which a typing error is looked up
BEGUN = 5  # letters from which that error may lie in a beginning too
TITLE_LINE, ARTIST_LINE, BOTH_LINES = 0, 1, 2
_PER_KEY = 2  # songs of one title or artist reached by an error
_SPACE, _BREAK = 32, 10
_ONE, _ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@compiled
def _field(blob: np.ndarray, first: int, last: int, line: int, letters: np.ndarray) -> int:
    """Write one line of a song's texts without its spaces, or `BOTH_LINES` together, and give the length."""
    count = 0
    both = line == BOTH_LINES
    if both:
        line = 1
    for i in range(first, last):
        letter = blob[i]
        if letter == _BREAK:
            if line == 0:
                break
            line -= 1
        elif (both or line == 0) and letter != _SPACE:
            letters[count] = letter
            count += 1
    return count


@compiled
def _chunks(blob: np.ndarray, starts: np.ndarray, line: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the first 24 letters of each song's key as three numbers that sort as the letters do, and its length."""
    letters = np.empty(4096, dtype=np.uint8)
    chunks = np.zeros((3, len(starts) - 1), dtype=np.uint64)
    lengths = np.empty(len(starts) - 1, dtype=np.int32)
    for song in range(len(starts) - 1):
        count = _field(blob, starts[song], starts[song + 1], line, letters)
        lengths[song] = count
        for i in range(min(count, 24)):
            chunks[i >> 3, song] |= np.uint64(letters[i]) << np.uint64(56 - 8 * (i & 7))
    return chunks, lengths


@compiled
def _first_from(heads: np.ndarray, low: int, high: int, head: np.uint64) -> int:
    """Give the first key of `low`..`high` whose head is `head` or later."""
    while low < high:
        middle = (low + high) >> 1
        if heads[middle] < head:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _after(heads: np.ndarray, low: int, high: int, top: np.uint64) -> int:
    """Give the first key of `low`..`high` whose head is beyond `top`; near `low` it is found fastest."""
    step = 1
    while low + step < high and heads[low + step] <= top:
        low += step
        step *= 2
    high = min(high, low + step)
    return _first_from(heads, low, high, top + _ONE) if top != _ALL else high


@compiled
def _follow(
    at: int, low: int, high: int, letter: int, line: int, blob: np.ndarray, texts: np.ndarray, heads: np.ndarray,
    starts: np.ndarray, songs: np.ndarray, letters: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Narrow keys `low`..`high`, which agree in `at` letters beyond their heads, to those with `letter` next."""
    first, last = low, high
    while first < last:
        middle = (first + last) >> 1
        if _letter(middle, at, line, blob, texts, heads, starts, songs, letters) < letter:
            first = middle + 1
        else:
            last = middle
    begin, last = first, high
    while first < last:
        middle = (first + last) >> 1
        if _letter(middle, at, line, blob, texts, heads, starts, songs, letters) <= letter:
            first = middle + 1
        else:
            last = middle
    return begin, first


@compiled
def _letter(
    key: int, at: int, line: int, blob: np.ndarray, texts: np.ndarray, heads: np.ndarray, starts: np.ndarray,
    songs: np.ndarray, letters: np.ndarray,
) -> int:  # fmt: skip
    """Give one letter of a key, 0 beyond its end."""
    if at < 8:
        return int((heads[key] >> np.uint64(56 - 8 * at)) & np.uint64(255))
    song = songs[starts[key]]
    return letters[at] if _field(blob, texts[song], texts[song + 1], line, letters) > at else 0


@compiled
def _walk(
    query: np.ndarray, at: int, depth: int, low: int, high: int, line: int, blob: np.ndarray, texts: np.ndarray,
    heads: np.ndarray, starts: np.ndarray, songs: np.ndarray, letters: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Narrow keys `low`..`high`, which agree in `depth` letters, to those that go on with `query[at:]`."""
    if low < high and depth < 8 and at < len(query):
        head = heads[low] & ~(_ALL >> np.uint64(8 * depth)) if depth else np.uint64(0)
        while depth < 8 and at < len(query):
            head |= np.uint64(query[at]) << np.uint64(56 - 8 * depth)
            at, depth = at + 1, depth + 1
        top = head | (_ALL >> np.uint64(8 * depth)) if depth < 8 else head
        low = _first_from(heads, low, high, head)
        if low == high or heads[low] > top:
            return low, low
        high = _after(heads, low, high, top)
    while at < len(query) and low < high:
        low, high = _follow(depth, low, high, query[at], line, blob, texts, heads, starts, songs, letters)
        at, depth = at + 1, depth + 1
    return low, high


@compiled
def _take(
    low: int, high: int, limit: int, starts: np.ndarray, songs: np.ndarray, allowed: np.ndarray, found: np.ndarray,
    count: int, room: int,
) -> int:  # fmt: skip
    """Add the `limit` most popular (lowest) songs of keys `low`..`high` to the `count` found; give the new count."""
    begin = count
    limit = min(limit, room - count)
    if limit <= 0:
        return count
    for i in range(starts[low], starts[high]):
        song = songs[i]
        if len(allowed) and not allowed[song]:
            continue
        if count - begin == limit:
            if song >= found[count - 1]:
                continue
            count -= 1
        place = count
        while place > begin and found[place - 1] > song:
            found[place] = found[place - 1]
            place -= 1
        found[place] = song
        count += 1
    return count


@compiled
def _beginning(
    query: np.ndarray, limit: int, line: int, blob: np.ndarray, texts: np.ndarray, heads: np.ndarray,
    starts: np.ndarray, songs: np.ndarray, allowed: np.ndarray,
) -> np.ndarray:  # fmt: skip
    letters = np.empty(4096, dtype=np.uint8)
    found = np.empty(2 * limit, dtype=np.int32)
    count = 0
    low, high = _walk(query, 0, 0, 0, len(heads), line, blob, texts, heads, starts, songs, letters)
    if low < high and len(query):
        if _letter(low, len(query), line, blob, texts, heads, starts, songs, letters) == 0:
            count = _take(low, low + 1, limit, starts, songs, allowed, found, count, len(found))
            low += 1
        if low < high:
            count = _take(low, high, limit, starts, songs, allowed, found, count, len(found))
    return found[:count]


@compiled
def _one_error(
    query: np.ndarray, limit: int, line: int, blob: np.ndarray, texts: np.ndarray, heads: np.ndarray,
    starts: np.ndarray, songs: np.ndarray, allowed: np.ndarray,
) -> np.ndarray:  # fmt: skip
    letters = np.empty(4096, dtype=np.uint8)
    found = np.empty((2, 2 * limit), dtype=np.int32)  # whole keys, and beginnings
    counts = np.zeros(2, dtype=np.int64)
    swapped = np.empty(2, dtype=np.uint8)
    low, high = 0, len(heads)  # keys that begin with query[:i]
    for i in range(len(query) + 1):
        if i < len(query):  # a letter too many
            _reach(
                query, i + 1, i, low, high, line, blob, texts, heads, starts, songs, allowed, letters, found, counts,
                limit,
            )  # fmt: skip
        if i + 1 < len(query):  # two letters the wrong way round
            swapped[0], swapped[1] = query[i + 1], query[i]
            first, last = _walk(swapped, 0, i, low, high, line, blob, texts, heads, starts, songs, letters)
            _reach(
                query, i + 2, i + 2, first, last, line, blob, texts, heads, starts, songs, allowed, letters, found,
                counts, limit,
            )  # fmt: skip
        first = low
        while first < high:  # another letter, or one more
            letter = _letter(first, i, line, blob, texts, heads, starts, songs, letters)
            if i < 8:
                last = _after(
                    heads, first, high, heads[first] | (_ALL >> np.uint64(8 * i + 8)) if i < 7 else heads[first]
                )
            else:
                _, last = _follow(i, first, high, letter, line, blob, texts, heads, starts, songs, letters)
            if letter and (i == len(query) or letter != query[i]):
                if i < len(query):
                    _reach(
                        query, i + 1, i + 1, first, last, line, blob, texts, heads, starts, songs, allowed, letters,
                        found, counts, limit,
                    )  # fmt: skip
                _reach(
                    query, i, i + 1, first, last, line, blob, texts, heads, starts, songs, allowed, letters, found,
                    counts, limit,
                )  # fmt: skip
            first = last
        if i < len(query):
            low, high = _walk(query[i : i + 1], 0, i, low, high, line, blob, texts, heads, starts, songs, letters)
            if low >= high:
                break
    for i in range(counts[1]):
        found[0, counts[0] + i] = found[1, i]
    return found[0, : counts[0] + counts[1]]


@compiled
def _reach(
    query: np.ndarray, at: int, depth: int, low: int, high: int, line: int, blob: np.ndarray, texts: np.ndarray,
    heads: np.ndarray, starts: np.ndarray, songs: np.ndarray, allowed: np.ndarray, letters: np.ndarray,
    found: np.ndarray, counts: np.ndarray, limit: int,
) -> None:  # fmt: skip
    """Follow the rest of a query to the songs there."""
    low, high = _walk(query, at, depth, low, high, line, blob, texts, heads, starts, songs, letters)
    if low >= high:
        return
    if _letter(low, depth + len(query) - at, line, blob, texts, heads, starts, songs, letters) == 0:
        counts[0] = _take(low, low + 1, _PER_KEY, starts, songs, allowed, found[0], counts[0], limit)
        low += 1
    if low < high and len(query) >= BEGUN:
        counts[1] = _take(low, high, _PER_KEY, starts, songs, allowed, found[1], counts[1], limit)


@dataclass(frozen=True)
class KeyTable:
    """Distinct keys of one line of the songs' texts, or of title and artist together, in order, each with its songs.

    Parameters
    ----------
    heads
        uint64, (keys,): the first eight letters, ascending.
    starts, songs
        int64 (keys + 1,) and int32: songs of key k are `songs[starts[k]:starts[k + 1]]`, ascending.
    of
        int32, (texts,): each song's key, -1 where the line is empty.
    """

    heads: np.ndarray
    starts: np.ndarray
    songs: np.ndarray
    of: np.ndarray

    @classmethod
    def build(cls, texts: TextColumn, line: int) -> "KeyTable":
        """Index one line of texts in order of popularity."""
        chunks, lengths = _chunks(texts.blob, texts.starts, line)
        order = np.lexsort((chunks[2], chunks[1], chunks[0]))
        order = order[lengths[order] > 0]
        sorted_chunks = chunks[:, order]
        differs = np.ones(len(order), dtype=bool)
        differs[1:] = (sorted_chunks[:, 1:] != sorted_chunks[:, :-1]).any(axis=0)
        order, differs = _sort_long(texts, line, order, differs, lengths)
        firsts = np.flatnonzero(differs)
        of = np.full(len(texts), -1, dtype=np.int32)
        of[order] = np.cumsum(differs) - 1
        return cls(
            heads=frozen(chunks[0][order[firsts]]),
            starts=frozen(np.append(firsts, len(order)).astype(np.int64)),
            songs=frozen(order.astype(np.int32)),
            of=frozen(of),
        )

    def beginning_with(
        self, texts: TextColumn, line: int, query: np.ndarray, limit: int, allowed: np.ndarray = ALL
    ) -> np.ndarray:
        """Give up to `limit` songs whose key is the query, then up to `limit` whose key begins with it."""
        return _beginning(query, limit, line, texts.blob, texts.starts, self.heads, self.starts, self.songs, allowed)

    def one_error_from(
        self, texts: TextColumn, line: int, query: np.ndarray, limit: int, allowed: np.ndarray = ALL
    ) -> np.ndarray:
        """Give up to `limit` songs whose key is one error from a short query, and as many that so begin."""
        if not 1 < len(query) <= SHORT:
            return np.empty(0, dtype=np.int32)
        return _one_error(query, limit, line, texts.blob, texts.starts, self.heads, self.starts, self.songs, allowed)

    def keys_beginning_with(self, texts: TextColumn, line: int, query: np.ndarray) -> tuple[int, int]:
        """Give the first key that begins with the query, and the one after the last; a key that is the query first."""
        letters = np.empty(4096, dtype=np.uint8)
        return _walk(
            query, 0, 0, 0, len(self.heads), line, texts.blob, texts.starts, self.heads, self.starts, self.songs,
            letters,
        )  # fmt: skip


def _sort_long(
    texts: TextColumn, line: int, order: np.ndarray, differs: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put keys in order that agree in their first 24 letters and go on."""
    order, differs = order.copy(), differs.copy()
    firsts = np.flatnonzero(differs)
    lasts = np.append(firsts[1:], len(order))
    longest = np.maximum.reduceat(lengths[order], firsts) if len(firsts) else firsts
    for first, last in zip(*(a[(lasts - firsts > 1) & (longest > 24)].tolist() for a in (firsts, lasts)), strict=True):
        keys = {song: _key(texts.one(song), line) for song in order[first:last].tolist()}
        group = sorted(keys, key=lambda song: (keys[song], song))
        order[first:last] = group
        differs[first + 1 : last] = [keys[a] != keys[b] for a, b in pairwise(group)]
    return order, differs


def _key(names: str, line: int) -> str:
    lines = names.split("\n")
    return (lines[0] + lines[1] if line == BOTH_LINES else lines[line]).replace(" ", "")
