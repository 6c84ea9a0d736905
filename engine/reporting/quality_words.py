"""Sentences that say how good a model is, beside what, and how sure that is; not escaped."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.reporting import quality_facts as facts
from engine.reporting.measures import OURS, measure, model_name


def of_ranking(table: pd.DataFrame, compared: pd.DataFrame, metric: str) -> str:
    """Say a metric of the model and how it stands to the best baseline."""
    what, ours = measure(metric), facts.figure(table, OURS, metric)
    if ours is None:
        return f"{what.title} was not measured: no listener had a held-out song that was new to them."
    says = f"{what.title} is {what.write(ours['value'])} {what.interval(ours['low'], ours['high'])}".rstrip()
    rival = facts.best_baseline(table, metric)
    if rival is None:
        return f"{says}. Nothing was measured beside it."
    theirs = facts.figure(table, rival, metric)
    assert theirs is not None
    if not what.better:
        return f"{says}; {model_name(rival)}, the highest of the baselines, has {what.write(theirs['value'])}."
    says += f"; the best baseline, {model_name(rival)}, reaches {what.write(theirs['value'])}"
    by = facts.lead(compared, rival, metric)
    if by is None:
        return f"{says}."
    reach = what.interval(by["low"], by["high"], signed=True)
    sure = by["p_adjusted"] < 0.05 if "p_adjusted" in by else not by["low"] <= 0 <= by["high"]
    chance = "by more than chance" if sure else "which may be chance"
    where = "ahead" if by["difference"] > 0 else "behind"
    by_how_much = f"{what.difference(by['difference'])} {reach}".rstrip()
    return f"{says}. For the same listeners Lhydra is {where}, {by_how_much}, {chance}."


def in_short(table: pd.DataFrame, compared: pd.DataFrame, metric: str) -> str:
    """Say in a sentence whether the model is better than the best baseline; nothing where that was not measured."""
    what, ours, rival = measure(metric), facts.figure(table, OURS, metric), facts.best_baseline(table, metric)
    theirs = facts.figure(table, rival, metric) if rival else None
    if ours is None or rival is None or theirs is None:
        return ""
    by = facts.lead(compared, rival, metric)
    sure = by is not None and (by["p_adjusted"] < 0.05 if "p_adjusted" in by else not by["low"] <= 0 <= by["high"])
    ahead = ours["value"] >= theirs["value"]
    return (
        f"It ranks {'better' if ahead else 'worse'} than the best baseline, {model_name(rival)}: {what.title} "
        f"{what.write(ours['value'])} against {what.write(theirs['value'])}, "
        f"{'more than chance' if sure else 'which may be chance'}."
    )


def of_calibration(bins: pd.DataFrame, ece: float | None) -> str:
    """Say how far predicted chances are from what happened."""
    if bins.empty:
        return "Nothing was predicted."
    off = (bins["predicted"] - bins["observed"]).abs()
    worst = bins.loc[off.idxmax()]
    given, played = worst["predicted"], worst["observed"]
    says = f"Where they differ most, a chance of {given:.0%} was given and {played:.0%} were played"
    return f"{says}." if ece is None else f"On average chances are off by {ece:.1%}. {says}."


def of_roc(figures: Mapping[str, Any]) -> str:
    """Say how well played songs are told from those that were not."""
    auc = figures.get("auc")
    if auc is None:
        return "There are too few pairs to tell played songs from others."
    return f"Of a song that was played and one that was not, the played one gets the higher chance {auc:.0%} of times."


def of_precision(figures: Mapping[str, Any]) -> str:
    """Say how much better than guessing the highest chances are."""
    precision, pairs = figures.get("pr_auc"), figures.get("pairs")
    if precision is None or not pairs:
        return "There are too few pairs to tell."
    guess = figures.get("played", 0) / pairs
    return f"Precision averaged over recall is {precision:.2f}; guessing, the dashed line, would give {guess:.2f}."


def of_training(curve: pd.DataFrame, best_epoch: int | None) -> str:
    """Say how long training went on and where it was best."""
    if curve.empty or "ndcg@10" not in curve:
        return "How training went was not kept."
    best = best_epoch or int(curve.loc[curve["ndcg@10"].idxmax(), "epoch"])
    at = curve.loc[curve["epoch"] == best, "ndcg@10"]
    value = f" with NDCG@10 {at.iloc[0]:.3f} on validation plays" if len(at) else ""
    return f"Training went through the data {len(curve):,} times and was best after {best:,}{value}; that was kept."


def of_folds(table: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    """Say what the folds of a cross-validation have in common and how far they differ."""
    what = measure("ndcg@10")
    kind = "windows of time" if summary.get("by") == "time" else "folds of listeners"
    mean, lead = summary["mean"]["ndcg@10"], summary["lead"]
    values = table["ndcg@10"].dropna()
    if mean["mean"] is None or values.empty:
        return f"None of the {len(table)} {kind} has anyone to judge."
    says = f"Over {len(table)} {kind}, NDCG@10 is {what.write(mean['mean'])} {_interval(mean)} on average, between "
    says += f"{what.write(float(values.min()))} and {what.write(float(values.max()))}"
    if lead["mean"] is None:
        return f"{says}."
    lead_text = f"{what.difference(lead['mean'])} {_interval(lead, signed=True)}".rstrip()
    return f"{says}; {lead_text} over popularity."


def of_bundles(table: pd.DataFrame, metric: str, name: str) -> str:
    """Say how a bundle stands among others; `table` as `bundle`, `value`, `low`, `high`, `same` (data as this one)."""
    what, mine = measure(metric), table[table["bundle"] == name]
    if mine.empty or len(table) < 2:
        return "There is no other bundle to compare with."
    others = table[(table["bundle"] != name) & table["same"]]
    if others.empty:
        return (
            "No other bundle here is of the same data and split, so the figures stand side by side, not against each "
            "other: how high a metric can get depends on the data."
        )
    best = others.loc[others["value"].idxmax()]
    return (
        f"Of the same data and split, {best['bundle']} has {what.title} {what.write(best['value'])}, this one "
        f"{what.write(mine['value'].iloc[0])}."
    )


def _interval(figures: Mapping[str, Any], signed: bool = False) -> str:
    low, high = (np.nan if figures[name] is None else float(figures[name]) for name in ("low", "high"))
    return measure("ndcg@10").interval(low, high, signed=signed)
