"""What the Quality page shows, as its address says it."""

from collections.abc import Callable

import streamlit as st

from engine.reporting.measures import measure
from engine.ui.address import FLAG, choice
from engine.ui.segments import one_of

VIEWS = {
    "ranking": "Ranking",
    "predictions": "Predictions",
    "training": "Training",
    "folds": "Folds",
    "bundles": "Bundles",
}


def checks(metrics: list[str]) -> dict[str, Callable[[str], bool]]:
    """How what the page keeps in its address is checked."""
    return {"q_view": VIEWS.__contains__, "q_metric": metrics.__contains__, "q_table": FLAG.__contains__}


def choose_view() -> str:
    """Draw the choice of a view; returns it."""
    with st.container(key="views"):
        return one_of("Show", "q_view", VIEWS)


def choose_metric(metrics: list[str]) -> str:
    """Draw the choice of a metric; returns it."""
    key, keep = choice("q_metric", metrics, metrics[0])
    chosen = st.selectbox(
        "Metric", metrics, key=key, on_change=keep, format_func=lambda name: measure(name).title, width=220
    )
    return str(chosen)
