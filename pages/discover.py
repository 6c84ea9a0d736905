"""Discover: find a song however it is spelled, see what is known of it, and what is like it."""

import streamlit as st

from engine import Engine
from engine.errors import UnknownSong
from engine.ui import cards, discoveries, examples, filters, recent, states, tour
from engine.ui.address import link
from engine.ui.below_list import below_list, file_words, song_rows
from engine.ui.bundles import current_engine
from engine.ui.copy_link import copy_link
from engine.ui.keyboard import keyboard
from engine.ui.routing import require_router
from engine.ui.text import plain

require_router(__file__)

MOST_LETTERS = 200


def open_song(song_id: str) -> None:
    """Show a song's card."""
    recent.opened_from(st.session_state.get("d_q") or "")
    st.query_params["d_song"] = song_id


def open_artist(artist: str) -> None:
    """Show an artist's songs."""
    recent.opened_from(st.session_state.get("d_q") or "")
    st.query_params.pop("d_song", None)
    st.query_params["d_artist"] = artist


def go_back() -> None:
    """Close the song; or the artist, if no song is open."""
    st.query_params.pop("d_song" if "d_song" in st.query_params else "d_artist", None)


def close_all() -> None:
    """Go back to the search."""
    st.query_params.pop("d_song", None)
    st.query_params.pop("d_artist", None)


def search_for(text: str) -> None:
    """Search for a text as if it had been typed."""
    close_all()
    st.session_state["d_q"] = text


@st.fragment
def explore(engine: Engine) -> None:
    """Draw the search field, and below it the song or artist that is open, what was found, or where to begin."""
    query = st.text_input(
        "Search songs and artists",
        key="d_q",
        type="search",
        live="100ms",
        bind="query-params",
        max_chars=MOST_LETTERS,
        placeholder="A title, an artist, or both",
        label_visibility="collapsed",
        on_change=close_all,
    )
    query = (query or "").strip()
    recent.watch(query)
    song_id, artist = st.query_params.get("d_song"), st.query_params.get("d_artist")
    keyboard(f"song {song_id}" if song_id else f"artist {artist}" if artist else "search")
    with states.calm():
        if song_id:
            show_song(engine, song_id, "Back to the artist" if artist else back_to(query))
            return
        wanted = filters.choose_songs(engine, "d")
        if artist:
            back(back_to(query))
            discoveries.artist_songs(engine, artist, wanted, open_song, open_artist)
        elif query:
            discoveries.results(engine, query, wanted, open_song, open_artist)
        else:
            with_tour = tour.tour(engine, search_for)
            discoveries.beginning(engine, wanted, open_song, search_for, with_tour)


def back_to(query: str) -> str:
    """Name what Back leads to."""
    return "Back to the results" if query else "Back"


def back(label: str) -> None:
    """Draw the way back."""
    st.button(label, key="back", icon=":material/arrow_back:", type="tertiary", on_click=go_back)


def show_song(engine: Engine, song_id: str, label: str) -> None:
    """Show a song, who listens to it, and what is like it."""
    from engine.ui.audience_view import who_listens  # these bring Altair, which nobody needs who only searches
    from engine.ui.song_card import song_card

    back(label)
    try:
        song_card(engine, song_id, open_artist)
    except UnknownSong as error:
        states.unknown_id(error, "song", lambda known: cards.words(engine, known), open_song)
        return
    with st.container(key="go", horizontal=True, vertical_alignment="center", gap="small"):
        cards.recommend_from(song_id)
        copy_link(link(d_song=song_id), "copy-song", "Copy song link")
    who_listens(engine, song_id)
    st.header("More like this", anchor=False)
    similar = engine.similar(song_id, 10)
    for song, cosine in zip(cards.songs(engine, list(similar["song_id"])), similar["score"], strict=True):
        cards.row(song, "similar", value=f"{max(cosine, 0):.0%} alike", on_open=open_song)
    below_list(
        lambda: song_rows(engine, list(similar["song_id"]), alike=similar["score"]),
        f"like-{file_words(cards.words(engine, song_id)[0])}",
        "similar",
    )


st.title("Discover", anchor=False)
with st.container(key="lead"):
    st.markdown(
        "Find a song by whatever you remember of it. Misspelled or half typed will do. "
        + plain(examples.heard_most(current_engine().bundle.version, current_engine()), 400)
    )
states.left_out(filters.song_checks(current_engine(), "d"))
explore(current_engine())
