"""Charts of what counts on the whole: a dot with its interval for each group, or a grid of groups by cohorts."""

import pandas as pd

from engine.reporting import cohort_charts
from engine.reporting.charts import Spec
from engine.reporting.explain_words import group_title
from engine.reporting.intervals import MAIN, intervals
from engine.reporting.measures import Measure

SIZE = Measure("Mean size of its share", digits=2)
MOST_GROUPS, MOST_COHORTS, LEAST = 12, 8, 5


def means(frame: pd.DataFrame) -> Spec:
    """Draw the groups of everyone, of `overview.by_cohort`, the largest first."""
    top = frame.head(MOST_GROUPS)
    names = [group_title(name) for name in top["group"]]
    words = [
        f"{v:.2f}" + (f" [{a:.2f}, {b:.2f}]" if a == a else "")
        for v, a, b in zip(top["size"], top["low"], top["high"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "label": names, "name": names, "value": top["size"], "low": top["low"], "high": top["high"],
            "kind": MAIN, "words": words, "key": top["group"],
        }
    )  # fmt: skip
    return intervals(rows, SIZE, "explanation overview", noun="Group")


def cohorts(frame: pd.DataFrame, attribute: str) -> Spec:
    """Draw the largest groups by the cohorts with the most listeners; under `LEAST` listeners only an edge is drawn."""
    order = list(dict.fromkeys(frame["group"]))[:MOST_GROUPS]
    largest = frame.groupby("cohort")["users"].max().nlargest(MOST_COHORTS).index
    shown = frame[frame["group"].isin(order) & frame["cohort"].isin(largest)]
    rows = pd.DataFrame(
        {
            "group": shown["group"].map(group_title), attribute: shown["cohort"], "users": shown["users"],
            "value": shown["size"], "low": shown["low"], "high": shown["high"], "small": shown["users"] < LEAST,
            "name": shown["group"].map(group_title) + " · " + shown["cohort"].astype(str), "key": shown["group"],
        }
    )  # fmt: skip
    spec = cohort_charts.grid(rows, ("group", attribute), SIZE)
    for layer in spec["layer"]:
        layer["encoding"]["y"] |= {"sort": [group_title(name) for name in order], "title": None}
        layer.pop("params", None)  # nothing opens here
        if isinstance(layer["mark"], dict):
            layer["mark"].pop("cursor", None)
    spec.pop("params", None)
    return spec
