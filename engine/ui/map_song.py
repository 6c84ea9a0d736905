"""One song of the map, clicked on it: which one it is, and beside the map what to do with it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from engine import Engine
from engine.errors import UnknownSong
from engine.reporting.words import count
from engine.serving.song_map import SongMap
from engine.ui import cards, states
from engine.ui.address import remember, remembered
from engine.ui.files import static_text

SONG = "m_song"
MOST_ALIKE = 5
_CLICK = "m_click"
_clicks = st.components.v2.component("lhydra_map_click", html="<span hidden></span>", js=static_text("map_click.js"))


def listen(engine: Engine, songs: SongMap, dots: Callable[[], np.ndarray]) -> None:
    """Open the song of a dot that is clicked; `dots` gives the positions of the songs that have one."""

    def clicked() -> None:
        place = point((st.session_state.get(_CLICK) or {}).get("place"))
        drawn = dots()
        if place is not None and len(drawn):
            open_song(str(engine.songs["song_id"].array[song_at(songs, drawn, *place)]))

    _clicks(key=_CLICK, height="content", on_place_change=clicked)


def song_at(songs: SongMap, drawn: np.ndarray, x: float, y: float) -> int:
    """Give the position of the song that is drawn nearest to a point: the first of `drawn` where several are there."""
    return int(drawn[np.square(songs.positions[drawn] - np.array([x, y])).sum(axis=1).argmin()])


def point(told: Any) -> tuple[float, float] | None:
    """Read a point that a browser tells of; None where it is none."""
    try:
        x, y = (float(value) for value in told)
    except (TypeError, ValueError):
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def open_song(song_id: str | None) -> None:
    """Show a song beside the map; None closes it."""
    remember(SONG, song_id)


def song_beside(engine: Engine) -> bool:
    """Draw the song that is open, with what to do with it and what is like it; tells whether one is."""
    song_id = remembered(SONG)
    if not song_id:
        return False
    try:
        song = engine.song(song_id)
    except UnknownSong as error:
        states.unknown_id(error, "song", lambda known: cards.words(engine, known), open_song)
        return True
    with st.container(horizontal=True, vertical_alignment="bottom", key="song-head"):
        st.header("The song", anchor=False, width="stretch")
        st.button("Close", key="close-song", icon=":material/close:", type="tertiary", on_click=open_song, args=(None,))
    heard = int(song["listeners"])
    (row,) = cards.songs(engine, [song_id])
    cards.row(row, "clicked", value=f"{count(heard)} {'listener' if heard == 1 else 'listeners'}", wide=True)
    with st.container(key="go", horizontal=True, gap="small"):
        cards.recommend_from(song_id)
    st.subheader("Most like it", anchor=False)
    similar = engine.similar(song_id, MOST_ALIKE)
    for near, cosine in zip(cards.songs(engine, list(similar["song_id"])), similar["score"], strict=True):
        cards.row(near, "like-clicked", value=f"{max(cosine, 0):.0%} alike")
    return True
