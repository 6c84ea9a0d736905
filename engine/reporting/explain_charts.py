"""Charts of explanations: a waterfall from the baseline's score to the song's, and bars for and against.

What speaks for and what against differ in side, sign and colour at once, so never by colour alone.
"""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from engine.explain.explanation import ANY_SONG, Explanation
from engine.reporting.charts import Spec, from_template, inline, label_axis, named, records, template
from engine.reporting.explain_words import group_title
from engine.reporting.words import one_line

MOST_GROUPS, MOST_SONGS = 10, 6
_FOR, _AGAINST, _WHOLE = "for", "against", "whole"
# The theme's first and third colour, and its seventh, which is its grey; what is between isn't used.
_COLOURS = [_FOR, "2", _AGAINST, "4", "5", "6", _WHOLE]
_LEAST = 0.005  # of a song's share: less is written as 0.00
_ROW, _AROUND = 28, 56  # px


def waterfall(found: Explanation, most: int = MOST_GROUPS) -> Spec:
    """Draw how the groups lead from the baseline's score to the song's; the smallest groups together."""
    names = found.groups["name"]
    ordered = pd.concat([found.groups[names == ANY_SONG], found.groups[names != ANY_SONG]])
    groups = list(ordered.itertuples(index=False, name=None))
    steps = [(group_title(name), value) for name, value in groups[:most]]
    rest = groups[most:]
    left = found.score - found.baseline_score - sum(value for _, value in groups)
    if rest:
        steps.append((f"{len(rest)} others", sum(value for _, value in rest)))
    if abs(left) > 0.01 * abs(found.difference):  # where groups were taken away one by one, or steps ran out
        steps.append(("Counted twice" if left < 0 else "Not accounted for", left))
    at, rows = found.baseline_score, []
    rows.append(_step("Held against", 0.0, at, _WHOLE, _plain(at)))
    for title, value in steps:
        rows.append(_step(title, at, at + value, _FOR if value > 0 else _AGAINST, signed(value)))
        at += value
    rows.append(_step("Score", 0.0, found.score, _WHOLE, _plain(found.score)))
    return _bars(rows, "explanation", "Score")


def songs(found: Explanation, most: int = MOST_SONGS) -> Spec:
    """Draw the songs of the history that speak for it, then those that speak against it, `most` each."""
    frame = heard(found, most)
    rows = [
        _step(label, 0.0, value, _FOR if value > 0 else _AGAINST, signed(value), number_first=True)
        for label, value in zip(frame["label"], frame["attribution"], strict=True)
    ]
    return _bars(rows, "explanation songs", "Share of the score")


def heard(found: Explanation, most: int = MOST_SONGS) -> pd.DataFrame:
    """Give the songs of the history that count most, `most` for and `most` against, with `label` to show each by."""
    worth = found.history[found.history["attribution"].abs() >= _LEAST]
    ordered = worth.sort_values("attribution", ascending=False, kind="stable")
    up = ordered[ordered["attribution"] > 0].head(most)
    down = ordered[ordered["attribution"] < 0].tail(most)
    frame = pd.concat([up, down], ignore_index=True)
    labels = [one_line(title, 34) for title in frame["title"]]
    seen: dict[str, int] = {}
    for place, label in enumerate(labels):
        seen[label] = seen.get(label, 0) + 1
        labels[place] = label if seen[label] == 1 else f"{label} ({seen[label]})"
    return frame.assign(label=labels)


def signed(value: float) -> str:
    """Write a share of a score with its sign."""
    return f"{value:+.2f}".replace("-", "−")


def _plain(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _step(name: str, start: float, end: float, kind: str, words: str, number_first: bool = False) -> dict[str, Any]:
    label = f"{words}  {name}" if number_first else f"{name}  {words}"
    return {"label": label, "name": name, "start": start, "end": end, "kind": kind, "words": words}


def _bars(rows: list[dict[str, Any]], file: str, title: str) -> Spec:
    spec = from_template(_template(), title=title)
    frame = pd.DataFrame(rows)
    return named({**spec, "data": {"values": records(frame)}, "height": _ROW * len(rows) + _AROUND}, file)


@cache
def _template() -> str:
    y = alt.Y("label:N", sort=None, title=None, axis=label_axis(236))
    axis = alt.Axis(tickCount=alt.expr("max(2, floor(width / 90))"), grid=True, domain=False, ticks=False)
    x = alt.X("start:Q", scale=alt.Scale(nice=False, zero=True, padding=10), title="@title", axis=axis)
    tips = [alt.Tooltip("name:N", title=" "), alt.Tooltip("words:N", title="@title")]
    bars = alt.Chart().mark_bar(opacity=1, height={"band": 0.62}, cornerRadius=2)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=_COLOURS), legend=None)
    drawn = bars.encode(y=y, x=x, x2="end:Q", color=colour, tooltip=tips)
    zero = alt.Chart(inline(pd.DataFrame({"at": [0.0], "kind": [_WHOLE]}))).mark_rule()
    line = zero.encode(x=alt.X("at:Q"), color=alt.Color("kind:N", scale=alt.Scale(domain=_COLOURS), legend=None))
    return template(alt.layer(drawn, line, data=alt.InlineData(values=[])))
