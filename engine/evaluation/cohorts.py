"""Cohorts: a metric for users by one attribute or several crossed, with how sure each figure is.

Every figure has a bootstrap interval over its users. The difference from everyone else is unpaired, since nobody is in
both; the difference of two models is paired by user. A cohort below the minimum size is marked, and ranks last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import SettingsError
from engine.evaluation.bootstrap import grouped_means, percentile_interval
from engine.evaluation.tables import COLUMNS, MODEL

MINIMUM = 30
DRAWS = 2_000
CROSS = " × "


@dataclass(frozen=True)
class Gap:
    """How far apart the best and the worst cohort are, with a 95 % interval."""

    best: str
    worst: str
    value: float
    low: float
    high: float


def cohort_table(
    per_user: pd.DataFrame,
    members: pd.DataFrame,
    metric: str,
    attributes: Sequence[str],
    model: str = MODEL,
    versus: str | None = None,
    minimum: int = MINIMUM,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Give a metric by cohort.

    Parameters
    ----------
    per_user
        `model`, `user_id` and a column a metric, a row a model and user; users without a value of the metric don't
        count.
    members
        `user_id` and a column an attribute; users who aren't in it, or have no value, are in no cohort.
    attributes
        One attribute, or several to be crossed.
    versus
        Another model: figures are then what `model` has more than it for the same user.
    minimum
        Users below which a cohort is small.

    Returns
    -------
    table
        A row a cohort: a column each attribute, `cohort` in words, `users`, `value`, `low`, `high`, `difference` (from
        everyone else), `difference_low`, `difference_high`, `small`; the highest value first, small cohorts last.

    Raises
    ------
    SettingsError
        There is no such metric, attribute or model.
    """
    values = user_values(per_user, metric, model, versus).to_frame()
    return grouped_table(values, members, attributes, minimum, draws, seed).drop(columns="metric")


def user_values(per_user: pd.DataFrame, metric: str, model: str = MODEL, versus: str | None = None) -> pd.Series:
    """Give each user's value of a metric, or what `model` has more than `versus`, by `user_id`; NaN where undefined.

    Raises
    ------
    SettingsError
        There is no such metric or model.
    """
    _check(metric, [name for name in per_user.columns if name not in COLUMNS["per_user"]], "metric")
    found = []
    for name in (model,) if versus is None else (model, versus):
        rows = per_user[per_user["model"] == name]
        if rows.empty:
            _check(name, per_user["model"].unique().tolist(), "model")
        found.append(rows.set_index("user_id")[metric].astype(np.float64))
    return (found[0] - found[1] if versus is not None else found[0]).rename(metric)


def grouped_table(
    values: pd.DataFrame, members: pd.DataFrame, attributes: Sequence[str], minimum: int, draws: int, seed: int
) -> pd.DataFrame:
    """Give several metrics by cohort at once, as `cohort_table` gives one; `values` has a column each, by `user_id`."""
    known = [name for name in members.columns if name != "user_id"]
    for attribute in attributes:
        _check(attribute, known, "attribute")
    if not attributes or len(set(attributes)) < len(attributes):
        raise SettingsError("cohorts need one attribute or several different ones")
    own = members.set_index("user_id")[list(attributes)].dropna()
    own = own.loc[own.index.intersection(values.index)]
    values = values.loc[own.index]
    codes, cohorts = _codes(own)
    if not len(cohorts):
        return _empty(attributes)
    numbers = values.to_numpy(np.float64)
    there = np.isfinite(numbers)
    users = np.stack([np.bincount(codes, weights=column, minlength=len(cohorts)) for column in there.T], axis=1)
    sums = np.stack(
        [np.bincount(codes, weights=column, minlength=len(cohorts)) for column in np.where(there, numbers, 0.0).T],
        axis=1,
    )
    others = users.sum(axis=0) - users
    with np.errstate(invalid="ignore", divide="ignore"):
        value, rest = sums / users, (sums.sum(axis=0) - sums) / others
    inside, outside = grouped_means(numbers, codes, len(cohorts), draws, seed)
    low, high = percentile_interval(inside, users)
    difference_low, difference_high = percentile_interval(inside - outside, np.minimum(users, others))
    tables = [
        cohorts.assign(
            metric=name, users=users[:, at].astype(np.int64), value=value[:, at], low=low[:, at], high=high[:, at],
            difference=value[:, at] - rest[:, at], difference_low=difference_low[:, at],
            difference_high=difference_high[:, at], small=users[:, at] < minimum,
        )
        for at, name in enumerate(values.columns)
    ]  # fmt: skip
    tables = [
        table[table["users"] > 0].sort_values(["small", "value"], ascending=[True, False], kind="stable")
        for table in tables
    ]
    return pd.concat(tables, ignore_index=True)


def gap(table: pd.DataFrame) -> Gap | None:
    """Give the gap of the best and the worst cohort of a `cohort_table` that aren't small; None with fewer than two.

    The interval is that of the difference of these two, from their own intervals (Zou & Donner, "Construction of
    Confidence Limits about Effect Measures", 2008). That they were picked as the extremes it doesn't know: the more
    cohorts there are, the wider a gap chance alone makes.
    """
    large = table[~table["small"].astype(bool)]
    if len(large) < 2:
        return None
    best, worst = large.loc[large["value"].idxmax()], large.loc[large["value"].idxmin()]
    value = float(best["value"] - worst["value"])
    low = value - np.hypot(best["value"] - best["low"], worst["high"] - worst["value"])
    high = value + np.hypot(best["high"] - best["value"], worst["value"] - worst["low"])
    return Gap(str(best["cohort"]), str(worst["cohort"]), value, float(low), float(high))


def _codes(own: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the cohorts that occur: the code of each user, and a row a cohort with its attributes and its words."""
    combined, sizes, levels = np.zeros(len(own), dtype=np.int64), [], []
    for name in own.columns:
        code, level = pd.factorize(own[name].to_numpy(dtype=object), sort=True)
        combined = combined * max(len(level), 1) + code
        sizes.append(max(len(level), 1))
        levels.append(np.asarray(level, dtype=object))
    present, codes = np.unique(combined, return_inverse=True)
    places = np.unravel_index(present, sizes)
    columns = {name: level[place] for name, level, place in zip(own.columns, levels, places, strict=True)}
    words = [CROSS.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return codes, pd.DataFrame({**columns, "cohort": pd.Series(words, dtype=object)})


def _empty(attributes: Sequence[str]) -> pd.DataFrame:
    names = [*attributes, *(name for name in COLUMNS["cohorts"] if name != "attribute")]
    return pd.DataFrame({name: pd.Series(dtype=bool if name == "small" else object) for name in names})


def _check(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise SettingsError(f"no {what} {name!r} in this evaluation; it has {', '.join(map(str, known)) or 'none'}")
