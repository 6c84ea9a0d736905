"""Recommend: songs for a known listener or for someone new, beside what they come from, or beside another model's."""

from dataclasses import replace

import streamlit as st

from engine import Engine
from engine.ui import asking, beside, explain_link, filters, moves, persona, recommendations, states
from engine.ui.asking import Asked, Order
from engine.ui.below_list import below_list
from engine.ui.bundles import Found, current_engine
from engine.ui.listeners import choose_listener
from engine.ui.routing import require_router
from engine.ui.segments import one_of
from engine.ui.text import plain

require_router(__file__)

MODES = {"listener": "A listener", "persona": "Someone new"}


def known_listener(engine: Engine) -> Asked | None:
    """Choose a known listener."""
    user_id = choose_listener(engine)
    return None if user_id is None else Asked(user_id=user_id)


def someone_new(engine: Engine) -> Asked | None:
    """Make a persona."""
    made = persona.make_persona(engine)
    if made.is_blank:
        st.caption("Add a song or say something about them, and recommendations appear here.")
        return None
    if not made.songs:
        st.caption("No songs yet, so these come from what is known of them.")
    return Asked(history=made.songs, age=made.age, gender=made.gender, country=made.country)


def show(engine: Engine, someone: Asked) -> None:
    """Draw filters, then the recommendations beside the history, or beside another bundle's."""
    wanted = filters.choose_filters(engine, asking.artists_of(engine, someone))
    asked = replace(
        someone,
        k=wanted.k,
        genres=tuple(wanted.genres),
        years=wanted.years,
        without_artists=wanted.without_artists,
    )
    other = beside.choose_beside(engine, someone)
    refused = beside.why_not(engine, someone)
    if refused:
        states.notice(refused)
    if other is not None:
        side_by_side(engine, other, asked, ordered(engine, wanted))
    elif someone.user_id is not None:
        picks, heard = st.columns([3, 2], gap="large")
        with picks:
            picked(engine, asked, wanted)
        with heard:
            st.header("What they play", anchor=False)
            recommendations.history_list(engine, someone.user_id)
    else:
        picked(engine, asked, wanted)


def ordered(engine: Engine, wanted: filters.Filters) -> Order:
    """Choose in which order songs are put."""
    with st.container(key="order", horizontal=True, vertical_alignment="bottom", gap="small"):
        return filters.choose_order(engine, wanted.max_per_artist)


@st.fragment
def picked(engine: Engine, asked: Asked, wanted: filters.Filters) -> None:
    """Draw the recommendations of the bundle that is shown; another order draws nothing but them anew."""
    st.header("Recommended", anchor=False)
    order = ordered(engine, wanted)
    found = asking.recommended(engine, asked, order)
    before = list(asking.in_own_order(engine, asked, order)["song_id"])
    after = list(found["song_id"])
    if not order.is_own and after:
        st.caption(moves.changes(before, after))
    moved = None if order.is_own else moves.moves(before, after)
    someone, plays = explain_link.who(asked), asking.play_counts(engine, asked)
    recommendations.recommendation_list(engine, found, someone, moved=moved, plays=plays)
    if after:
        caption = recommendations.explained(engine, found, order.is_own)
        below_list(lambda: recommendations.table(found), "recommendations", "picks", caption)


def side_by_side(engine: Engine, other: Found, asked: Asked, order: Order) -> None:
    """Draw the recommendations of two bundles for the same person."""
    answer = beside.of_other(other, asked, order)
    if answer is None:
        return
    their_engine, theirs = answer
    mine = asking.recommended(engine, asked, order)
    names = engine.bundle.name, other.name
    with st.container(key="says"):
        st.markdown(plain(beside.in_words(engine, other, mine, theirs), 300))
    someone = explain_link.who(asked)
    left, right = st.columns(2, gap="large")
    with left:
        st.header(plain(names[0], 40), anchor=False)
        recommendations.recommendation_list(engine, mine, someone, plays=asking.play_counts(engine, asked), more=False)
    with right:
        st.header(plain(names[1], 40), anchor=False)
        moved = moves.moves(list(mine["song_id"]), list(theirs["song_id"]))
        recommendations.recommendation_list(
            their_engine, theirs, someone, name="theirs", moved=moved, more=False, bundle=other.name
        )
    one, two = (plain(name, 40) for name in names)
    caption = f"Arrows say where {two} ranks a song against {one}; new is what {one} doesn’t recommend."
    below_list(lambda: beside.both(mine, theirs, names), "recommendations-of-two", "picks", caption)


@st.fragment
def recommend(engine: Engine) -> None:
    """Draw the choice of mode and what it leads to."""
    with st.container(key="views"):
        mode = one_of("For whom", "r_mode", MODES)
    with states.calm():
        someone = someone_new(engine) if mode == "persona" else known_listener(engine)
        if someone is not None:
            show(engine, someone)


st.title("Recommend", anchor=False)
with st.container(key="lead"):
    st.markdown("What would they like next? Pick a listener, or make someone up.")
states.left_out(
    {"r_mode": MODES.__contains__}
    | persona.checks(current_engine())
    | filters.checks(current_engine())
    | recommendations.checks(current_engine())
)
recommend(current_engine())
