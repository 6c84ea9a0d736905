"""Weak slices on a page: cohorts found by search that do worse than the rest by more than chance."""

import json

import pandas as pd
import streamlit as st

from engine import Engine
from engine.evaluation.tables import MODEL
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.attributes import cohort_key, cohort_name
from engine.reporting.measures import measure
from engine.ui.cohort_state import Chosen
from engine.ui.cohort_view import chart_key, pick
from engine.ui.pictures import downloads, draw
from engine.ui.text import plain

METRIC = "ndcg@10"  # what the search looks at


def slices(engine: Engine) -> None:
    """Draw the slices that were found, the worst by gap and size first."""
    found, summary = engine.evaluation.slices(), engine.evaluation.summary()
    what = measure(METRIC)
    says = cohort_words.of_slices(found.assign(slice=_names(found)), what, summary.get("slices_tried"))
    with st.container(key="says"):
        st.markdown(plain(says, 600))
    if found.empty:
        st.caption("The search looked at cohorts of one and two attributes, and at a shallow tree over all of them.")
        return
    frame = shown_slices(found)
    chart = cohort_charts.dots(frame, what, None, differs=True, title=f"{what.title}, less that of the rest")
    draw(chart, f"Slices by how far they are below the rest. {says}", chart_key(), pick)
    caption = (
        "How far each is from the rest, with 95 % intervals that know of one slice, not of the search; the p-values in "
        "the CSV are corrected for it. Click a slice to see its listeners."
    )
    downloads("slices", lambda: found, lambda: chart, caption)


def shown_slices(found: pd.DataFrame) -> pd.DataFrame:
    """Give slices as cohorts to draw: their gap is the value."""
    cohorts = [json.loads(text) for text in found["attributes"]]
    return pd.DataFrame(
        {
            "key": [cohort_key(cohort) for cohort in cohorts],
            "name": _names(found),
            "users": found["users"].astype(int),
            "value": found["gap"].astype(float),
            "low": found["low"].astype(float),
            "high": found["high"].astype(float),
            "small": False,
        }
    )


def as_chosen(minimum: int) -> Chosen:
    """What the listeners of a slice are shown by."""
    return Chosen(METRIC, (), MODEL, None, minimum)


def _names(found: pd.DataFrame) -> list[str]:
    return [cohort_name(list(c), c.values()) for c in map(json.loads, found["attributes"])]
