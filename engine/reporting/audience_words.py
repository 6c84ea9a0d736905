"""Sentences that say who listens to a song; not escaped. "By more than chance" is at the 5 % level, corrected."""

import pandas as pd

from engine.evaluation.audience import MINIMUM, OTHER, Audience
from engine.reporting.attributes import value_name
from engine.reporting.words import count, listed

MOST_NAMED = 3


def of_audience(audience: Audience) -> str:
    """Say how many listeners a song has, and how they differ from all listeners."""
    n = audience.listeners
    if n == 0:
        return "Nobody had played it yet in the plays that the model was trained on."
    listeners = f"{count(n)} {'listener' if n == 1 else 'listeners'} in the plays that the model was trained on"
    if audience.table.empty:
        if not audience.known:
            return f"{listeners}. Nothing is known of who they are."
        few = "too few" if n < MINIMUM else "too few of whom anything is known"
        return f"Only {listeners}: {few} to say who they are. From {MINIMUM} on it is shown."
    return f"{listeners}. {_differences(audience.table)}"


def _differences(table: pd.DataFrame) -> str:
    found = table[table["differs"] & (table["value"] != OTHER)]
    if found.empty:
        return "They are much like all listeners: no group is larger or smaller by more than chance."
    found = found.assign(by=found["share"] - found["everyone"])
    found = found.loc[found["by"].abs().sort_values(ascending=False, kind="stable").index]
    parts = []
    for word, rows in (("more", found[found["by"] > 0]), ("fewer", found[found["by"] < 0])):
        named = [
            f"{_group(a, value_name(a, v))} ({s:.0%} against {e:.0%})"
            for a, v, s, e in rows[["attribute", "value", "share", "everyone"]].head(MOST_NAMED).itertuples(index=False)
        ]
        if named:
            rest = len(rows) - len(named)
            parts.append(f"{word} are {listed([*named, f'{rest} more'] if rest else named)}")
    return f"By more than chance, {', and '.join(parts)} than among all listeners."


def _group(attribute: str, value: str) -> str:
    """Say of people what an attribute's value says: aged 25–34, female, from Ghana."""
    return {"age_band": f"aged {value}", "country": f"from {value}"}.get(attribute, value)
