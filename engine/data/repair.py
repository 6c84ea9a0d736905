"""Repair text: mojibake and HTML entities by ftfy, control and direction characters removed, one line.

Ids are never repaired: they are the owner's. Letters that are merely unusual (curly quotes, ligatures, full width)
stay, for a title is shown as it was written.
"""

import re

import ftfy
import pandas as pd

_CONFIG = ftfy.TextFixerConfig(
    unescape_html="auto",
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    normalization=None,
)
# Control characters, and those that turn the direction of what follows.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_SUSPECT = re.compile(r"[^\x20-\x7e]|&[#\w]")
MOST_LETTERS = 2_000  # a longer text is no title; the rest is cut


def repair_text(text: str) -> str:
    """Repair one text."""
    text = text[:MOST_LETTERS]
    if not _SUSPECT.search(text):
        return text
    return " ".join(_CONTROL.sub(" ", ftfy.fix_text(_CONTROL.sub(" ", text), _CONFIG)).split())


def repair_column(column: pd.Series) -> tuple[pd.Series, int]:
    """Repair a column of text; returns it with the number of cells changed. A cell left empty is missing."""
    given = column.dropna()
    repaired = given.map(repair_text)
    changed = int((repaired != given).sum())
    if not changed:
        return column, 0
    out = column.copy()
    out[given.index] = repaired
    return out.mask(out.eq("")).astype("str"), changed
