"""Charts of cohorts, for the app and the report: a dot with its interval for each, or a grid of two attributes.

Cohorts below the minimum size are hollow, dashed and grey, and come last: never told apart by colour alone.
"""

from collections.abc import Sequence
from functools import cache

import altair as alt
import pandas as pd

from engine.reporting.attributes import attribute_name, cohort_key, cohort_name, in_order, value_name
from engine.reporting.charts import Spec, from_template, label_axis, named, records, template
from engine.reporting.intervals import FEW, MAIN, PICK, figures, intervals
from engine.reporting.measures import Measure

MOST_DOTS = 40
MOST_CELLS = (16, 12)  # rows, columns
_CELL, _AROUND = 30, 165  # px of height: of a row, and of what is above and below a grid


def shown_cohorts(table: pd.DataFrame, attributes: Sequence[str], most: int = MOST_DOTS) -> pd.DataFrame:
    """Give the cohorts to draw, each with `key` (as of `cohort_key`) and `name`, in the table's order.

    Parameters
    ----------
    table
        As of `cohort_table`: a column an attribute, `users`, `value`, `low`, `high`, `small`.
    most
        How many at most: those with the most listeners.
    """
    frame = table.reset_index(drop=True)
    values = frame[list(attributes)].astype(str).to_numpy().tolist()
    frame = frame.assign(
        key=[cohort_key(dict(zip(attributes, row, strict=True))) for row in values],
        name=[cohort_name(attributes, row) for row in values],
    )
    if len(frame) > most:
        kept = frame.assign(_rank=~frame["small"]).nlargest(most, ["_rank", "users"]).index
        frame = frame.loc[frame.index.isin(kept)]
    return frame.reset_index(drop=True)


def dots(
    frame: pd.DataFrame, measure: Measure, overall: float | None, *, differs: bool = False, title: str = ""
) -> Spec:
    """Draw each cohort as a dot with its 95 % interval, and a line for all listeners.

    Parameters
    ----------
    frame
        As of `shown_cohorts`, in the order to draw in.
    overall
        The value over all listeners.
    differs
        Whether values are differences, of which 0 is none.
    title
        Of the values; else the metric's, or that of its difference.
    """
    rows = _with_words(frame, measure, differs).assign(
        kind=[FEW if small else MAIN for small in frame["small"]],
        label=[
            f"{name} · {'only ' * small}{users:,}"
            for name, users, small in zip(frame["name"], frame["users"], frame["small"], strict=True)
        ],
    )
    return intervals(
        rows,
        measure,
        f"cohorts {measure.title}",
        title=title or (f"Difference in {measure.title}" if differs else measure.title),
        noun="Cohort",
        line=overall,
        line_words="all listeners",
        zero=differs,
        can_pick=True,
    )


def within_grid(frame: pd.DataFrame, attributes: Sequence[str]) -> pd.DataFrame:
    """Keep the rows and columns with the most listeners, as many as a grid has room for."""
    for attribute, most in zip(attributes, MOST_CELLS, strict=True):
        kept = frame.groupby(attribute)["users"].sum().nlargest(most).index
        frame = frame[frame[attribute].isin(kept)]
    return frame


def grid(frame: pd.DataFrame, attributes: Sequence[str], measure: Measure, *, differs: bool = False) -> Spec:
    """Draw two crossed attributes as a grid: colour and text say the value; small cohorts have a dashed edge alone.

    Parameters
    ----------
    frame
        As of `within_grid`.
    """
    down, across = attributes
    drawn = _with_words(frame, measure, differs).assign(
        row=[value_name(down, v, True) for v in frame[down]],
        column=[value_name(across, v, True) for v in frame[across]],
        text=[
            f"only {n:,}" if small else (measure.difference(v).removesuffix(" points") if differs else measure.write(v))
            for n, v, small in zip(frame["users"], frame["value"], frame["small"], strict=True)
        ],
    )[["row", "column", "text", "name", "value", "small", "words", "key"]]
    title = f"Difference in {measure.title}" if differs else measure.title
    names = {"down": attribute_name(down), "across": attribute_name(across)}
    spec = from_template(_grid(differs), format=measure.format, title=title, **names)
    rows = [value_name(down, v, True) for v in in_order(down, _repeated(frame, down))]
    columns = [value_name(across, v, True) for v in in_order(across, _repeated(frame, across))]
    for layer in spec["layer"]:
        layer["encoding"]["y"]["sort"], layer["encoding"]["x"]["sort"] = rows, columns
    reach = [float(value) for value in drawn.loc[~drawn["small"].astype(bool), "value"]]
    if reach:
        # The lowest colour is the page's own, so that the lowest value gets one a little above it.
        low, high = min(reach), max(reach)
        legend = spec["layer"][0]["encoding"]["color"]
        legend["legend"]["values"] = sorted({low, high, *([0.0] if differs and low < 0 < high else [])})
        if not differs and high > low:
            legend["scale"]["domain"] = [low - (high - low) / 5, high]
    spec |= {"data": {"values": records(drawn)}, "height": _CELL * len(rows) + _AROUND}
    return named(spec, f"cohorts {measure.title}")


@cache
def _grid(differs: bool) -> str:
    y = alt.Y("row:N", sort=None, title="@down", axis=label_axis(), scale=alt.Scale(paddingInner=0.06))
    x = alt.X(
        "column:N",
        sort=None,
        title="@across",
        axis=alt.Axis(
            orient="top",
            labelAngle=0,
            ticks=False,
            domain=False,
            labelLimit=alt.expr("max(bandwidth('x') + 4, 24)"),
            labelOverlap=False,
        ),
        scale=alt.Scale(paddingInner=0.06),
    )
    colour = alt.Color(
        "value:Q",
        title="@title",
        scale=alt.Scale(domainMid=0) if differs else alt.Scale(zero=False, nice=False),
        legend=alt.Legend(format="@format", orient="bottom", gradientLength=240, labelOverlap="greedy"),
    )
    tips = [alt.Tooltip("name:N", title="Cohort"), alt.Tooltip("words:N", title="@title")]
    base = alt.Chart()
    enough, few = base.transform_filter("!datum.small"), base.transform_filter("datum.small")
    pick = alt.selection_point(name=PICK, fields=["key"], toggle=False)
    # Vega knows a cell's colour, whichever theme it is of, so the text on it can be read in each. The page itself has
    # about the colour of the lowest value, or of no difference.
    on_colour, on_page = (
        alt.expr(_readable("datum.value")),
        alt.expr(_readable("0" if differs else "domain('color')[0]")),
    )
    # The words of a cell speak for it to a screen reader; its rectangles, one or none of which may be there, don't.
    layers = [
        enough.mark_rect(opacity=1, cornerRadius=3, aria=False).encode(x=x, y=y, color=colour),
        few.mark_rect(filled=False, strokeDash=[3, 3], strokeWidth=1, opacity=0.5, cornerRadius=3, aria=False).encode(
            x=x, y=y
        ),
        enough.mark_text(color=on_colour).encode(x=x, y=y, text="text:N"),
        few.mark_text(fontStyle="italic", color=on_page, opacity=0.8).encode(x=x, y=y, text="text:N"),
        base.mark_rect(opacity=0, cursor="pointer", aria=False).encode(x=x, y=y, tooltip=tips).add_params(pick),
    ]
    return template(alt.layer(*layers, data=alt.InlineData(values=[])))


def _readable(value: str) -> str:
    return f"luminance(scale('color', {value})) > 0.2 ? '#15121F' : '#FFFFFF'"


def _with_words(frame: pd.DataFrame, measure: Measure, differs: bool) -> pd.DataFrame:
    said = zip(figures(frame, measure, signed=differs), frame["users"], strict=True)
    return frame.assign(words=[f"{words}, {users:,} listeners" for words, users in said])


def _repeated(frame: pd.DataFrame, attribute: str) -> pd.Series:
    return frame[attribute].repeat(frame["users"])
