"""Chart of what a song is beside what songs like it are: bars for the song, ticks for the others."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from engine.reporting.charts import Spec, label_axis, named, records, template

_ROW = 28  # px
_AXIS = 30  # px


def beside(rows: pd.DataFrame, file: str, *, whole: bool = False) -> Spec:
    """Draw shares as bars, each with a tick for what it is held against.

    Without a legend: bars and ticks differ in shape, and a sentence beside the chart says better what they are.

    Parameters
    ----------
    rows
        `label` (the row), `share` (0–1), `other` (0–1, NaN where there is none) and `words` (in the tooltip), in the
        order to draw in.
    whole
        Whether the axis goes from 0 to 100 %; else to the largest share.
    """
    spec: Spec = json.loads(_template())
    largest = 1.0 if whole else float(rows[["share", "other"]].max().max())
    for layer in spec["layer"]:
        layer["encoding"]["x"]["scale"]["domain"] = [0, largest or 1.0]
    drawn = rows[["label", "share", "other", "words"]]
    return named({**spec, "data": {"values": records(drawn)}, "height": _ROW * len(rows) + _AXIS}, file)


def rows_of(
    labels: Sequence[str], share: Sequence[float], other: Sequence[float], words: Sequence[str]
) -> pd.DataFrame:
    """Make rows of `beside`."""
    return pd.DataFrame({"label": labels, "share": share, "other": other, "words": words}).astype(
        {"share": float, "other": float}
    )


@cache
def _template() -> str:
    y = alt.Y("label:N", sort=None, title=None, axis=label_axis())
    axis = alt.Axis(format=".0%", tickCount=4, domain=False, ticks=False)
    x: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "title": None, "axis": axis}
    tips = [alt.Tooltip("label:N", title=" "), alt.Tooltip("words:N", title="Share")]
    kinds = alt.Scale(domain=["ours", "theirs"])
    base = alt.Chart()
    bars = base.mark_bar(height=9, opacity=1, cornerRadiusEnd=3)
    ticks = base.transform_filter("isValid(datum.other)").mark_tick(thickness=3, opacity=1, height=18)
    layers = [
        mark.transform_calculate(kind=f"'{kind}'").encode(
            y=y, x=alt.X(f"{column}:Q", **x), color=alt.Color("kind:N", scale=kinds, legend=None), tooltip=tips
        )
        for mark, column, kind in ((bars, "share", "ours"), (ticks, "other", "theirs"))
    ]
    return template(alt.layer(*layers, data=alt.InlineData(values=[])))
