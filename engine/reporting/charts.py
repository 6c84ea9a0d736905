"""Charts of the data, for the app and the report: frames in, Altair out.

No colours of their own: a chart takes those of the page's theme, light or dark, and never tells things apart by colour
alone. In a page of plain Vega-Embed each chart has a menu that saves it as PNG or SVG. Streamlit 1.67 leaves that menu
out, whatever a chart asks for, and has a toolbar of its own that saves as PNG.
"""

import json
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from engine.reporting.variables import categories, counted, hour, kind, variable
from engine.reporting.words import WEEKDAYS, one_line

Chart = alt.Chart | alt.LayerChart
Spec = dict[str, Any]
"""A chart as Vega-Lite has it."""

_LABELS = 170  # px at most
_MENU = {"export": {"png": True, "svg": True}, "source": False, "compiled": False, "editor": False}
_CURVE = 2
_SHORT = "format(datum.value, '~s')"  # as `format="~s"` would write it, which writes 0 as 0k beside 500k
_MOST_MONTHS_NAMED = 8


def distribution(rows: pd.DataFrame) -> Chart:
    """Draw the distribution of one variable: rows of a bundle's `distributions.parquet`, all of one variable."""
    how = kind(rows)
    if how == "category":
        return _category(rows)
    if how == "month":
        return _months(rows)
    if how == "week_hour":
        return _week(rows)
    return _histogram(rows)


def coverage(rows: pd.DataFrame, noun: str) -> Chart:
    """Draw how much of one table's features is known, by row and by train play, as dots from 0 to 100 %.

    Parameters
    ----------
    rows
        `feature`, `known`, `known_plays`, `used` of one table, as in a bundle's `coverage.parquet`.
    noun
        What the table's rows are: `users`, `songs` or `plays`.
    """
    labels = [
        variable(name).title.lower() + ("" if used else " (not used)")
        for name, used in zip(rows["feature"], rows["used"], strict=True)
    ]
    kinds = [f"of {noun}", "of plays"][: 1 if noun == "plays" else 2]
    frame = pd.DataFrame({"feature": labels, "known": rows["known"], "known_plays": rows["known_plays"]})
    y = alt.Y("feature:N", sort=labels, title=None, axis=label_axis())
    scale, axis = alt.Scale(domain=[0, 1], padding=8), alt.Axis(format=".0%", tickCount=4)
    between = alt.Chart(frame).mark_bar(opacity=0.4, height=2)
    chart: Any = alt.layer(between.encode(y=y, x=alt.X("known:Q", scale=scale), x2="known_plays:Q"))
    # Where both are one, the diamond lies within the circle and both can be seen.
    for name, column, size in zip(kinds, ("known", "known_plays"), (150, 60), strict=False):
        dots = alt.Chart(frame.assign(of=name)).mark_point(filled=True, opacity=1, size=size)
        chart += dots.encode(
            y=y,
            x=alt.X(f"{column}:Q", scale=scale, title="Share known", axis=axis),
            color=alt.Color("of:N", scale=alt.Scale(domain=kinds)),
            shape=alt.Shape("of:N", scale=alt.Scale(domain=kinds, range=["circle", "diamond"])),
            tooltip=[alt.Tooltip("feature:N", title="Feature"), alt.Tooltip(f"{column}:Q", format=".1%", title=name)],
        )
    return finished(chart, f"coverage-{noun}", 26 * len(labels) + 128).configure_legend(orient="top", title=None)


def _histogram(rows: pd.DataFrame) -> Chart:
    shown, things = variable(rows["variable"].iloc[0]), counted(rows)
    rows = rows.sort_values("low")
    frame = pd.DataFrame(
        {
            "low": rows["low"] * shown.times,
            "high": rows["high"] * shown.times,
            "count": rows["count"],
            "range": [f"{shown.write(a)} to {shown.write(b)}" for a, b in zip(rows["low"], rows["high"], strict=True)],
            "share": rows["count"] / max(rows["count"].sum(), 1),
        }
    )
    axis = alt.Axis(format=shown.format, grid=False, tickCount=8, labelOverlap=True)
    scale = alt.Scale(zero=False, nice=False)
    if shown.log:
        frame["low"] = frame["low"].clip(lower=0.5)  # a logarithm has no place for 0
        scale = alt.Scale(type="log", nice=False)
        powers = [float(10**n) for n in range(12) if 10**n < frame["high"].max()]
        axis = alt.Axis(format=",~r", grid=False, values=powers)
    chart = (
        alt.Chart(frame)
        .mark_bar(opacity=1, binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", scale=scale, title=shown.axis, axis=axis),
            x2="high:Q",
            y=_count_axis(things),
            tooltip=[alt.Tooltip("range:N", title=shown.axis), *_count_tips(things)],
        )
    )
    return finished(chart, shown.title, 320)


def _category(rows: pd.DataFrame) -> Chart:
    shown, things, frame = variable(rows["variable"].iloc[0]), counted(rows), categories(rows)
    several = rows["variable"].iloc[0] == "genres"
    tips = _count_tips(things)[: 1 if several else 2]
    chart = (
        alt.Chart(frame)
        .mark_bar(opacity=1, height={"band": 0.72}, cornerRadiusEnd=_CURVE)
        .encode(
            y=alt.Y("label:N", sort=list(frame["label"]), title=None, axis=label_axis()),
            x=alt.X("count:Q", title=things.capitalize(), axis=_counts()),
            tooltip=[alt.Tooltip("label:N", title=shown.title), *tips],
        )
    )
    return finished(chart, shown.title, 24 * len(frame) + 60)


def _months(rows: pd.DataFrame) -> Chart:
    shown, things = variable(rows["variable"].iloc[0]), counted(rows)
    counts = rows.groupby("label")["count"].sum()
    counts.index = pd.PeriodIndex(pd.to_datetime(counts.index, format="%Y-%m", errors="coerce"), freq="M")
    counts = counts[counts.index.notna()]
    months = pd.period_range(counts.index.min(), counts.index.max(), freq="M")
    count = counts.reindex(months, fill_value=0).to_numpy()
    frame = pd.DataFrame(
        {
            "month": [f"{m:%b %Y}" for m in months],
            "name": [f"{m:%B %Y}" for m in months],
            "count": count,
            "share": count / max(count.sum(), 1),
        }
    )
    step = next(n for n in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(months) <= n * _MOST_MONTHS_NAMED or n == 1200)
    named = [name for name, m in zip(frame["month"], months, strict=True) if (m.year * 12 + m.month - 1) % step == 0]
    axis = alt.Axis(grid=False, values=named, labelAngle=0, labelOverlap=True)
    chart = (
        alt.Chart(frame)
        .mark_bar(opacity=1)
        .encode(
            x=alt.X("month:O", sort=list(frame["month"]), title="Month", axis=axis, scale=alt.Scale(paddingInner=0.12)),
            y=_count_axis(things),
            tooltip=[alt.Tooltip("name:N", title="Month"), *_count_tips(things)],
        )
    )
    return finished(chart, shown.title, 320)


def _week(rows: pd.DataFrame) -> Chart:
    shown, things = variable(rows["variable"].iloc[0]), counted(rows)
    days, hours = np.divmod(np.arange(7 * 24), 24)
    counts = rows.assign(at=rows["low"].astype(int) * 24 + rows["high"].astype(int)).groupby("at")["count"].sum()
    count = counts.reindex(range(7 * 24), fill_value=0).to_numpy()
    frame = pd.DataFrame(
        {
            "day": [WEEKDAYS[day] for day in days],
            "hour": hours,
            "when": [f"{hour(day, at)} UTC" for day, at in zip(days, hours, strict=True)],
            "count": count,
            "share": count / max(count.sum(), 1),
        }
    )
    chart = (
        alt.Chart(frame)
        .mark_rect(opacity=1)
        .encode(
            x=alt.X(
                "hour:O",
                title="Hour of the day (UTC)",
                scale=alt.Scale(paddingInner=0.08),
                axis=alt.Axis(values=list(range(0, 24, 3)), labelAngle=0, ticks=False, domain=False),
            ),
            y=alt.Y(
                "day:O",
                sort=list(WEEKDAYS),
                title=None,
                scale=alt.Scale(paddingInner=0.08),
                axis=label_axis(),
            ),
            color=alt.Color(
                "count:Q", title=things.capitalize(), legend=alt.Legend(labelExpr=_SHORT, gradientLength=200)
            ),
            tooltip=[alt.Tooltip("when:N", title="When"), *_count_tips(things)],
        )
    )
    return finished(chart, shown.title, 340).configure_legend(orient="bottom")


def _count_axis(things: str) -> alt.Y:
    return alt.Y("count:Q", title=things.capitalize(), axis=_counts())


def _counts() -> alt.Axis:
    return alt.Axis(labelExpr=_SHORT, tickCount=5, tickMinStep=1)


def _count_tips(things: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("count:Q", format=",", title=things.capitalize()),
        alt.Tooltip("share:Q", format=".1%", title="Share"),
    ]


def label_axis(most: int = _LABELS) -> alt.Axis:
    """Axis of names, of `most` px: no line, no ticks, each name shown."""
    return alt.Axis(
        ticks=False,
        domain=False,
        grid=False,
        labelPadding=8,
        labelLimit=most,
        labelOverlap=False,
        labelFlush=False,
        labelBound=False,
        labelBaseline="middle",
    )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give rows as JSON knows them, None where a value is missing."""
    return [dict(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]


def inline(frame: pd.DataFrame) -> alt.InlineData:
    """Give rows as a chart's own data."""
    return alt.InlineData(values=records(frame))


def template(chart: Any) -> str:
    """Give a chart as text to make others of: `from_template` puts words and rows in.

    Altair takes some 50 ms to build a chart of layers and check it, too long where one is drawn anew at each click.
    """
    spec = chart.to_dict()
    datasets = spec.pop("datasets", {})
    for part in (spec, *spec.get("layer", ())):
        if part.get("data", {}).get("name") in datasets:
            part["data"] = {"values": datasets[part["data"]["name"]]}
    return json.dumps(spec)


def from_template(text: str, **words: str) -> Spec:
    """Make a chart of what `template` gave, each text `@name` in it replaced by the word of that name."""
    for name, word in words.items():
        text = text.replace(f'"@{name}"', json.dumps(word))
    spec: Spec = json.loads(text)
    return spec


def named(spec: Spec, name: str) -> Spec:
    """Give a chart the name of the file to save it as."""
    return {**spec, "usermeta": _saved_as(name)}


def spec_of(chart: Chart | Spec) -> Spec:
    """Give a chart as Vega-Lite has it; one that Altair builds is checked against the schema."""
    return chart if isinstance(chart, dict) else dict(chart.to_dict())


def finished(chart: Chart, name: str, height: int) -> Chart:
    """Give a chart its height in px and the name of the file to save it as."""
    return chart.properties(height=height, usermeta=_saved_as(name))


def _saved_as(name: str) -> dict[str, Any]:
    file = f"lhydra-{'-'.join(one_line(name, 40).lower().split())}"
    return {"embedOptions": {"actions": _MENU, "downloadFileName": file}}
