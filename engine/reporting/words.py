"""Data in words: codes as what they stand for, numbers and days as people write them, any text as one clean line."""

import re
from collections.abc import Sequence
from datetime import datetime

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

KEYS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
GENDERS = {"f": "female", "m": "male", "n": "non-binary"}
MODES = {"0": "minor", "1": "major"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def one_line(text: object, limit: int = 160) -> str:
    """Write text from data on one line of at most `limit` characters, without what is unseen or turns text round."""
    line = " ".join(_UNSEEN.sub(" ", str(text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def count(number: object) -> str:
    """Write a whole number with thousands separators, or a dash where there is none."""
    return f"{number:,.0f}" if isinstance(number, int | float) and number == number else "–"


def ordinal(number: int) -> str:
    """Write a place in an order, such as 1st, 12th or 1,003rd."""
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{last}"


def day(iso: object) -> str:
    """Write an ISO 8601 moment as a day, such as 23 Nov 2026; a dash where there is none."""
    try:
        moment = datetime.fromisoformat(str(iso))
    except ValueError:
        return "–"
    return f"{moment.day} {moment:%b %Y}"
