"""Choosing whom and what to explain, where the address doesn't say it: a listener, then a song."""

import streamlit as st

from engine import Engine
from engine.errors import UnknownSong, UnknownUser
from engine.reporting.words import count
from engine.ui import cards, states
from engine.ui.address import ids_from_text, ids_to_text, remember, remembered
from engine.ui.explain_state import Someone, explain_for, explain_song, someone
from engine.ui.listeners import find_listeners, some_listeners, words
from engine.ui.text import plain

MOST_OFFERED = 10
MOST_UNKNOWN = 3


def choose_someone(engine: Engine) -> Someone | None:
    """Give who is listening, or offer listeners to begin with."""
    try:
        found = someone(engine)
    except UnknownUser as error:
        states.unknown_id(error, "listener", lambda i: words(engine, i), explain_for)
        return None
    if not remembered("x_user"):
        _unknown_songs(engine)
    if found is not None:
        return found
    typed = st.text_input(
        "Listener",
        key="x_find",
        type="search",
        live="200ms",
        max_chars=200,
        placeholder="An id, or a country",
        width=420,
    )
    text = (typed or "").strip()
    near = find_listeners(engine, text) if text else []
    if text and not near:
        st.markdown(f"No listener matches “{plain(text, 60)}”.")
    heading = f"Listeners for “{text[:60]}”" if near else "Begin with"
    states.offer(heading, near or some_listeners(engine), "explain-listener", lambda i: words(engine, i), explain_for)
    return None


def choose_song(engine: Engine, listening: Someone) -> str | None:
    """Give the song that is asked about, or offer what is recommended, and a search for any other."""
    song_id = (remembered("x_song") or "").strip()
    try:
        if song_id:
            engine.song_position(song_id)
            return song_id
    except UnknownSong as error:
        states.unknown_id(error, "song", lambda i: cards.words(engine, i), explain_song)
        return None
    _for_whom("For ", engine, listening)
    text = st.text_input(
        "Song", key="x_search", type="search", live="150ms", max_chars=200, placeholder="Any song", width=420
    )
    if text and text.strip():
        found = list(engine.search(text, MOST_OFFERED)["song_id"])
        heading = "Found" if found else f"Nothing matches “{text[:60]}”."
    else:
        found, heading = listening.recommended(engine, MOST_OFFERED), "Recommended to them"
    states.offer(heading, found, "explain-song", lambda i: cards.words(engine, i), explain_song)
    return None


def heading(engine: Engine, listening: Someone, song_id: str) -> None:
    """Say which song and who, with ways to another song and another listener."""
    title, artist = cards.words(engine, song_id)
    with st.container(key="song", gap=None):
        st.header(plain(title), anchor=False)
    _for_whom(f"{plain(artist, 80)} &nbsp;for&nbsp; ", engine, listening, with_song=True)


def _for_whom(before: str, engine: Engine, listening: Someone, with_song: bool = False) -> None:
    """Say who is listening, after what comes `before` in Markdown, with ways to another song, if any, and listener."""
    name = f"listener **{plain(listening.user_id)}** · " if listening.user_id is not None else "someone new · "
    with st.container(key="explain-whom", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{before}{name}{plain(listening.line(engine))}", width="stretch")
        if with_song:
            st.button("Another song", key="other-song", on_click=explain_song, args=(None,))
        st.button("Another listener", key="other-listener", on_click=_nobody)


def _unknown_songs(engine: Engine) -> None:
    """Say which songs of someone new are not known here, and offer the nearest for each."""
    wanted = ids_from_text(remembered("x_songs"))
    unknown: list[UnknownSong] = []
    for song_id in wanted:
        try:
            engine.song_position(song_id)
        except UnknownSong as error:
            unknown.append(error)
    for place, fault in enumerate(unknown[:MOST_UNKNOWN]):

        def take(song_id: str, instead_of: str = fault.unknown) -> None:
            remember("x_songs", ids_to_text([song_id if song == instead_of else song for song in wanted]))

        states.unknown_id(fault, "song", lambda i: cards.words(engine, i), take, place)


def _nobody() -> None:
    explain_for("")


def rank_words(rank: int, of: int) -> str:
    """Write a rank among so many songs."""
    return f"{count(rank)} of {count(of)}"
