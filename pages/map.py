"""Map: songs in two dimensions; an area drawn on it is a list, and a listener is marked on it."""

import streamlit as st

from engine import Engine
from engine.ui import map_state, map_view, map_words, states
from engine.ui.bundles import current_engine
from engine.ui.routing import require_router
from engine.ui.text import plain

require_router(__file__)


@st.fragment
def look(engine: Engine) -> None:
    """Draw the choices, the map, and what is selected on it."""
    songs = engine.song_map
    if songs is None:
        map_view.no_map(engine)
        return
    says = map_words.finding(songs.mingling)
    if says:
        with st.container(key="says"):
            st.markdown(plain(says, 500))
    chosen = map_state.choose(engine)
    map_view.song_map(engine, songs, chosen)
    map_view.mingling(engine, songs)


engine = current_engine()
st.title("Map", anchor=False)
with st.container(key="lead"):
    st.markdown("Which songs lie side by side? What the same listeners would like is drawn together.")
states.left_out(map_state.checks(engine))
with states.calm():
    look(engine)
