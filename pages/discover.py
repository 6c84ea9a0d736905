"""Discover: find a song however it is spelled, see what is known of it, and what is like it."""

import streamlit as st

from engine import Engine
from engine.errors import UnknownSong
from engine.search.confidence import SURE
from engine.ui import cards, states
from engine.ui.address import link
from engine.ui.bundles import current_engine
from engine.ui.examples import examples
from engine.ui.routing import require_router
from engine.ui.song_card import song_card
from engine.ui.text import plain

require_router(__file__)

MOST_LETTERS = 200
FIELDS = {"title": "title", "artist": "artist", "both": "both"}  # which of them matched


def open_song(song_id: str) -> None:
    """Show a song's card."""
    st.query_params["d_song"] = song_id


def close_song() -> None:
    """Go back to the search."""
    st.query_params.pop("d_song", None)


def search_for(text: str) -> None:
    """Search for a text as if it had been typed."""
    close_song()
    st.session_state["d_q"] = text


@st.fragment
def explore(engine: Engine) -> None:
    """Draw the search field, and below it the song that is open, what was found, or where to begin."""
    query = st.text_input(
        "Search songs and artists",
        key="d_q",
        type="search",
        live="150ms",
        bind="query-params",
        max_chars=MOST_LETTERS,
        placeholder="A title, an artist, or both",
        label_visibility="collapsed",
        on_change=close_song,
    )
    song_id = st.query_params.get("d_song")
    with states.calm():
        if song_id:
            show_song(engine, song_id, query or "")
        elif query and query.strip():
            show_results(engine, query)
        else:
            show_beginning(engine)


def show_results(engine: Engine, query: str) -> None:
    """List what a search found."""
    found = engine.search(query, 10)
    if found.empty:
        st.markdown(f"Nothing matches “{plain(query, 80)}”.")
        st.caption("Try fewer letters, or only the artist.")
        return
    first = found.iloc[0]
    if first["confidence"] < SURE:
        st.markdown(f"Nothing close to “{plain(query, 80)}”. The nearest are:")
    elif first["corrected"]:
        st.markdown(f"Showing results for **{plain(first['corrected'], 120)}**")
    for song, field in zip(cards.songs(engine, list(found["song_id"])), found["field"], strict=True):
        cards.row(song, "found", value=FIELDS.get(field, ""), on_open=open_song)


def show_beginning(engine: Engine) -> None:
    """Offer searches and popular songs."""
    start = examples(engine.bundle.version, engine)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="examples"):
        st.caption("Try", width="content")
        for text in start.searches:
            st.button(plain(text), key=f"try-{text}", on_click=search_for, args=(text,))
    st.header("Popular here", anchor=False)
    for song in cards.songs(engine, start.popular):
        cards.row(song, "popular", on_open=open_song)


def show_song(engine: Engine, song_id: str, query: str) -> None:
    """Show a song and what is like it."""
    st.button(
        "Back to the results" if query.strip() else "Back",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=close_song,
    )
    try:
        song_card(engine, song_id)
    except UnknownSong as error:
        states.unknown_id(error, "song", lambda known: cards.words(engine, known), open_song)
        return
    with st.container(key="go"):
        st.page_link(
            "pages/recommend.py",
            label="Recommend from this song",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params=link(r_mode="persona", r_songs=song_id),
        )
    st.header("More like this", anchor=False)
    similar = engine.similar(song_id, 10)
    for song, cosine in zip(cards.songs(engine, list(similar["song_id"])), similar["score"], strict=True):
        cards.row(song, "similar", value=f"{max(cosine, 0):.0%} alike", on_open=open_song)


st.title("Discover", anchor=False)
with st.container(key="lead"):
    st.markdown("Find a song by whatever you remember of it. Misspelled or half typed will do.")
explore(current_engine())
