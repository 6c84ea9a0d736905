"""Tables of an evaluation as the charts of cohorts take them: one attribute's, popularity bias, weak slices."""

import json

import pandas as pd

from engine.reporting.attributes import cohort_key, cohort_name
from engine.reporting.measures import Measure

LIFT = Measure("Popularity lift", better="", share=True)


def ranked_by_value(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Mark cohorts with fewer listeners than `minimum` as small; the highest value first, small ones last."""
    marked = table.assign(small=table["users"] < minimum)
    return marked.sort_values(["small", "value"], ascending=[True, False], kind="stable").reset_index(drop=True)


def of_attribute(cohorts: pd.DataFrame, attribute: str, metric: str, minimum: int) -> pd.DataFrame:
    """Give one attribute's rows of an evaluation's `cohorts` as a table of `cohort_table`."""
    rows = cohorts[(cohorts["attribute"] == attribute) & (cohorts["metric"] == metric)]
    table = rows.assign(**{attribute: rows["cohort"]}).drop(columns=["attribute", "metric"])
    return ranked_by_value(table.astype({"users": int}), minimum)


def bias_of_attribute(bias: pd.DataFrame, attribute: str, model: str, minimum: int) -> pd.DataFrame:
    """Give one attribute's rows of an evaluation's `bias` as a table whose value is the lift."""
    rows = bias[(bias["attribute"] == attribute) & (bias["model"] == model)]
    return ranked_by_value(rows.assign(**{attribute: rows["cohort"], "value": rows["lift"]}), minimum)


def named_slices(found: pd.DataFrame) -> pd.DataFrame:
    """Give slices as cohorts to draw: `name` in words, `key`, the gap as `value`, the slice's own value as `mean`."""
    cohorts = [json.loads(text) for text in found["attributes"]]
    names = [cohort_name(list(cohort), cohort.values()) for cohort in cohorts]
    keys = [cohort_key(cohort) for cohort in cohorts]
    frame = found.assign(name=names, key=keys, small=False, mean=found["value"], value=found["gap"])
    return frame.astype({"users": int, "value": float, "low": float, "high": float})
