"""Typing errors between a pattern and every beginning of a text, 64 letters of the pattern at a time.

Optimal string alignment (a letter changed, left out, extra, or swapped with its neighbour) by bit-parallel
columns: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003. The
pattern is prepared once; each letter of a text then costs a dozen instructions, and one walk over "title,
artist" tells the errors against the title, against both and against whatever they begin with.
"""

import numpy as np

from engine.search.compiled import compiled

LETTERS = 128  # texts are ASCII
_ONE, _ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_LAST = np.uint64(63)


@compiled
def pattern_masks(pattern: np.ndarray) -> np.ndarray:
    """Give for each letter where it stands in the pattern: uint64, (words, 128), the first letter lowest."""
    words = max(1, (len(pattern) + 63) // 64)
    masks = np.zeros((words, LETTERS), dtype=np.uint64)
    for i in range(len(pattern)):
        masks[i >> 6, pattern[i]] |= _ONE << np.uint64(i & 63)
    return masks


@compiled
def osa_columns(masks: np.ndarray, length: int, text: np.ndarray, count: int, errors: np.ndarray) -> None:
    """Write into `errors[j]` the errors between the pattern and `text[:j]`, for j in 0..count.

    `length` is the pattern's; `errors` has room for count + 1.
    """
    errors[0] = length
    if length == 0:
        for j in range(count):
            errors[j + 1] = j + 1
        return
    distance = length
    top = _ONE << np.uint64((length - 1) & 63)
    if masks.shape[0] == 1:
        vp, vn, d0, mask_before = _ALL, np.uint64(0), np.uint64(0), np.uint64(0)
        for j in range(count):
            mask = masks[0, text[j]]
            swapped = (((~d0) & mask) << _ONE) & mask_before
            d0 = (((mask & vp) + vp) ^ vp) | mask | vn | swapped
            hp = vn | ~(d0 | vp)
            hn = d0 & vp
            if hp & top:
                distance += 1
            elif hn & top:
                distance -= 1
            hp = (hp << _ONE) | _ONE
            hn = hn << _ONE
            vp = hn | ~(d0 | hp)
            vn = hp & d0
            mask_before = mask
            errors[j + 1] = distance
        return
    words = masks.shape[0]
    vps, vns = np.full(words, _ALL, dtype=np.uint64), np.zeros(words, dtype=np.uint64)
    d0s = np.zeros(words, dtype=np.uint64)
    for j in range(count):
        hp_carry, hn_carry = _ONE, np.uint64(0)
        lower_d0, lower_mask = np.uint64(0), np.uint64(0)  # of the word below: its column before, its mask now
        for word in range(words):
            mask = masks[word, text[j]]
            before = masks[word, text[j - 1]] if j > 0 else np.uint64(0)
            vp, vn, old_d0 = vps[word], vns[word], d0s[word]
            swapped = ((((~old_d0) & mask) << _ONE) | (((~lower_d0) & lower_mask) >> _LAST)) & before
            x = mask | hn_carry
            d0 = (((x & vp) + vp) ^ vp) | x | vn | swapped
            hp = vn | ~(d0 | vp)
            hn = d0 & vp
            if word == words - 1:
                if hp & top:
                    distance += 1
                elif hn & top:
                    distance -= 1
            hp_out, hn_out = hp >> _LAST, hn >> _LAST
            hp = (hp << _ONE) | hp_carry
            hn = (hn << _ONE) | hn_carry
            vps[word] = hn | ~(d0 | hp)
            vns[word] = hp & d0
            d0s[word] = d0
            lower_d0, lower_mask = old_d0, mask
            hp_carry, hn_carry = hp_out, hn_out
        errors[j + 1] = distance
