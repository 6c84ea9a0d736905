"""Sentences that say what a table of cohorts shows, surely and perhaps; not escaped."""

from collections.abc import Sequence

import pandas as pd

from engine.evaluation.cohorts import Gap
from engine.reporting.attributes import attribute_name, cohort_name
from engine.reporting.measures import Measure, model_name
from engine.reporting.words import listed

MOST_NAMED = 3


def of_cohorts(
    table: pd.DataFrame,
    attributes: Sequence[str],
    measure: Measure,
    gap: Gap | None,
    minimum: int,
) -> str:
    """Say where one model's metric is highest and lowest, by how much, and which cohorts surely differ from the rest.

    Parameters
    ----------
    table
        As of `cohort_table`.
    gap
        As of `engine.evaluation.cohorts.gap`; None where there are not two to compare.
    """
    ranked = table[~table["small"].astype(bool)]
    if ranked.empty:
        return _none_is_big_enough(minimum)
    names = [cohort_name(attributes, row) for row in ranked[list(attributes)].to_numpy()]
    values = ranked["value"].to_numpy()
    if len(ranked) == 1:
        return (
            f"Only {names[0]} has at least {minimum:,} listeners: {measure.title} is {measure.write(values[0])} there."
        )
    top, bottom = int(values.argmax()), int(values.argmin())
    says = (
        f"{measure.title} is highest for {names[top]} ({measure.write(values[top])}) and lowest for {names[bottom]} "
        f"({measure.write(values[bottom])})"
    )
    if gap is not None:
        size = measure.difference(gap.value).removeprefix("+")
        says += f", {size} apart {measure.interval(gap.low, gap.high, signed=True)}".rstrip()
    return f"{says}. {_surely_different(ranked, names)}"


def of_difference(
    table: pd.DataFrame, attributes: Sequence[str], measure: Measure, ours: str, theirs: str, minimum: int
) -> str:
    """Say in how many cohorts one model is ahead of another, and in which this is sure."""
    ranked = table[~table["small"].astype(bool)]
    if ranked.empty:
        return _none_is_big_enough(minimum)
    names = [cohort_name(attributes, row) for row in ranked[list(attributes)].to_numpy()]
    us, them = model_name(ours), model_name(theirs)
    sign = -1 if measure.better == "lower" else 1
    ahead = ranked[sign * ranked["value"] > 0]
    wins = _named(ranked, names, sign, "low" if sign > 0 else "high")
    losses = _named(ranked, names, -sign, "high" if sign > 0 else "low")
    is_what = "ahead of" if measure.better else "higher than"
    cohorts = "cohort" if len(ranked) == 1 else "cohorts"
    says = f"{us} is {is_what} {them} in {len(ahead)} of {len(ranked)} {cohorts}"
    if wins and losses:
        return f"{says}, surely so for {_some(wins)}, and surely behind for {_some(losses)}."
    if losses:
        return f"{says}, and surely behind for {_some(losses)}."
    if len(wins) == len(ranked):
        return f"{says}, and no interval reaches zero."
    if wins:
        return f"{says}, surely so for {_some(wins)}; the other intervals reach zero."
    return f"{says}, but every interval reaches zero: the differences may be chance."


def of_slices(slices: pd.DataFrame, measure: Measure, tried: int | None) -> str:
    """Say how many weak slices were found among how many looked at."""
    looked = f"Of {tried:,} slices looked at, " if tried else "Of the slices looked at, "
    if slices.empty:
        return f"{looked}none is worse than the rest by more than chance, counting how many were looked at."
    worst = slices.iloc[0]
    are = "1 is" if len(slices) == 1 else f"{len(slices):,} are"
    return (
        f"{looked}{are} worse than the rest by more than chance. First by gap and size: {worst['slice']}, with "
        f"{measure.title} {measure.write(worst['value'])} for {worst['users']:,} listeners against "
        f"{measure.write(worst['rest'])} for the rest."
    )


def of_bias(table: pd.DataFrame, attributes: Sequence[str], measure: Measure, minimum: int) -> str:
    """Say whether what cohorts are recommended is more popular than what they play, and for whom most."""
    ranked = table[~table["small"].astype(bool)]
    if ranked.empty:
        return _none_is_big_enough(minimum)
    names = [cohort_name(attributes, row) for row in ranked[list(attributes)].to_numpy()]
    values = ranked["value"].to_numpy()
    top, bottom = int(values.argmax()), int(values.argmin())
    more = int((values > 0).sum())
    whom = "every cohort" if more == len(values) else f"{more} of {len(values)} cohorts"
    if not more:
        return "No cohort is recommended songs that are more popular than what it plays."
    says = f"Songs recommended are more popular than songs played for {whom}"
    if len(values) == 1:
        return f"{says}: by {measure.write(values[0])} for {names[0]}."
    return f"{says}: most for {names[top]} ({values[top]:+.0%}), least for {names[bottom]} ({values[bottom]:+.0%})."


def of_cohort(row: pd.Series, name: str, measure: Measure, differs: bool = False) -> str:
    """Say of one cohort its value, its interval, its size, and how it stands to the rest."""
    value = measure.difference(row["value"]) if differs else measure.write(row["value"])
    interval = measure.interval(row["low"], row["high"], signed=differs)
    what = f"Difference in {measure.title}" if differs else measure.title
    says = f"{what} is {value} {interval} over {row['users']:,} listeners"
    if pd.notna(row["difference"]):
        rest = measure.difference(row["difference"])
        reach = measure.interval(row["difference_low"], row["difference_high"], signed=True)
        says += f", {rest} {reach} from the rest"
    return f"{says}." if not row["small"] else f"{says}. That is too few to rank them."


def _surely_different(ranked: pd.DataFrame, names: list[str]) -> str:
    above = [n for n, low in zip(names, ranked["difference_low"], strict=True) if low > 0]
    below = [n for n, high in zip(names, ranked["difference_high"], strict=True) if high < 0]
    parts = []
    if above:
        parts.append(f"above the rest: {_some(above)}")
    if below:
        parts.append(f"below: {_some(below[::-1])}")
    if not parts:
        return "No cohort's difference from the rest is beyond chance."
    return f"Beyond chance are, {'; '.join(parts)}."


def _named(ranked: pd.DataFrame, names: list[str], sign: int, bound: str) -> list[str]:
    return [name for name, value in zip(names, ranked[bound], strict=True) if sign * value > 0]


def _some(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return listed(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _none_is_big_enough(minimum: int) -> str:
    return f"No cohort has {minimum:,} listeners or more, so none is ranked. A lower minimum size would rank some."


def about(attributes: Sequence[str]) -> str:
    """Name attributes for a heading, such as Age × Gender."""
    return " × ".join(attribute_name(attribute) for attribute in attributes)
