"""What cohorts are called: the attributes that make them, their values, and the order of these."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

import pandas as pd

from engine.evaluation.bands import AGES
from engine.evaluation.members import ACTIVITIES, COLD, MAINSTREAM, TENURES
from engine.evaluation.tables import UNKNOWN
from engine.reporting.words import GENDERS, one_line

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
_OF_THEIR_OWN = {
    "mainstreamness": {name: f"{name} listening" for name in MAINSTREAM} | {"in between": "in-between listening"},
    "tenure": {name: f"here {name}" for _, name in TENURES},
    "cold": {name: f"{name} known" for _, name in COLD[1:]},
}
"""What values are called where nothing beside them says what they are values of."""
_ORDERS = {
    "age_band": [name for _, name in AGES],
    "activity": [COLD[0][1], *ACTIVITIES],
    "mainstreamness": list(MAINSTREAM),
    "tenure": [name for _, name in TENURES],
    "cold": [name for _, name in COLD],
}


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
    if attribute == "gender":
        return GENDERS.get(text.lower(), text)
    return text if beside_title else _OF_THEIR_OWN.get(attribute, {}).get(text, text)


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
    """Give an attribute's values in the order to show them in: bands by size, others the most frequent first."""
    names = [str(name) for name in values.value_counts().index]
    bands = [name for name in _ORDERS.get(attribute, []) if name in names]
    rest = [name for name in names if name not in bands]
    return [*bands, *sorted(rest, key=lambda name: name == UNKNOWN)]
