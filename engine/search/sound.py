"""Fold spelling towards sound, so that a misspelling shares trigrams with the right word."""

import re

# In this order: digraphs first, then single letters. Plain replacements, so that a whole catalogue is
# folded in one string at C speed.
_REPLACEMENTS: tuple[tuple[str, str], ...] = (
    ("sch", "sh"),
    ("tch", "ch"),
    ("ph", "f"),
    ("ght", "t"),
    ("gh", "g"),
    ("ck", "k"),
    ("qu", "kw"),
    ("x", "ks"),
    ("y", "i"),
)
_SOFT_C = re.compile("c(?=[ei])")
_HARD_C = re.compile("c(?!h)")
_LETTERS = str.maketrans({"z": "s", "q": "k", "w": "v"})
_DOUBLED = re.compile(r"([a-z])\1+")


def sound(text: str) -> str:
    """Give the sound key of normalised text; spaces (and other separators) stay where they are."""
    for spelled, heard in _REPLACEMENTS:
        text = text.replace(spelled, heard)
    text = _HARD_C.sub("k", _SOFT_C.sub("s", text)).translate(_LETTERS)
    return _DOUBLED.sub(r"\1", text)
