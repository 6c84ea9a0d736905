"""One chart for all figures that are more or less sure: a row for each, a dot for the value, a line for its interval.

Kinds of rows differ in shape, dash and colour at once, so never by colour alone.
"""

from typing import Any

import altair as alt
import pandas as pd

from engine.reporting.charts import Chart, finished, inline, label_axis
from engine.reporting.measures import Measure

MAIN, OTHER, FEW = "main", "other", "few"
PICK = "pick"
ROW = 26  # px
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
) -> Chart:
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
    labels, title = list(rows["label"]), title or measure.title
    y = alt.Y("label:N", sort=labels, title=None, axis=label_axis())
    # Given by hand, since each layer would choose one of its own.
    scale = _scale(rows, [line, 0.0 if zero else None])
    colour = alt.Scale(domain=_COLOURS)
    kinds = alt.Scale(domain=_KINDS, range=[[1, 0], [1, 0], [4, 3]])
    shapes = alt.Scale(domain=_KINDS, range=["circle", "diamond", "circle"])
    hue = "colour:N"
    base = alt.Chart()
    axis = alt.Axis(format=measure.format, tickCount=6, grid=True)
    layers = [
        *([] if line is None else [_line(line, f"{line_words} {_write(measure, line, zero)}", scale, colour)]),
        *([_line(0.0, "", scale, colour)] if zero else []),
        base.mark_rule(strokeWidth=2).encode(
            y=y,
            x=alt.X("low:Q", scale=scale, title=title, axis=axis),
            x2="high:Q",
            color=alt.Color(hue, scale=colour, legend=None),
            strokeDash=alt.StrokeDash("kind:N", scale=kinds, legend=None),
        ),
        base.mark_point(opacity=1, size=95, strokeWidth=2).encode(
            y=y,
            x=alt.X("value:Q", scale=scale, axis=None),
            stroke=alt.Stroke(hue, scale=colour, legend=None),
            fill=alt.Fill(hue, scale=colour, legend=None),
            fillOpacity=alt.condition(alt.datum.kind == FEW, alt.value(0), alt.value(1)),
            shape=alt.Shape("kind:N", scale=shapes, legend=None),
        ),
        _whole_rows(base, y, noun, title, can_pick),
    ]
    drawn = rows.assign(colour=rows["kind"].where(rows["kind"] == MAIN, "grey"))[[*COLUMNS, "colour"]]
    chart: Any = alt.layer(*layers, data=inline(drawn)).resolve_axis(x="independent")
    return finished(chart, file, ROW * len(labels) + (78 if line is not None else 58))


def figures(rows: pd.DataFrame, measure: Measure, signed: bool = False) -> list[str]:
    """Write each row's value with its interval."""
    return [
        f"{_write(measure, value, signed)} {measure.interval(low, high, signed=signed)}".rstrip()
        for value, low, high in zip(rows["value"], rows["low"], rows["high"], strict=True)
    ]


def _whole_rows(base: alt.Chart, y: alt.Y, noun: str, title: str, can_pick: bool) -> alt.Chart:
    """Rows are easier to hit than dots, for the pointer that asks and the one that picks."""
    tips = [alt.Tooltip("name:N", title=noun), alt.Tooltip("words:N", title=title)]
    mark = base.mark_bar(opacity=0, height={"band": 1}, cursor="pointer" if can_pick else "default")
    whole = mark.encode(y=y, x=alt.value(0), x2=alt.value("width"), tooltip=tips)
    return whole.add_params(alt.selection_point(name=PICK, fields=["key"], toggle=False)) if can_pick else whole


def _line(value: float, words: str, scale: alt.Scale, colour: alt.Scale) -> alt.Chart:
    """A line; one with words is dashed and has them on an axis of its own, above."""
    above = alt.Axis(
        orient="top", values=[value], labelExpr=f"'{words}'", ticks=False, domain=False, grid=False, title=None
    )
    mark = alt.Chart(inline(pd.DataFrame({"at": [value], "colour": ["grey"]}))).mark_rule(
        strokeDash=[6, 4] if words else [1, 0]
    )
    x = alt.X("at:Q", scale=scale, axis=above if words else None)
    return mark.encode(x=x, color=alt.Color("colour:N", scale=colour, legend=None))


def _scale(rows: pd.DataFrame, more: list[float | None]) -> alt.Scale:
    values = pd.concat([rows["low"], rows["high"], rows["value"], pd.Series(more)]).astype(float)
    low, high = float(values.min()), float(values.max())
    room = 0.04 * (high - low or 1.0)
    return alt.Scale(domain=[low - room, high + room], nice=False, zero=False)


def _write(measure: Measure, value: float, signed: bool) -> str:
    return measure.difference(value) if signed else measure.write(value)
