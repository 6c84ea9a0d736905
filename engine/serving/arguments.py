"""What may be asked of an Engine: each argument is checked here, once, and refused with what it should have been."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from engine.errors import SettingsError, UnknownId
from engine.serving.rerank import Wishes

MOST_RESULTS = 1_000
NEAREST_IDS = 3


def result_count(k: int) -> int:
    """Check a number of results: whole, from 1 to `MOST_RESULTS`."""
    if not _is_whole(k) or not 1 <= k <= MOST_RESULTS:
        raise SettingsError(f"k must be a whole number from 1 to {MOST_RESULTS:,}, not {k!r}")
    return int(k)


def wishes(diversity: float, novelty: float, freshness: float, max_per_artist: int | None) -> Wishes:
    """Check what re-ranking is asked for: shares of 0–1, and a whole number of songs or None."""
    for name, value in (("diversity", diversity), ("novelty", novelty), ("freshness", freshness)):
        if not 0 <= value <= 1:
            raise SettingsError(f"{name} must be between 0 and 1, not {value}")
    if max_per_artist is not None and (not _is_whole(max_per_artist) or max_per_artist < 1):
        raise SettingsError(f"max_per_artist must be a whole number from 1, or None, not {max_per_artist!r}")
    return Wishes(diversity, novelty, freshness, max_per_artist)


def several(name: str, values: Sequence[str] | None) -> Sequence[str]:
    """Check that several things come as a list: one text would be read as a list of its letters."""
    if isinstance(values, str):
        raise SettingsError(f"{name} must be a list, not one text")
    return values or ()


def known_or_new(user_id: str | None, *told: object) -> None:
    """Check that someone is either known by an id or told of, not both."""
    if user_id is not None and any(value is not None for value in told):
        raise SettingsError("give either user_id or history and demographics, not both")


def age_years(age: float | None) -> float:
    """Read an age in years; NaN where it isn't known."""
    try:
        return float("nan") if age is None else float(age)
    except (TypeError, ValueError):
        raise SettingsError(f"age must be a number of years, not {age!r}") from None


def play_counts(history: Mapping[str, float]) -> np.ndarray:
    """Read how often each song was played, `(songs,)`."""
    counts = pd.to_numeric(pd.Series(list(history.values()), dtype=object), errors="coerce").to_numpy(np.float64)
    if not (np.isfinite(counts) & (counts > 0)).all():
        raise SettingsError("history: every song needs a number of plays above 0; give a list where nobody counted")
    return counts


def position(wanted: str, known: pd.Index, unknown: type[UnknownId]) -> int:
    """Find an id's position among the known ones; raises `unknown` with the nearest of them."""
    try:
        return int(known.get_loc(str(wanted)))
    except KeyError:
        raise unknown(str(wanted), _nearest(str(wanted), known)) from None


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _nearest(unknown: str, known: pd.Index) -> list[str]:
    from rapidfuzz import distance, process

    found = process.extract(unknown[:80], known.tolist(), scorer=distance.JaroWinkler.similarity, limit=NEAREST_IDS)
    return [name for name, _, _ in found]
