"""The map, what is selected on it, and which genres mingle."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from engine import Engine
from engine.reporting.words import count
from engine.serving.song_map import SongMap
from engine.ui import cards, map_song, map_state, map_words, states
from engine.ui.below_list import below_list, song_rows
from engine.ui.map_area import area_from_text, inside
from engine.ui.map_figure import MOST_HEARD, Drawn, Look, choose_drawn, figure
from engine.ui.map_state import Chosen
from engine.ui.tables import table
from engine.ui.text import plain
from engine.ui.theme import theme, watch_theme

MOST_LISTED = 10
RECOMMENDED = 20
_CONFIG = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtons": [["lasso2d", "select2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}


def no_map(engine: Engine) -> None:
    """Say that a bundle has no map, and how it gets one."""
    states.notice("This bundle has no map: it was built before there were maps.")
    st.caption("To draw one, which takes under a minute:")
    st.code(f"python -m engine map --bundle {engine.bundle.folder}", language=None, wrap_lines=True)


def song_map(engine: Engine, songs: SongMap, chosen: Chosen) -> None:
    """Draw the map, and beside it what is selected."""
    wanted = songs.of_genres(chosen.genres)
    drawn = choose_drawn(engine, songs, chosen.genres, wanted)
    left, right = st.columns([5, 3], gap="large")
    with left:
        chart, alt = _figure(
            engine.bundle.version, engine, chosen.genres, chosen.user_id, chosen.begun, look_of_theme()
        )
        st.plotly_chart(
            chart,
            key=map_state.CHART,
            on_select=map_state.selected,
            selection_mode=("box", "lasso"),
            config=_CONFIG,
            alt=alt,
        )
        map_song.listen(engine, songs, lambda: dots(engine, drawn, chosen.user_id))
        watch_theme("m_theme")
        st.caption(map_words.drawn(len(drawn.shown), int(wanted.sum()), len(engine.songs)))
    with right:
        is_open = map_song.song_beside(engine)
        if chosen.area or chosen.genres:
            places = np.flatnonzero(inside(songs, chosen.area) & wanted if chosen.area else wanted)
            _listed(engine, songs, places, in_area=bool(chosen.area))
        elif not is_open:
            st.header("Draw round some songs", anchor=False)
            st.markdown(
                "With the lasso or the box above the map, and they are listed here; or click one to open it. Or choose "
                "genres. Larger dots have more listeners; hovering names a song."
            )
            st.caption(map_words.how_drawn(songs.about))


def mingling(engine: Engine, songs: SongMap) -> None:
    """Draw a table of how far genres keep to themselves."""
    rows = _by_genre(engine.bundle.version, songs)
    if rows.empty:
        return
    st.header("Which genres mingle", anchor=False)
    percent = {name: st.column_config.NumberColumn(f"{name}, %", format="%.1f") for name in ("Its own", "By chance")}
    table(
        rows.assign(**{name: 100 * rows[name] for name in percent}),
        "genres-on-the-map",
        "Genres with the share of their songs' 15 nearest songs that are of the same genre, beside chance",
        columns=percent,
        caption="Of the 15 songs most like each, by the model's own vectors: the map can't show all that lies near.",
    )


def _listed(engine: Engine, songs: SongMap, places: np.ndarray, in_area: bool) -> None:
    places = places[np.argsort(-engine.songs["listeners"].to_numpy()[places], kind="stable")]
    number = f"{count(len(places))} {'song' if len(places) == 1 else 'songs'}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-head"):
        st.header(f"{number} {'in the area' if in_area else 'of these genres'}", anchor=False, width="stretch")
        if in_area:
            st.button("Clear", key="clear-area", icon=":material/close:", type="tertiary", on_click=map_state.clear)
    if not len(places):
        st.markdown("No songs lie there. Draw a larger area, or take a genre away.")
        return
    of = map_words.genres_inside([songs.genres[place] for place in places]) if in_area else ""
    if of:
        st.markdown(plain(f"By their first genre {of}.", 200))
    top = engine.songs["song_id"].to_numpy()[places[:MOST_LISTED]]
    listeners = engine.songs["listeners"].to_numpy()[places[:MOST_LISTED]]
    for song, n in zip(cards.songs(engine, list(top)), listeners, strict=True):
        cards.row(song, "inside", value=f"{count(int(n))} {'listener' if n == 1 else 'listeners'}", wide=True)
    more = f"The {MOST_LISTED} most played of them; the file has all." if len(places) > MOST_LISTED else ""
    below_list(lambda: song_rows(engine, list(engine.songs["song_id"].array[places])), "map-songs", "inside", more)


@st.cache_data(max_entries=20, show_spinner=False)
def _by_genre(version: str, _songs: SongMap) -> pd.DataFrame:
    return map_words.by_genre(_songs.mingling)


@st.cache_resource(max_entries=12, show_spinner="Drawing the map …")
def _figure(
    version: str, _engine: Engine, genres: tuple[str, ...], user_id: str | None, begun: str, look: Look
) -> tuple[go.Figure, str]:
    """Give the chart, which is only ever read, and what it is in words.

    One and the same figure each time: a copy differs from it in how its numbers are written, and the browser forgets
    what is selected on it. Plain values instead would be validated anew at each run, which takes a twentieth of a
    second.
    """
    songs = _engine.song_map
    assert songs is not None
    drawn = choose_drawn(_engine, songs, genres, songs.of_genres(genres))
    heard, recommended = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if user_id is not None:
        heard, recommended = marks(_engine, user_id)
    chart = figure(_engine, songs, drawn, heard, recommended, area_from_text(begun), look)
    return chart, described(drawn, len(heard), len(recommended))


def marks(engine: Engine, user_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the positions of what a listener plays most and of what they are recommended."""
    played, found = engine.history(user_id, MOST_HEARD), engine.recommend(user_id, k=RECOMMENDED)
    heard, recommended = (
        np.array([engine.song_position(i) for i in frame["song_id"]], dtype=np.int64) for frame in (played, found)
    )
    return heard, recommended


def dots(engine: Engine, drawn: Drawn, user_id: str | None) -> np.ndarray:
    """Give the positions of all songs that have a dot to click: those drawn, then those marked."""
    return np.concatenate([drawn.shown, *(() if user_id is None else marks(engine, user_id))])


def described(drawn: Drawn, heard: int, recommended: int) -> str:
    """Say what the chart is, for those who can't see it."""
    says = f"A map of {count(len(drawn.shown))} songs, coloured by genre: {', '.join(drawn.groups)} and others"
    if heard or recommended:
        says += f"; marked are {count(heard)} songs that the listener plays and {count(recommended)} recommended ones"
    return f"{says}. The table of genres below says which lie near each other."


def look_of_theme() -> Look:
    """Give the colours of the theme that the browser has."""
    colours = st.get_option(f"theme.{theme()}.chartCategoricalColors")
    return Look(str(st.get_option(f"theme.{theme()}.textColor")), tuple(colours))
