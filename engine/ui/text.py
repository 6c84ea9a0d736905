"""Data as text on a page: titles, artists and ids shown as they are, never as markup; numbers as people write them."""

import re
from typing import Any

from engine.reporting.words import GENDERS, KEYS, one_line

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# What Streamlit's renderer turns into an icon, an arrow or a link after Markdown's own escapes are gone: an invisible
# word joiner after the first character keeps it text.
_LATE_MARKUP = re.compile(r":(?=[\w+\-/])|(?<=:)/(?=/)|(?i:(?<=ww)w(?=\.))|@|[-<=](?=[->])|[<>~](?==)")
_WORD_JOINER = "\u2060"


def plain(text: object, limit: int = 160) -> str:
    """Escape text from data so that Markdown shows it letter by letter, on one line of at most `limit` characters."""
    line = one_line(text, limit)
    parts = _LATE_MARKUP.split(line)
    marks = _LATE_MARKUP.findall(line)
    safe = [_PUNCTUATION.sub(r"\\\1", part) for part in parts]
    joined = safe[0]
    for mark, part in zip(marks, safe[1:], strict=True):
        joined += _PUNCTUATION.sub(r"\\\1", mark) + _WORD_JOINER + part
    return joined


def share(part: float, whole: float) -> str:
    """Write a part of a whole as a percentage that is 0 % or 100 % only where there is nothing or all of it."""
    if not part or part == whole:
        return "100%" if part else "0%"
    percent = 100 * part / whole
    return "under\u00a00.1%" if percent < 0.1 else "over\u00a099.9%" if percent > 99.9 else f"{percent:.1f}%"


def clock(milliseconds: float) -> str:
    """Write a duration in ms as minutes and seconds, such as 3:54."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02d}"


def key_name(key: float, mode: float | None) -> str:
    """Name a key from its pitch class (0–11) and mode (1 major, 0 minor, None unknown), such as F♯ minor."""
    name = KEYS[int(key) % 12]
    return name if mode is None else f"{name} {'major' if mode >= 0.5 else 'minor'}"


def gender_name(gender: object) -> str:
    """Write a gender as a word where the data hold a letter."""
    return GENDERS.get(str(gender).lower(), str(gender))


def listener_line(facts: dict[str, Any]) -> str:
    """Describe a listener in a line: age, gender, country, songs heard; not escaped."""
    known = []
    if facts.get("age") is not None:
        known.append(f"{float(facts['age']):.0f} years")
    if facts.get("gender") is not None:
        known.append(gender_name(facts["gender"]))
    if facts.get("country") is not None:
        known.append(str(facts["country"]))
    heard = int(facts.get("songs_heard", 0))
    songs = "no songs heard" if heard == 0 else "1 song heard" if heard == 1 else f"{heard:,} songs heard"
    return " · ".join([*(known or ["nothing known about them"]), songs])
