"""Explanations for pages: torch and Captum loaded once behind a status, each answer kept by bundle and question."""

import streamlit as st

from engine import Engine
from engine.explain.explanation import Explanation
from engine.explain.questions import Baseline
from engine.ui.explain_state import Someone


def get_ready(engine: Engine) -> None:
    """Load what explains a bundle, once; says so while it takes its seconds."""
    if engine.explainer is not None:
        return
    place = st.empty()
    with place.container(), st.status("Loading the network, PyTorch and Captum: once, some seconds", expanded=False):
        from engine.explain.ask import explainer_of

        explainer_of(engine)
    place.empty()


@st.cache_data(max_entries=500, show_spinner=False)
def explained(
    version: str, someone: Someone, song_id: str, method: str, baseline: Baseline, _engine: Engine
) -> Explanation:
    """Explain a song's score; kept by the bundle's version and all that was asked."""
    return someone.explain(_engine, song_id, method, baseline)
