"""Explain: why this song for this listener, what would change it, and what counts on the whole."""

import streamlit as st

from engine import Engine
from engine.explain.questions import FEATURE_ABLATION, INTEGRATED_GRADIENTS
from engine.ui import explain_changes, explain_choice, explain_state, states
from engine.ui.bundles import current_engine
from engine.ui.explain_overview import overview
from engine.ui.explain_view import why
from engine.ui.explained import explained, get_ready
from engine.ui.routing import require_router

require_router(__file__)


def one_song(engine: Engine, view: str) -> None:
    """Choose a listener and a song; show why, or what if."""
    listening = explain_choice.choose_someone(engine)
    song_id = explain_choice.choose_song(engine, listening) if listening is not None else None
    if listening is None or song_id is None:
        return
    explain_choice.heading(engine, listening, song_id)
    if view == "what-if":
        explain_changes.what_if(engine, listening, song_id)
        return
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        method, baseline = explain_state.choose_method(), explain_state.choose_baseline()
    get_ready(engine)
    other = INTEGRATED_GRADIENTS if method == FEATURE_ABLATION else FEATURE_ABLATION
    both = [explained(engine.bundle.version, listening, song_id, m, baseline, engine) for m in (method, other)]
    why(engine, *both)


@st.fragment
def explain(engine: Engine) -> None:
    """Draw the choice of a view and what it leads to."""
    view = explain_state.choose_view()
    with states.calm():
        if view == "all":
            overview(engine)
        else:
            one_song(engine, view)


engine = current_engine()
st.title("Explain", anchor=False)
with st.container(key="lead"):
    st.markdown("Why this song, for this listener? Each part of a score, and what would change it.")
states.left_out({**explain_state.checks(engine), **explain_changes.checks(engine)})
explain(engine)
