"""What the Map page shows, as its address says it: which genres, whose songs, which area."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.ui.address import remember, remembered
from engine.ui.filters import genre_options
from engine.ui.listeners import choose_listener
from engine.ui.map_area import Polygon, area_from_text, area_of_selection, area_to_text
from engine.ui.map_song import SONG
from engine.ui.theme import theme

CHART = "m_chart"
_AREA = "m_area"
_FIGURE, _BEGUN = "_m_figure", "_m_begun"


@dataclass(frozen=True)
class Chosen:
    """What is on show. `area` is what is selected, `begun` what was when the chart was drawn last."""

    genres: tuple[str, ...]
    user_id: str | None
    area: list[Polygon]
    begun: str


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How what the page keeps in its address is checked."""
    return {"m_genres": set(genre_options(engine)).__contains__, _AREA: lambda text: bool(area_from_text(text))}


def choose(engine: Engine) -> Chosen:
    """Draw the choice of genres and of a listener in a row; returns what is chosen."""
    with st.container(key="map-filters", horizontal=True, vertical_alignment="top", gap="small"):
        genres = st.multiselect(
            "Genres", genre_options(engine), key="m_genres", bind="query-params", placeholder="All genres", width=320
        )
        with st.container(key="map-listener", width=420):
            user_id = choose_listener(engine, "m", begin=False)
    area = area_from_text(remembered(_AREA))
    return Chosen(tuple(genres), user_id, area, _begun((engine.bundle.version, tuple(genres), user_id, theme()), area))


def selected() -> None:
    """Keep the area that was drawn on the chart, and close the song that was open: what was done last is shown."""
    state = st.session_state.get(CHART)
    area = area_to_text(area_of_selection(state["selection"] if state else {})) or None
    if area != remembered(_AREA):  # the browser tells too of what the chart began with
        remember(_AREA, area)
        remember(SONG, None)


def clear() -> None:
    """Forget the area, and draw the chart without it."""
    remember(_AREA, None)
    st.session_state.pop(_FIGURE, None)


def _begun(figure: tuple[object, ...], area: list[Polygon]) -> str:
    """Give the area that the chart begins with: the same until something else of the chart changes.

    The browser draws what is selected itself, and forgets it whenever it gets another figure.
    """
    if st.session_state.get(_FIGURE) != figure:
        st.session_state[_FIGURE], st.session_state[_BEGUN] = figure, area_to_text(area)
    begun: str = st.session_state[_BEGUN]
    return begun
