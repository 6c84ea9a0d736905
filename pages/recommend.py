"""Recommend: songs for a known listener or for someone new, beside what they come from."""

import streamlit as st

from engine import Engine
from engine.ui import explain_link, filters, persona, states
from engine.ui.bundles import current_engine
from engine.ui.listeners import choose_listener
from engine.ui.recommendations import history_list, recommendation_list
from engine.ui.routing import require_router
from engine.ui.segments import one_of

require_router(__file__)

MODES = {"listener": "A listener", "persona": "Someone new"}


def for_listener(engine: Engine) -> None:
    """Choose a known listener; show their recommendations beside their history."""
    user_id = choose_listener(engine)
    if user_id is None:
        return
    wanted = filters.choose_filters(engine)
    picks, heard = st.columns([3, 2], gap="large")
    with picks:
        st.header("Recommended", anchor=False)
        found = engine.recommend(
            user_id, k=wanted.k, genres=wanted.genres, years=wanted.years, diversity=wanted.diversity
        )
        recommendation_list(engine, found, "recommendations", explain_link.who(user_id))
    with heard:
        st.header("What they play", anchor=False)
        history_list(engine, user_id)


def for_someone_new(engine: Engine) -> None:
    """Make a persona; show what it would be recommended."""
    someone = persona.make_persona(engine)
    if someone.is_blank:
        st.caption("Add a song or say something about them, and recommendations appear here.")
        return
    wanted = filters.choose_filters(engine)
    st.header("Recommended", anchor=False)
    if not someone.songs:
        st.caption("No songs yet, so these come from what is known of them.")
    found = engine.recommend(
        history=someone.songs,
        age=someone.age,
        gender=someone.gender,
        country=someone.country,
        k=wanted.k,
        genres=wanted.genres,
        years=wanted.years,
        diversity=wanted.diversity,
    )
    recommendation_list(engine, found, "persona", explain_link.who(persona=someone))


@st.fragment
def recommend(engine: Engine) -> None:
    """Draw the choice of mode and what it leads to."""
    with st.container(key="views"):
        mode = one_of("For whom", "r_mode", MODES)
    with states.calm():
        if mode == "persona":
            for_someone_new(engine)
        else:
            for_listener(engine)


st.title("Recommend", anchor=False)
with st.container(key="lead"):
    st.markdown("What would they like next? Pick a listener, or make someone up.")
states.left_out({"r_mode": MODES.__contains__, **persona.checks(current_engine()), **filters.checks(current_engine())})
recommend(current_engine())
