"""Sentences that say what a table of cohorts shows; not escaped.

"By more than chance" is at the 5 % level, corrected for the number of cohorts.
"""

from collections.abc import Sequence

import pandas as pd

from engine.evaluation.cohorts import Gap
from engine.reporting.attributes import attribute_name, cohort_name
from engine.reporting.certainty import beyond_chance
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
    """Say where one model's metric is highest and lowest, by how much, and which cohorts differ by more than chance.

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
        says += f": {size} apart {measure.interval(gap.low, gap.high)}".rstrip()
    return f"{says}. {_surely_different(ranked, names)}"


def of_difference(
    table: pd.DataFrame, attributes: Sequence[str], measure: Measure, ours: str, theirs: str, minimum: int
) -> str:
    """Say in how many cohorts one model is ahead of another, and in which by more than chance."""
    ranked = table[~table["small"].astype(bool)]
    if ranked.empty:
        return _none_is_big_enough(minimum)
    names = [cohort_name(attributes, row) for row in ranked[list(attributes)].to_numpy()]
    us, them = model_name(ours), model_name(theirs)
    sign = -1 if measure.better == "lower" else 1
    ahead = int((sign * ranked["value"] > 0).sum())
    sure = beyond_chance(*(ranked[name].to_numpy(dtype=float) for name in ("value", "low", "high")))
    lead = sign * ranked["value"].to_numpy(dtype=float)
    wins = [name for name, yes, by in zip(names, sure, lead, strict=True) if yes and by > 0]
    losses = [name for name, yes, by in zip(names, sure, lead, strict=True) if yes and by < 0]
    is_what = "ahead of" if measure.better else "higher than"
    cohorts = "cohort" if len(ranked) == 1 else "cohorts"
    says = f"{us} is {is_what} {them} in {ahead} of {len(ranked)} {cohorts}"
    if wins and losses:
        return f"{says}. By more than chance it leads for {_some(wins)}, and is behind for {_some(losses)}."
    if losses:
        return f"{says}, and behind by more than chance for {_some(losses)}."
    if len(wins) == len(ranked):
        return f"{says}, by more than chance in each."
    if wins:
        return f"{says}, by more than chance for {_some(wins)}."
    return f"{says}, but nowhere by more than chance."


def of_slices(slices: pd.DataFrame, measure: Measure, tried: int | None) -> str:
    """Say how many weak slices, as of `named_slices`, were found among how many looked at."""
    looked = f"Of {tried:,} slices looked at, " if tried else "Of the slices looked at, "
    if slices.empty:
        return f"{looked}none is worse than the rest by more than chance, counting how many were looked at."
    worst = slices.iloc[0]
    are = "1 is" if len(slices) == 1 else f"{len(slices):,} are"
    return (
        f"{looked}{are} worse than the rest by more than chance. First by gap and size: {worst['name']}, with "
        f"{measure.title} {measure.write(worst['mean'])} for {worst['users']:,} listeners against "
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
    difference = ranked["difference"].to_numpy(dtype=float)
    sure = beyond_chance(difference, ranked["difference_low"].to_numpy(), ranked["difference_high"].to_numpy())
    above = [name for name, yes, by in zip(names, sure, difference, strict=True) if yes and by > 0]
    below = [name for name, yes, by in zip(names, sure, difference, strict=True) if yes and by < 0][::-1]
    parts = []
    if above:
        parts.append(f"{_some(above)} {'is' if len(above) == 1 else 'are'} above the rest")
    if below:
        parts.append(f"{_some(below)} {'is' if len(below) == 1 else 'are'} below{'' if above else ' the rest'}")
    if not parts:
        return f"None of the {len(ranked):,} differs from the rest by more than chance."
    return f"By more than chance, {' and '.join(parts)}."


def _some(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return listed(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _none_is_big_enough(minimum: int) -> str:
    return f"No cohort has {minimum:,} listeners or more, so none is ranked. A lower minimum size would rank some."


def about(attributes: Sequence[str]) -> str:
    """Name attributes for a heading, such as Age × Gender."""
    return " × ".join(attribute_name(attribute) for attribute in attributes)
