"""Numbers and days as a report writes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def count(number: object) -> str:
    """Write a whole number with thousands separators, or a dash where there is none."""
    return f"{number:,.0f}" if isinstance(number, int | float) and number == number else "–"


def day(iso: object) -> str:
    """Write an ISO 8601 moment as a day, such as 23 Nov 2026; a dash where there is none."""
    try:
        moment = datetime.fromisoformat(str(iso))
    except ValueError:
        return "–"
    return f"{moment.day} {moment:%b %Y}"


def flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Give nested settings by dotted names."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found
