"""Fold spelling towards sound, so that a misspelling shares trigrams with the right word."""

import numpy as np

from engine.search.compiled import compiled

_SPACE, _A, _Z = 32, ord("a"), ord("z")
_C, _E, _F, _G, _H, _I, _K, _P, _Q, _S, _T, _U, _V, _W, _X, _Y = map(ord, "cefghikpqstuvwxy")


@compiled
def fold_sound(text: np.ndarray, first: int, last: int, heard: np.ndarray) -> int:
    """Write the sound of `text[first:last]`, ASCII, into `heard`, and give its length.

    `heard` needs room for twice the text. What is neither letter nor digit becomes a space. A letter said
    twice is heard once, also across a space, so that a space left out changes nothing.
    """
    count = 0
    before = 0  # the last letter or digit written
    i = first
    while i < last:
        letter = text[i]
        following = text[i + 1] if i + 1 < last else 0
        third = text[i + 2] if i + 2 < last else 0
        used = 1
        second = 0
        if letter < 48 or letter > _Z or (57 < letter < _A):
            heard[count] = _SPACE
            count += 1
            i += 1
            continue
        if letter == _C:
            if following == _K:
                letter, used = _K, 2
            elif following == _E or following == _I or following == _Y:
                letter = _S
            elif following != _H:
                letter = _K
        elif letter == _P and following == _H:
            letter, used = _F, 2
        elif letter == _G and following == _H:
            letter, used = (_T, 3) if third == _T else (_G, 2)
        elif letter == _Q:
            letter = _K
            if following == _U:
                second, used = _V, 2
        elif letter == _X:
            letter, second = _K, _S
        elif letter == _Y:
            letter = _I
        elif letter == _Z:
            letter = _S
        elif letter == _W:
            letter = _V
        elif letter == _S and following == _C and third == _H:
            second, used = _H, 3
        elif letter == _T and following == _C and third == _H:
            letter, second, used = _C, _H, 3
        if letter != before or letter < _A:
            heard[count] = letter
            count += 1
            before = letter
        if second and second != before:
            heard[count] = second
            count += 1
            before = second
        i += used
    return count


def sound(text: str) -> str:
    """Give the sound key of normalised text; spaces stay where they are."""
    letters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    heard = np.empty(2 * len(letters), dtype=np.uint8)
    return heard[: fold_sound(letters, 0, len(letters), heard)].tobytes().decode()
