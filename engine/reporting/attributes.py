"""What cohorts are called: the attributes that make them, their values, and the order of these."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

import pandas as pd

from engine.reporting.words import GENDERS, one_line

UNKNOWN = "unknown"
CROSS = " × "

_TITLES = {
    "age_band": "Age",
    "gender": "Gender",
    "country": "Country",
    "activity": "Activity",
    "taste": "Taste",
    "mainstreamness": "Mainstreamness",
    "tenure": "Tenure",
    "cold": "Newness",
}
_SAYS = {
    "activity": "how many songs of theirs the model was trained on",
    "taste": "the genre they play most",
    "mainstreamness": "how popular the songs they play are",
    "tenure": "how long they have been here",
    "cold": "whether the model knew plays of theirs",
}
_WORDS_IN_ORDER = ("none", "cold", "lowest", "low", "few", "new", "middle", "medium", "some", "high", "many", "highest")


def attribute_name(attribute: str) -> str:
    """Write an attribute as a title."""
    words = one_line(attribute, 40).replace("_", " ")
    return _TITLES.get(attribute, words[:1].upper() + words[1:])


def attribute_says(attribute: str) -> str:
    """Say what an attribute is where its name does not; else nothing."""
    return _SAYS.get(attribute, "")


def value_name(attribute: str, value: object, beside_title: bool = False) -> str:
    """Write an attribute's value in words; beside the attribute's title, without its name."""
    text = one_line(value, 60) or "(blank)"
    if text == UNKNOWN and not beside_title:
        return f"{attribute_name(attribute).lower()} unknown"
    return GENDERS.get(text.lower(), text) if attribute == "gender" else text


def cohort_name(attributes: Sequence[str], values: Iterable[object]) -> str:
    """Name a cohort by its values, such as female × 25–34."""
    return CROSS.join(value_name(a, v) for a, v in zip(attributes, values, strict=True))


def cohort_key(cohort: Mapping[str, object]) -> str:
    """Write a cohort, its value of each attribute, as one text for an address."""
    return ",".join(f"{quote(name, safe='')}={quote(str(value), safe=' –+')}" for name, value in cohort.items())


def cohort_values(key: str) -> dict[str, str]:
    """Read what `cohort_key` wrote; what is no cohort's key has no attributes."""
    pairs = [part.split("=") for part in key.split(",")]
    return {unquote(pair[0]): unquote(pair[1]) for pair in pairs if len(pair) == 2}


def in_order(attribute: str, values: pd.Series) -> list[str]:
    """Give an attribute's values in the order to show them in: by size where they have one, else by frequency.

    Ages and numbers of songs begin with a number; other bands are words such as low, middle, high.
    """
    counts = values.value_counts()
    names = [str(name) for name in counts.index]
    known = [name for name in names if name != UNKNOWN]
    numbers = {name: _first_number(name) for name in known}
    words = {name: _rank_of_word(name) for name in known}
    if known and all(number is not None for number in numbers.values()):
        known.sort(key=lambda name: numbers[name] or 0.0)
    elif known and all(rank is not None for rank in words.values()):
        known.sort(key=lambda name: words[name] or 0)
    return [*known, *(name for name in names if name == UNKNOWN)]


def _first_number(text: str) -> float | None:
    if text.startswith(("under", "<")):
        return -1.0
    found = re.match(r"\D{0,2}(\d+(?:[.,]\d+)?)", text)
    return float(found.group(1).replace(",", "")) if found else None


def _rank_of_word(text: str) -> int | None:
    first = re.split(r"[\s,(:–-]", text.lower())[0]
    return _WORDS_IN_ORDER.index(first) if first in _WORDS_IN_ORDER else None
