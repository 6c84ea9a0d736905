"""Weak slices on a page: cohorts found by search that do worse than the rest by more than chance."""

import streamlit as st

from engine import Engine
from engine.evaluation.tables import MODEL
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.cohort_tables import named_slices
from engine.reporting.measures import measure
from engine.reporting.on_show import View
from engine.ui.cohort_state import Chosen
from engine.ui.cohort_view import chart_key, pick
from engine.ui.pictures import downloads, draw
from engine.ui.text import plain

METRIC = "ndcg@10"  # what the search looks at


def slices(engine: Engine) -> None:
    """Draw the slices that were found, the worst by gap and size first."""
    found, what = named_slices(engine.evaluation.slices()), measure(METRIC)
    says = cohort_words.of_slices(found, what, engine.evaluation.summary().get("slices_tried"))
    with st.container(key="says"):
        st.markdown(plain(says, 600))
    if found.empty:
        st.caption("The search looked at cohorts of one and two attributes, and at a shallow tree over all of them.")
        return
    chart = cohort_charts.dots(found, what, None, differs=True, title=f"{what.title}, less that of the rest")
    draw(chart, f"Slices by how far they are below the rest. {says}", chart_key(), pick)
    caption = (
        "How far each is from the rest, with 95 % intervals that know of one slice, not of the search; the p-values in "
        "the CSV are corrected for it. Click a slice to see its listeners."
    )
    view = View("Weak slices", [f"{what.title}: {what.says}."], says)
    downloads("slices", engine.evaluation.slices, lambda: chart, caption, view)


def as_chosen(minimum: int) -> Chosen:
    """What the listeners of a slice are shown by."""
    return Chosen(METRIC, (), MODEL, None, minimum)
