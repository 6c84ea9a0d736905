"""An area drawn on the map, as the address keeps it: polygons of whole thousandths, such as `-120.340~55.12~8.9`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.serving.song_map import SongMap

Polygon = np.ndarray
"""Corners `(corners, 2)` in the map's own units, -1..1."""

MOST_CORNERS = 60
MOST_POLYGONS = 4
_THOUSANDTHS = 1_000
_POLYGON = re.compile(r"-?\d{1,4}\.-?\d{1,4}(~-?\d{1,4}\.-?\d{1,4}){2,}")


def area_from_text(text: str | None) -> list[Polygon]:
    """Read what `area_to_text` wrote; nothing where it makes no sense."""
    parts = (text or "").split("_")[:MOST_POLYGONS]
    if not all(_POLYGON.fullmatch(part) for part in parts):
        return []
    return [np.array([[int(n) for n in c.split(".")] for c in p.split("~")][:500]) / _THOUSANDTHS for p in parts]


def area_to_text(area: Sequence[Polygon]) -> str:
    """Write polygons for the address; of a polygon with many corners every so many are kept."""
    return "_".join("~".join(f"{x}.{y}" for x, y in _whole(polygon)) for polygon in area[-MOST_POLYGONS:])


def area_of_selection(selection: Mapping[str, Any]) -> list[Polygon]:
    """Read boxes and lassos as Streamlit gives them of a Plotly chart."""
    area = []
    for box in selection.get("box") or []:
        (x1, x2), (y1, y2) = box["x"][:2], box["y"][:2]
        area.append(np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], dtype=np.float64))
    for lasso in selection.get("lasso") or []:
        corners = np.array([lasso["x"], lasso["y"]], dtype=np.float64).T
        if len(corners) >= 3:
            area.append(corners)
    return area


def inside(songs: SongMap, area: Sequence[Polygon]) -> np.ndarray:
    """Tell which songs lie within any of the polygons, `(songs,)` bool."""
    within = np.zeros(len(songs.positions), dtype=bool)
    for polygon in area:
        within |= songs.inside(polygon)
    return within


def _whole(polygon: Polygon) -> np.ndarray:
    if len(polygon) > MOST_CORNERS:
        polygon = polygon[np.linspace(0, len(polygon) - 1, MOST_CORNERS).round().astype(int)]
    return np.clip(np.rint(polygon * _THOUSANDTHS), -9_999, 9_999).astype(int)
