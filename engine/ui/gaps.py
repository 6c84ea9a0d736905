"""Which cohorts of a bundle are served most differently. Brings scipy, so pages import it after their first words."""

import streamlit as st

from engine import Engine
from engine.evaluation.cohorts import MINIMUM
from engine.reporting.cohort_gaps import Apart, furthest_apart


@st.cache_data(max_entries=20, show_spinner=False)
def widest_gap(version: str, _engine: Engine) -> Apart | None:
    """Give the widest gap between cohorts that is more than chance."""
    cohorts = _engine.evaluation.cohorts()
    return furthest_apart(cohorts) if len(cohorts) else None


def gap_says(version: str, engine: Engine) -> str:
    """Say where listeners are served most differently; not escaped."""
    apart = widest_gap(version, engine)
    if apart is not None:
        return apart.says
    cohorts = engine.evaluation.cohorts()
    if cohorts.empty:
        return ""
    if cohorts["users"].max() < MINIMUM:
        return f"No cohort has {MINIMUM} listeners who were judged, so none is ranked."
    return "No cohort is served better or worse by more than chance."
