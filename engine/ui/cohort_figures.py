"""Figures of cohorts, worked out once for each bundle and choice: tables, the value of everyone, who is in a cohort."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine import Engine
from engine.evaluation.cohorts import MINIMUM, Gap, cohort_table, gap, user_values
from engine.evaluation.tables import MODEL
from engine.reporting.attributes import cohort_name
from engine.reporting.cohort_tables import of_attribute, ranked_by_value
from engine.ui.cohort_state import Chosen

_ENTRIES = 300


@dataclass(frozen=True)
class Figures:
    """A table of cohorts, the gap of its best and worst, and the value over all listeners."""

    table: pd.DataFrame
    gap: Gap | None
    overall: float


def figures(engine: Engine, chosen: Chosen) -> Figures:
    """Give the figures of a choice."""
    table = _table(engine.bundle.version, chosen.metric, chosen.attributes, chosen.model, chosen.versus, engine)
    names = [cohort_name(chosen.attributes, row) for row in table[list(chosen.attributes)].to_numpy()]
    table = ranked_by_value(table.assign(cohort=names), chosen.minimum)
    everyone = _values(engine.bundle.version, chosen.metric, chosen.model, chosen.versus, engine)
    return Figures(table, gap(table), float(everyone.mean()))


def are_inside(members: pd.DataFrame, cohort: dict[str, str]) -> pd.Series:
    """Tell who is in a cohort, `(users,)` bool, by its value of each attribute."""
    inside = pd.Series(True, index=members.index)
    for attribute, value in cohort.items():
        inside &= members[attribute].astype(str) == value
    return inside


def members_of(engine: Engine, cohort: dict[str, str], chosen: Chosen) -> pd.DataFrame:
    """Give the listeners of a cohort that were judged: `user_id` and `value`, the lowest value first."""
    values = _values(engine.bundle.version, chosen.metric, chosen.model, chosen.versus, engine).dropna()
    members = engine.evaluation.members()
    values = values[values.index.isin(members.loc[are_inside(members, cohort), "user_id"])]
    return values.sort_values(kind="stable").rename("value").rename_axis("user_id").reset_index()


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _table(
    version: str, metric: str, attributes: tuple[str, ...], model: str, versus: str | None, _engine: Engine
) -> pd.DataFrame:
    ready = _engine.evaluation.cohorts()
    if model == MODEL and versus is None and len(attributes) == 1 and len(ready):
        rows = of_attribute(ready, attributes[0], metric, MINIMUM)
        if len(rows):
            return rows
    evaluation = _engine.evaluation
    return cohort_table(evaluation.per_user(), evaluation.members(), metric, attributes, model, versus)


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _values(version: str, metric: str, model: str, versus: str | None, _engine: Engine) -> pd.Series:
    return user_values(_engine.evaluation.per_user(), metric, model, versus)
