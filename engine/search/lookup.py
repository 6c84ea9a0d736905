"""Find a title or artist by how it begins, or by a short text one typing error away.

Trigrams say little about a text of one to five letters, or about a short artist among long titles. Here
every space-free title and artist stands in alphabetical order, and every one of up to `SHORT` letters also
under each form with one letter left out (two texts one error apart share such a form: Garbe's symmetric
deletion).
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from engine.search.texts import TextColumn

SHORT = 12  # letters up to which a typing error is looked up
_PER_FORM = 60  # keys looked at for one form of a short text
_HEAD = 8  # letters of a key that fit in one uint64
_TAIL = "\U0010ffff"  # sorts behind every letter


def _heads(keys: list[str]) -> np.ndarray:
    packed = np.array([key.encode()[:_HEAD] for key in keys], dtype=f"S{_HEAD}")
    return packed.view(">u8").astype(np.uint64)


def _code(text: str) -> int:
    """Give the first eight bytes as one number, which sorts as the text does."""
    return int.from_bytes(text.encode()[:_HEAD].ljust(_HEAD, b"\0"), "big")


@dataclass(frozen=True)
class KeyTable:
    """Distinct keys in order, each with the songs that carry it.

    Parameters
    ----------
    keys
        The distinct space-free keys, ascending.
    heads
        uint64, (keys,): the first eight letters, ascending.
    starts, songs
        int64 (keys + 1,) and int32: songs of key k are `songs[starts[k]:starts[k + 1]]`, ascending.
    near_codes, near_keys
        uint32 and int32: checksums of short keys' forms with at most one letter left out, ascending, and
        the key each is of. Checksums may collide: what comes back are candidates.
    """

    keys: TextColumn
    heads: np.ndarray
    starts: np.ndarray
    songs: np.ndarray
    near_codes: np.ndarray
    near_keys: np.ndarray

    @classmethod
    def build(cls, texts: list[str], near: bool = True) -> "KeyTable":
        """Index space-free keys, also by one error if `near`; a key's position is its song, "" is left out."""
        by_key: dict[str, list[int]] = {}
        for song, text in enumerate(texts):
            if text:
                by_key.setdefault(text, []).append(song)
        keys = sorted(by_key)
        starts = np.zeros(len(keys) + 1, dtype=np.int64)
        np.cumsum([len(by_key[key]) for key in keys], out=starts[1:])
        songs = np.array([song for key in keys for song in by_key[key]], dtype=np.int32)
        places, codes = [], []
        for place, key in enumerate(keys):
            if len(key) > SHORT or not near:
                continue
            forms = _forms(key)
            codes += forms
            places += [place] * len(forms)
        near_codes, near_keys = np.array(codes, dtype=np.uint32), np.array(places, dtype=np.int32)
        order = np.lexsort((songs[starts[near_keys]], near_codes))  # under one form the most popular come first
        return cls(TextColumn.of(keys), _heads(keys), starts, songs, near_codes[order], near_keys[order])

    def doublings(self, count: int) -> np.ndarray:
        """Give log2 of the number of songs under each of `count` songs' key; 0 without a key. float32."""
        sizes = np.diff(self.starts)
        doublings = np.zeros(count, dtype=np.float32)
        doublings[self.songs] = np.log2(np.repeat(sizes, sizes))
        return doublings

    def equal_to(self, text: str, limit: int) -> np.ndarray:
        """Give up to `limit` songs whose key is `text`."""
        place = self._place(text, bisect_left)
        if place == len(self.keys) or self.keys.one(place) != text:
            return np.empty(0, np.int32)
        return self.songs[self.starts[place] : self.starts[place + 1]][:limit]

    def beginning_with(self, text: str, limit: int) -> np.ndarray:
        """Give up to `limit` songs whose key is `text`, then up to `limit` whose key begins with it."""
        first, last = self._place(text, bisect_left), self._place(text + _TAIL, bisect_right)
        if not text or first >= last:
            return np.empty(0, np.int32)
        span = self.songs[self.starts[first] : self.starts[last]]
        if len(span) > limit:
            span = np.partition(span, limit)[:limit]  # the lowest song numbers are the most popular
        return np.concatenate([self.equal_to(text, limit), span])

    def one_error_from(self, text: str, limit: int) -> np.ndarray:
        """Give the two most popular songs of up to `limit` keys at most one typing error from a short text."""
        if not 1 < len(text) <= SHORT + 1:
            return np.empty(0, np.int32)
        codes = np.array(_forms(text), dtype=np.uint32)
        firsts = np.searchsorted(self.near_codes, codes, side="left").tolist()
        lasts = np.searchsorted(self.near_codes, codes, side="right").tolist()
        spans = [self.near_keys[a : min(b, a + _PER_FORM)] for a, b in zip(firsts, lasts, strict=True) if a < b]
        if not spans:
            return np.empty(0, np.int32)
        places = np.unique(np.concatenate(spans))
        if len(places) > limit:
            errors = cdist([text], self.keys.take(places), scorer=OSA.distance, score_cutoff=1)[0]
            places = places[np.lexsort((self.songs[self.starts[places]], errors))][:limit]
        most = self.songs[self.starts[places]]
        second = self.starts[places] + 1
        second = self.songs[second[second < self.starts[places + 1]]]
        return np.concatenate([most, second])

    def _place(self, text: str, bisect: Callable[..., int]) -> int:
        head = np.uint64(_code(text))
        first = int(np.searchsorted(self.heads, head, side="left"))
        last = int(np.searchsorted(self.heads, head, side="right"))
        return bisect(range(len(self.keys)), text, lo=first, hi=last, key=self.keys.one)


def _forms(key: str) -> list[int]:
    """Give the checksums of a short key and of it without each of its letters."""
    letters = key.encode()
    forms = {letters, *(letters[:i] + letters[i + 1 :] for i in range(len(letters)))}
    return [zlib.crc32(form) for form in forms]
