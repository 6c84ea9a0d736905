"""Trigram index: which songs share the most, and the rarest, letter triples with a text.

The triples are taken from the sound key without its spaces, so a missing or extra space costs nothing,
and the first two letters of each word make one more each, so the beginning of a word counts. Lists of
songs per trigram are read rarest first until a budget is spent: the time a query takes is bounded, however
common its letters are.
"""

from dataclasses import dataclass

import numpy as np

from engine.search.sound import sound

LETTERS = 37  # word start, 0-9, a-z
GRAMS = LETTERS**3
POSTING_SHARE = 0.25  # postings read for one query, as a share of the songs ...
POSTING_BUDGET = (50_000, 150_000)  # ... between these
SIZE_SHARE = 0.15  # how much a song's own length counts against it
NEAR_BEST = 0.5  # share of the best song's match below which a song is only kept to have enough
MAX_QUERY_GRAMS = 64
_WHOLE = 180  # what all trigrams of a query are worth together

_BREAK = 255
_CODES = np.full(256, _BREAK, dtype=np.uint8)
_CODES[[*range(48, 58), *range(97, 123)]] = np.arange(1, LETTERS)


def gram_codes(texts: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the trigrams of lines of normalised text, and the number of the line each is from.

    Returns
    -------
    codes, lines
        int32 and int32, (grams,); a trigram occurs as often as the text holds it.
    """
    folded = sound(texts)
    solid = np.frombuffer(folded.replace(" ", "").encode(), dtype=np.uint8)
    words = np.frombuffer(folded.replace("\n", "\n ").encode(), dtype=np.uint8)
    codes, places = [], []
    code = _CODES[solid].astype(np.int32)
    if len(code) > 2:
        whole = (code[:-2] < LETTERS) & (code[1:-1] < LETTERS) & (code[2:] < LETTERS)
        at = np.flatnonzero(whole)
        codes.append((code[at] * LETTERS + code[at + 1]) * LETTERS + code[at + 2])
        places.append(np.cumsum(solid == 10, dtype=np.int32)[at])
    code = _CODES[words].astype(np.int32)
    if len(code) > 1:
        start = (code[:-1] < LETTERS) & (code[1:] < LETTERS)
        start[1:] &= words[:-2] == 32
        at = np.flatnonzero(start)
        codes.append(code[at] * LETTERS + code[at + 1])
        places.append(np.cumsum(words == 10, dtype=np.int32)[at])
    if not codes:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    return np.concatenate(codes), np.concatenate(places)


_LETTER = bytes(_CODES)


def query_grams(text: str) -> np.ndarray:
    """Give the distinct trigrams of one normalised text, int32; the same as `gram_codes`, for short texts faster."""
    folded = sound(text)
    solid = folded.replace(" ", "").encode().translate(_LETTER)
    grams = {(a * LETTERS + b) * LETTERS + c for a, b, c in zip(solid, solid[1:], solid[2:], strict=False)}
    words = [word.encode().translate(_LETTER) for word in folded.split()]
    grams.update(word[0] * LETTERS + word[1] for word in words if len(word) > 1)
    return np.fromiter(grams, np.int32, len(grams))


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
    def build(cls, texts: list[str]) -> "GramIndex":
        """Index normalised texts; a text's position is its song number."""
        count = len(texts)
        parts = []
        for first in range(0, count, 50_000):  # bounds the memory of the flat arrays
            codes, lines = gram_codes("\n".join(texts[first : first + 50_000]))
            parts.append(codes.astype(np.int64) * count + (lines.astype(np.int64) + first))
        pairs = np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]  # np.unique hashes: five times slower
        grams, songs = np.divmod(pairs, max(count, 1))
        found = np.bincount(grams, minlength=GRAMS)
        starts = np.zeros(GRAMS + 1, dtype=np.int64)
        np.cumsum(found, out=starts[1:])
        weights = np.log1p(count / np.maximum(found, 1)).astype(np.float32)
        sizes = np.bincount(songs, weights=weights[grams], minlength=count).astype(np.float32)
        return cls(starts, songs.astype(np.int32), weights, sizes)

    def nearest(self, text: str, least: int, most: int) -> np.ndarray:
        """Give the songs that share the most with a normalised text, best first.

        Returns
        -------
        songs
            int64, (least..most,) if that many match: as many as come near the best.
        """
        grams = query_grams(text)
        counts = self.starts[grams + 1] - self.starts[grams]
        order = np.argsort(counts, kind="stable")
        order = order[counts[order] > 0][:MAX_QUERY_GRAMS]
        if not len(order):
            return np.empty(0, np.int64)
        budget = min(max(POSTING_BUDGET[0], POSTING_SHARE * len(self.sizes)), POSTING_BUDGET[1])
        order = order[: max(2, int(np.searchsorted(np.cumsum(counts[order]), budget, side="right")))]
        grams, counts = grams[order], counts[order]
        weights = self.weights[grams]
        scale = _WHOLE / float(weights.sum())
        # One byte a song keeps the counters in the processor's cache: half the time of float counters.
        # Rounded up to at least 1, the weights of 64 trigrams still can't exceed 255.
        worth = np.maximum(np.rint(weights * scale), 1).astype(np.uint8)
        lists = [
            self.songs[a:b] for a, b in zip(self.starts[grams].tolist(), self.starts[grams + 1].tolist(), strict=True)
        ]
        shared = np.zeros(len(self.sizes), dtype=np.uint8)
        np.add.at(shared, np.concatenate(lists), np.repeat(worth, counts))
        highest = int(shared.max())
        found = np.flatnonzero(shared >= np.uint8(0.4 * highest))
        if len(found) < least:
            found = np.flatnonzero(shared >= np.uint8(max(1, 0.15 * highest)))
        share = shared[found] / (_WHOLE + (SIZE_SHARE * scale) * self.sizes[found])
        if len(found) > most:
            best = np.argpartition(-share, most)[:most]
            found, share = found[best], share[best]
        best = np.argsort(-share, kind="stable")
        found, share = found[best], share[best]
        near = int(np.searchsorted(-share, -NEAR_BEST * share[:1], side="right")[0]) if len(share) else 0
        return found[: max(least, near)]
