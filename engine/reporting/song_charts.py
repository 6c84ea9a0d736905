"""Chart of what a song is beside what songs like it are: bars for the song, ticks for the others."""

from collections.abc import Sequence
from functools import cache

import altair as alt
import pandas as pd

from engine.reporting.charts import Spec, from_template, label_axis, named, records, template

_ROW = 28  # px
_AROUND = 56  # px for axis and legend


def beside(rows: pd.DataFrame, ours: str, theirs: str, file: str, *, whole: bool = False) -> Spec:
    """Draw shares as bars, each with a tick for what it is held against.

    Parameters
    ----------
    rows
        `label` (the row), `share` (0–1), `other` (0–1, NaN where there is none) and `words` (in the tooltip), in the
        order to draw in.
    ours, theirs
        What bars and ticks are, in the legend; without `theirs` there are no ticks.
    whole
        Whether the axis goes from 0 to 100 %; else to the largest share.
    """
    spec = from_template(_template(bool(theirs)), ours=ours, theirs=theirs)
    largest = 1.0 if whole else float(rows[["share", "other"]].max().max())
    for layer in spec["layer"]:
        layer["encoding"]["x"]["scale"]["domain"] = [0, largest or 1.0]
    drawn = rows[["label", "share", "other", "words"]]
    return named({**spec, "data": {"values": records(drawn)}, "height": _ROW * len(rows) + _AROUND}, file)


def rows_of(
    labels: Sequence[str], share: Sequence[float], other: Sequence[float], words: Sequence[str]
) -> pd.DataFrame:
    """Make rows of `beside`."""
    return pd.DataFrame({"label": labels, "share": share, "other": other, "words": words}).astype(
        {"share": float, "other": float}
    )


@cache
def _template(ticks: bool) -> str:
    y = alt.Y("label:N", sort=None, title=None, axis=label_axis())
    axis = alt.Axis(format=".0%", tickCount=4, domain=False, ticks=False)
    tips = [alt.Tooltip("label:N", title=" "), alt.Tooltip("words:N", title="Share")]
    base = alt.Chart()
    layers = [
        base.mark_bar(height=9, opacity=1, cornerRadiusEnd=3).encode(
            y=y,
            x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1]), title=None, axis=axis),
            color=alt.datum("@ours"),
            tooltip=tips,
        )
    ]
    if ticks:
        layers.append(
            base.mark_tick(thickness=3, opacity=1, height=18).encode(
                y=y,
                x=alt.X("other:Q", scale=alt.Scale(domain=[0, 1]), title=None, axis=axis),
                color=alt.datum("@theirs"),
                tooltip=tips,
            )
        )
    chart = alt.layer(*layers, data=alt.InlineData(values=[]))
    return template(chart.configure_legend(orient="bottom", title=None))
