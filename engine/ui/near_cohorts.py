"""A cohort that an address asks for: the one it is, or those that are nearest to it, to click."""

from collections.abc import Mapping, Sequence

import pandas as pd

from engine import Engine
from engine.reporting.attributes import attribute_name, cohort_key, cohort_name, cohort_values, value_name
from engine.reporting.words import count, listed
from engine.ui import states
from engine.ui.cohort_figures import are_inside
from engine.ui.cohort_state import Options, look_into

MOST = 3


def known_cohort(members: pd.DataFrame, attributes: Sequence[str], key: str) -> dict[str, str] | None:
    """Give the cohort that a key names, its value of each attribute; None where nobody is in it."""
    cohort = cohort_values(key)
    if not cohort or not set(cohort) <= set(attributes):
        return None
    return cohort if are_inside(members, cohort).any() else None


def nearest_cohorts(members: pd.DataFrame, attributes: Sequence[str], key: str) -> list[str]:
    """Give keys of the cohorts that are most like an unknown one, the nearest first.

    Those of the same attributes, where it names any that are known; else of any one attribute.
    """
    wanted = cohort_values(key)
    named = [name for name in wanted if name in attributes]
    groups = [named] if named else [[name] for name in attributes]
    cohorts = [
        dict(zip(group, map(str, row), strict=True))
        for group in groups
        for row in members[group].drop_duplicates().itertuples(index=False, name=None)
    ]
    near = (_likeness(cohort, wanted, key) for cohort in cohorts)
    ordered = sorted(zip(near, map(cohort_key, cohorts), strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [found for _, found in ordered[:MOST]]


def offer_nearest(engine: Engine, found: Options, key: str) -> None:
    """Say that nobody is in a cohort, and offer the nearest ones that somebody is in."""
    members = engine.evaluation.members()
    asked = " × ".join(f"{name} {value}" for name, value in cohort_values(key).items()) or key
    states.notice(f"This bundle knows no cohort “{asked[:80]}”.")

    def words(near: str) -> tuple[str, str]:
        cohort = cohort_values(near)
        users = are_inside(members, cohort)
        name = cohort_name(list(cohort), cohort.values())
        of = listed([attribute_name(attribute).lower() for attribute in cohort])
        return name[:1].upper() + name[1:], f"by {of}, {count(int(users.sum()))} listeners judged"

    states.offer(
        "The nearest cohorts it knows", nearest_cohorts(members, found.attributes, key), "cohort", words, look_into
    )


def _likeness(cohort: Mapping[str, str], wanted: Mapping[str, str], key: str) -> float:
    """Tell how alike two cohorts are written, 0–1: value by value, as in the data or as the page calls them."""
    from rapidfuzz.distance import JaroWinkler

    def alike(one: str, other: str) -> float:
        return float(JaroWinkler.similarity(one[:80].casefold(), other[:80].casefold()))

    shared = [name for name in cohort if name in wanted]
    if not shared:
        return alike(cohort_key(cohort), key)
    values = (
        max(alike(cohort[name], wanted[name]), alike(value_name(name, cohort[name]), wanted[name])) for name in shared
    )
    return sum(values) / len(shared)
