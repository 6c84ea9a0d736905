"""One chart for all figures that are more or less sure: a row for each, a dot for the value, a line for its interval.

Kinds of rows differ in shape, dash and colour at once, so never by colour alone.
"""

from functools import cache

import altair as alt
import pandas as pd

from engine.reporting.charts import Spec, from_template, inline, label_axis, named, records, template
from engine.reporting.measures import Measure

MAIN, OTHER, FEW = "main", "other", "few"
PICK = "pick"
ROW = 26  # px
_AROUND = 80  # px of a chart's height that its axis takes
_LINE = 28  # px that the words of a line above it take
_KINDS = [MAIN, OTHER, FEW]
# The theme's first colour, and its seventh, which is its grey: what is between stands for colours that aren't used.
_COLOURS = [MAIN, "2", "3", "4", "5", "6", "grey"]
COLUMNS = ["label", "name", "value", "low", "high", "kind", "words", "key"]


def intervals(
    rows: pd.DataFrame,
    measure: Measure,
    file: str,
    *,
    title: str = "",
    noun: str = "",
    line: float | None = None,
    line_words: str = "",
    zero: bool = False,
    can_pick: bool = False,
) -> Spec:
    """Draw rows in the order given.

    Parameters
    ----------
    rows
        `label` (beside the row), `name` (in the tooltip), `value`, `low`, `high`, `words` (the figures, in the
        tooltip), `kind` (`MAIN`, `OTHER` or `FEW`) and `key` (what a pick gives).
    title
        Of the values; else the measure's.
    noun
        What a row is, for its tooltip.
    line, line_words
        A value to draw a dashed line at, and what it is.
    zero
        Whether values are differences: 0 is drawn, and figures have signs.
    can_pick
        Whether a row can be picked, as the selection `PICK`.
    """
    drawn = rows.assign(colour=rows["kind"].where(rows["kind"] == MAIN, "grey"))[[*COLUMNS, "colour"]]
    height = ROW * rows["label"].nunique() + _AROUND + (_LINE if line is not None else 0)
    spec = from_template(
        _template(line is not None, zero, can_pick), format=measure.ticks, title=title or measure.title, noun=noun
    )
    if line is not None:
        spec["layer"][0]["data"] = {"values": [{"at": line, "colour": "grey"}]}
        words = f"{line_words} {_write(measure, line, zero)}"
        spec["layer"][0]["encoding"]["x"]["axis"] |= {"values": [line], "labelExpr": f"'{words}'"}
    return named({**spec, "data": {"values": records(drawn)}, "height": height}, file)


@cache
def _template(line: bool, zero: bool, can_pick: bool) -> str:
    y = alt.Y("label:N", sort=None, title=None, axis=label_axis(210))
    scale = alt.Scale(nice=False, zero=False, padding=14)
    colour = alt.Scale(domain=_COLOURS)
    dashes = alt.Scale(domain=_KINDS, range=[[1, 0], [1, 0], [4, 3]])
    shapes = alt.Scale(domain=_KINDS, range=["circle", "diamond", "circle"])
    hue = "colour:N"
    base = alt.Chart()
    axis = alt.Axis(format="@format", tickCount=alt.expr("max(2, floor(width / 90))"), grid=True, labelFlush=20)
    layers = [
        *([_line(scale, colour, above=True)] if line else []),
        *([_line(scale, colour, above=False)] if zero else []),
        base.mark_rule(strokeWidth=2).encode(
            y=y,
            x=alt.X("low:Q", scale=scale, title="@title", axis=axis),
            x2="high:Q",
            color=alt.Color(hue, scale=colour, legend=None),
            strokeDash=alt.StrokeDash("kind:N", scale=dashes, legend=None),
        ),
        base.mark_point(opacity=1, size=95, strokeWidth=2).encode(
            y=y,
            x=alt.X("value:Q", scale=scale, axis=None),
            stroke=alt.Stroke(hue, scale=colour, legend=None),
            fill=alt.Fill(hue, scale=colour, legend=None),
            fillOpacity=alt.condition(alt.datum.kind == FEW, alt.value(0), alt.value(1)),
            shape=alt.Shape("kind:N", scale=shapes, legend=None),
        ),
        _whole_rows(base, y, can_pick),
    ]
    return template(alt.layer(*layers, data=alt.InlineData(values=[])).resolve_axis(x="independent"))


def figures(rows: pd.DataFrame, measure: Measure, signed: bool = False) -> list[str]:
    """Write each row's value with its interval."""
    return [
        f"{_write(measure, value, signed)} {measure.interval(low, high, signed=signed)}".rstrip()
        for value, low, high in zip(rows["value"], rows["low"], rows["high"], strict=True)
    ]


def _whole_rows(base: alt.Chart, y: alt.Y, can_pick: bool) -> alt.Chart:
    """Rows are easier to hit than dots, for the pointer that asks and the one that picks."""
    tips = [alt.Tooltip("name:N", title="@noun"), alt.Tooltip("words:N", title="@title")]
    mark = base.mark_bar(opacity=0, height={"band": 1}, cursor="pointer" if can_pick else "default")
    whole = mark.encode(y=y, x=alt.value(0), x2=alt.value("width"), tooltip=tips)
    return whole.add_params(alt.selection_point(name=PICK, fields=["key"], toggle=False)) if can_pick else whole


def _line(scale: alt.Scale, colour: alt.Scale, above: bool) -> alt.Chart:
    """A line: one with words on an axis of its own above is dashed and filled in later, the other is at 0."""
    words = alt.Axis(orient="top", values=[0], ticks=False, domain=False, grid=False, title=None, labelFlush=64)
    mark = alt.Chart(inline(pd.DataFrame({"at": [0.0], "colour": ["grey"]})))
    x = alt.X("at:Q", scale=scale, axis=words if above else None)
    drawn = mark.mark_rule(strokeDash=[6, 4] if above else [1, 0])
    return drawn.encode(x=x, color=alt.Color("colour:N", scale=colour, legend=None))


def _write(measure: Measure, value: float, signed: bool) -> str:
    return measure.difference(value) if signed else measure.write(value)
