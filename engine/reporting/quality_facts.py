"""How good a model is, as one kind of table whatever a bundle holds: its evaluation's, or its manifest's figures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from engine.evaluation.tables import COLUMNS
from engine.reporting.measures import HEADLINE, MEASURES, OURS, Measure


def ranking(metrics: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Give `model`, `metric`, `value`, `low`, `high`, `users`: the table of an evaluation, or a manifest's figures."""
    if len(metrics):
        return metrics
    noted = _part(manifest, "metrics")
    rows = [
        (model, metric, figures.get("mean"), figures.get("low"), figures.get("high"), noted.get("users", 0))
        for model in _part(noted, "models")
        for metric, figures in _part(_part(noted, "models"), model).items()
        if isinstance(figures, dict)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["metrics"])).astype({"value": float, "low": float, "high": float})


def comparisons(compared: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Give `baseline`, `metric`, `difference`, `low`, `high`: the table of an evaluation, or a manifest's figures."""
    if len(compared):
        return compared
    leads = _part(_part(manifest, "metrics"), "lead")
    found = {name: _part(leads, name) for name in leads}
    rows = [(name, "ndcg@10", f.get("mean"), f.get("low"), f.get("high")) for name, f in found.items()]
    return pd.DataFrame(rows, columns=["baseline", "metric", "difference", "low", "high"])


def of_metric(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Give one metric's rows, the highest value first."""
    rows = table[(table["metric"] == metric) & table["value"].notna()]
    return rows.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


def figure(table: pd.DataFrame, model: str, metric: str) -> dict[str, float] | None:
    """Give `value`, `low`, `high` of a model's metric; None where it was not measured."""
    names = ("model", "metric", "value", "low", "high")
    for its_model, its_metric, *figures in zip(*(table[name].tolist() for name in names), strict=True):
        if (its_model, its_metric) == (model, metric) and pd.notna(figures[0]):
            return dict(zip(names[2:], map(float, figures), strict=True))
    return None


def cell(what: Measure, found: Mapping[str, float] | None) -> str:
    """Write a figure with its interval, or a dash where there is none."""
    return (
        "–" if found is None else f"{what.write(found['value'])} {what.interval(found['low'], found['high'])}".rstrip()
    )


def best_baseline(table: pd.DataFrame, metric: str) -> str | None:
    """Name the baseline with the highest value of a metric."""
    rows = of_metric(table[table["model"] != OURS], metric)
    return None if rows.empty else str(rows["model"].iloc[0])


def lead(compared: pd.DataFrame, baseline: str, metric: str) -> dict[str, float] | None:
    """Give what the model has more than a baseline, `difference`, `low`, `high`; None where they weren't compared."""
    rows = compared[(compared["baseline"] == baseline) & (compared["metric"] == metric)]
    if rows.empty or pd.isna(rows.iloc[0]["difference"]):
        return None
    found = {name: float(rows.iloc[0][name]) for name in ("difference", "low", "high")}
    adjusted = rows.iloc[0].get("p_adjusted")
    return found if adjusted is None or pd.isna(adjusted) else {**found, "p_adjusted": float(adjusted)}


def metric_names(table: pd.DataFrame) -> list[str]:
    """List a table's metrics in the order they are shown in: the headline's first."""
    there = [str(name) for name in table["metric"].unique()]
    order = [*HEADLINE, *(name for name in MEASURES if name not in HEADLINE), *there]
    return [name for name in dict.fromkeys(order) if name in there]


def head_metrics(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give what is known of the prediction layer: `classification` and `regression`, each with its figures."""
    noted = _part(_part(manifest, "metrics"), "head")
    return {task: noted[task] for task in ("classification", "regression") if isinstance(noted.get(task), dict)}


def _part(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of a record that anyone may have edited: empty where it is no record itself."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}
