"""The map as a Plotly figure: WebGL, since an SVG of ten thousand songs would be ten thousand elements.

Nothing is told by its colour alone: hovering names a song's genres, and what is a listener's has shapes of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine import Engine
from engine.data.features import genre_list
from engine.reporting.words import one_line
from engine.serving.song_map import SongMap
from engine.song_map.genres import most_frequent
from engine.ui.map_area import Polygon

MOST_DRAWN = 8_000  # songs, so that the page holds under a megabyte of them
MOST_BEHIND = 2_000
MOST_HEARD = 300
COLOURS = 6
HEIGHT = 600
_STEPS = 32_000  # positions travel as 16-bit numbers: finer than any screen


@dataclass(frozen=True)
class Look:
    """Colours of the theme that the browser has: of text, and of six genres and the rest."""

    ink: str
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """What is on the map: `shown` `(drawn,)` positions of songs, `behind` of the backdrop, `groups` genres."""

    shown: np.ndarray
    behind: np.ndarray
    groups: list[str]


def choose_drawn(engine: Engine, songs: SongMap, genres: Sequence[str], wanted: np.ndarray) -> Drawn:
    """Choose what to draw: of the songs that are `wanted` `(songs,)` bool the most played, others behind them."""
    by_listeners = np.argsort(-engine.songs["listeners"].to_numpy(), kind="stable")
    shown = by_listeners[wanted[by_listeners]][:MOST_DRAWN]
    behind = by_listeners[~wanted[by_listeners]][:MOST_BEHIND]
    groups = list(genres)[:COLOURS] or most_frequent(songs.genres, COLOURS)
    return Drawn(shown, behind, groups)


def figure(
    engine: Engine,
    songs: SongMap,
    drawn: Drawn,
    heard: np.ndarray,
    recommended: np.ndarray,
    area: Sequence[Polygon],
    look: Look,
) -> go.Figure:
    """Draw the map.

    Parameters
    ----------
    heard, recommended
        Positions of songs of a listener that are marked.
    area
        What is selected from the start.
    """
    found = go.Figure()
    group = groups_of(engine.songs["genres"].iloc[drawn.shown], drawn.groups)
    listeners = engine.songs["listeners"].to_numpy()
    size = _sizes(listeners, drawn.shown)
    for place, name in [*enumerate(drawn.groups), (-1, "other")]:
        members = group == place
        trace = _dots(engine, songs, drawn.shown[members], size[members], escape(one_line(name, 30)))
        found.add_trace(trace.update(marker={"color": look.colours[place]}))
    if len(drawn.behind):
        found.add_trace(_backdrop(songs, drawn.behind))
    marks = (("played", heard, "circle-open", 11), ("recommended", recommended, "diamond", 10))
    for name, places, symbol, across in marks:
        if len(places):
            trace = _dots(engine, songs, places, np.full(len(places), across, dtype=np.uint8), name)
            found.add_trace(
                trace.update(marker={"symbol": symbol, "color": look.ink, "opacity": 1, "line": {"width": 2}})
            )
    found.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
        dragmode="lasso",
        hovermode="closest",
        legend={"orientation": "h", "y": 0, "yanchor": "top", "itemsizing": "constant", "title": None},
        selections=[{"type": "path", "path": _path(polygon)} for polygon in area],
        newselection={"line": {"color": look.ink, "width": 1.5, "dash": "dot"}},
    )
    # Each axis has a scale of its own, so that a phone's tall picture is filled: the axes mean nothing by themselves.
    hidden = {"visible": False, "showgrid": False, "zeroline": False, "range": [-1.05, 1.05]}
    found.update_xaxes(**hidden)
    found.update_yaxes(**hidden)
    return found


def groups_of(genres: pd.Series, groups: Sequence[str]) -> np.ndarray:
    """Give each song the place in `groups` of the first of its genres that is there, `(songs,)`; -1 for none."""
    place = {name: at for at, name in enumerate(groups)}
    codes, texts = pd.factorize(genres)
    found = [next((place[g] for g in genre_list(text) if g in place), -1) for text in texts]
    return np.array([*found, -1])[codes]


def hover_lines(title: object, artist: object, genres: object) -> tuple[str, str]:
    """Say what a dot is in two lines, escaped as Plotly needs it."""
    names = ", ".join(genre_list(genres)[:2]) or "genre not known"
    return escape(one_line(title, 36)), f"{escape(one_line(artist, 26))} · {escape(one_line(names, 24))}"


def _dots(engine: Engine, songs: SongMap, places: np.ndarray, size: np.ndarray, name: str) -> go.Scattergl:
    rows = (engine.songs[column].array[places] for column in ("title", "artist", "genres"))
    lines = [hover_lines(*row) for row in zip(*rows, strict=True)]
    x, y = _coordinates(songs, places)
    return go.Scattergl(
        x=x,
        y=y,
        mode="markers",
        name=name,
        showlegend=bool(len(places)),
        text=[title for title, _ in lines],
        hovertext=[more for _, more in lines],
        hovertemplate="<b>%{text}</b><br>%{hovertext}<extra></extra>",
        marker={"size": size, "opacity": 0.75, "line": {"width": 0}},
        unselected={"marker": {"opacity": 0.12}},
    )


def _backdrop(songs: SongMap, places: np.ndarray) -> go.Scattergl:
    x, y = _coordinates(songs, places)
    return go.Scattergl(
        x=x,
        y=y,
        mode="markers",
        name="all the others",
        hoverinfo="skip",
        marker={"size": 4, "color": "#8A8699", "opacity": 0.22},
        unselected={"marker": {"opacity": 0.08}},
    )


def _coordinates(songs: SongMap, places: np.ndarray) -> np.ndarray:
    return (np.rint(songs.positions[places] * _STEPS) / _STEPS).astype(np.float32).T


def _sizes(listeners: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Diameters in px: areas grow with the number of listeners."""
    most = max(float(listeners.max(initial=0)), 1.0)
    return np.rint(4 + 10 * np.sqrt(listeners[places] / most)).astype(np.uint8)


def _path(polygon: Polygon) -> str:
    return "M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in polygon) + "Z"
