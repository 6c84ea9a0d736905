"""The whole evaluation: baselines fitted and tuned, every metric for every user, intervals, cohorts and weak slices.

All it needs of the model are the lists that it ranked (`engine/evaluation/judged.py`), so that it loads no model.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.evaluation import baselines
from engine.evaluation.bias import popularity_bias
from engine.evaluation.bootstrap import DRAWS, mean_intervals, p_values, percentile_interval, resampled_means
from engine.evaluation.cohorts import DRAWS as COHORT_DRAWS
from engine.evaluation.cohorts import MINIMUM, grouped_table
from engine.evaluation.judged import Judged, Lists, rank
from engine.evaluation.list_metrics import (
    coverage,
    diversity,
    history_popularity,
    mean_popularity,
    novelty,
    popularity_lift,
    popularity_shares,
    song_profiles,
)
from engine.evaluation.members import cohort_members
from engine.evaluation.metrics import accuracy, hits, ndcg_at_k
from engine.evaluation.multiple import holm
from engine.evaluation.slices import weak_slices
from engine.evaluation.tables import COLUMNS, COVERAGE, METRICS, MODEL, empty_table

HEADLINE = ("ndcg@10", "recall@20", "hit_rate@10")
TABLES = ("per_user", "metrics", "comparisons", "cohort_members", "slices", "cohorts", "bias")
_SAME = "discovery_ndcg@10"  # as ndcg@10, under the name that says what it is beside repeats


@dataclass(frozen=True)
class Evaluation:
    """The tables that `engine/evaluation/tables.py` describes, by name, and notes on them."""

    tables: dict[str, pd.DataFrame]
    summary: dict[str, Any]


def evaluate(
    judged: Judged,
    model: Lists,
    which: baselines.Which = "fast",
    seed: int = 0,
    say: Callable[[str], None] = lambda text: None,
) -> Evaluation:
    """Judge the model's lists and those of its baselines on the test plays.

    Parameters
    ----------
    model
        What the model, trained without validation and test plays, ranked first for the judged users.
    which
        Baselines to fit: none, those that take seconds, or all.
    say
        Told what is being done.
    """
    started = time.perf_counter()
    notes: dict[str, Any] = {**judged.notes(), "baselines": {}, "left_out": {}}
    if not len(judged.judged):
        return Evaluation({name: empty_table(name) for name in TABLES}, {**notes, "slices_tried": 0})
    lists = {MODEL: model}
    for name in baselines.chosen(which):
        say(f"tuning {name}")
        task = baselines.Task(
            judged.train, judged.valid, len(judged.songs), judged.heat, seed,
            lambda text, name=name: say(f"tuning {name} · {text}"),  # type: ignore[misc]
        )  # fmt: skip
        fitted = baselines.fit(name, task)
        if fitted is None:
            notes["left_out"][name] = "the data lack what it needs, such as times"
            continue
        say(f"ranking with {name}")
        notes["baselines"][name] = fitted.settings
        lists[name] = rank(judged, fitted.scorer)
    say("measuring lists")
    shares = popularity_shares(judged.train, len(judged.songs))
    profiles, described_by = song_profiles(judged.genres, judged.train, len(judged.songs))
    values = {name: _values(judged, found, shares, profiles) for name, found in lists.items()}
    user_ids = judged.users["user_id"].to_numpy()[judged.judged]
    per_user = pd.concat(
        [frame.assign(model=name, user_id=user_ids) for name, frame in values.items()], ignore_index=True
    )
    per_user = per_user[[*COLUMNS["per_user"], *(name for name in METRICS if name in per_user)]]
    say("drawing intervals")
    covered = {name: coverage(found.new, len(judged.songs)) for name, found in lists.items()}
    metrics, comparisons = _metrics(values, covered, seed), _comparisons(values, seed)
    say("comparing cohorts")
    members, bounds = cohort_members(judged)
    cohorts = _cohorts(values[MODEL].set_axis(user_ids, axis=0), members, seed)
    bias = popularity_bias(
        judged, {name: found.new for name, found in lists.items()}, members, MINIMUM, COHORT_DRAWS, seed
    )
    say("looking for weak slices")
    found = weak_slices(values[MODEL]["ndcg@10"].set_axis(user_ids), members, seed=seed)
    tables = (per_user, metrics, comparisons, members, found.table, cohorts, bias)
    notes |= {
        "diversity_by": described_by,
        "cohorts": bounds,
        "minimum": MINIMUM,
        "draws": DRAWS,
        "slices_tried": found.tried,
        "seconds": round(time.perf_counter() - started, 1),
    }
    return Evaluation(dict(zip(TABLES, tables, strict=True)), notes)


def headline(evaluation: Evaluation) -> dict[str, Any]:
    """Give what a manifest and the command line say: means with intervals, and the model's paired lead in NDCG@10."""
    notes = evaluation.summary
    said: dict[str, Any] = {
        key: notes[key] for key in ("users", "users_without_train_plays", "baselines", "left_out", "slices_tried")
    }
    said |= {"ease": notes["baselines"].get("ease", {}), "models": {}, "lead": {}}
    for row in evaluation.tables["metrics"].itertuples():
        if row.metric in HEADLINE:
            said["models"].setdefault(row.model, {})[row.metric] = _figures(row.value, row.low, row.high)
    for row in evaluation.tables["comparisons"].itertuples():
        if row.metric == HEADLINE[0]:
            said["lead"][row.baseline] = _figures(row.difference, row.low, row.high)
    return said


def _values(judged: Judged, lists: Lists, shares: np.ndarray, profiles: Any) -> pd.DataFrame:
    """Every metric of one model for each judged user, a column each; NaN where it isn't defined."""
    users, songs = judged.judged, len(judged.songs)
    new = judged.truth.counts[users] > 0
    found = accuracy(lists.new[new], users[new], judged.truth, songs).drop(columns="user_index")
    frame = found.set_axis(np.flatnonzero(new), axis=0).reindex(np.arange(len(users)))
    popular = mean_popularity(lists.new, shares)
    frame["novelty@20"] = novelty(lists.new, judged.train, songs)
    frame["diversity@20"] = diversity(lists.new, profiles)
    frame["popularity_lift@20"] = popularity_lift(popular, history_popularity(users, judged.train, shares))
    if lists.known is not None and judged.repeats is not None:
        back = judged.returned
        hit = hits(lists.known[back], users[back], judged.repeats, songs)
        repeat = np.full(len(users), np.nan)
        repeat[back] = ndcg_at_k(hit, judged.repeats.counts[users[back]])
        frame[_SAME] = frame["ndcg@10"]
        frame["repeat_ndcg@10"] = repeat
    return frame


def _metrics(values: dict[str, pd.DataFrame], covered: dict[str, float], seed: int) -> pd.DataFrame:
    rows = []
    for model, frame in values.items():
        numbers = frame.to_numpy(np.float64)
        users = np.isfinite(numbers).sum(axis=0)
        low, high = mean_intervals(numbers, DRAWS, seed=seed)
        rows.append(
            pd.DataFrame(
                {
                    "model": model, "metric": frame.columns, "value": frame.mean().to_numpy(), "low": low, "high": high,
                    "users": users,
                }
            )
        )  # fmt: skip
        whole = {"model": model, "metric": COVERAGE.name, "value": covered[model], "low": np.nan, "high": np.nan}
        rows.append(pd.DataFrame([{**whole, "users": len(frame)}]))
    table = pd.concat(rows, ignore_index=True)
    return table[(table["users"] > 0).to_numpy()].reset_index(drop=True)


def _comparisons(values: dict[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    """The model minus each baseline for the same users and the same draws, p-values adjusted for all there are."""
    rows = []
    for baseline, frame in values.items():
        if baseline == MODEL:
            continue
        differences = (values[MODEL] - frame).drop(columns=_SAME, errors="ignore")
        numbers = differences.to_numpy(np.float64)
        drawn = resampled_means(numbers, DRAWS, seed)
        users = np.isfinite(numbers).sum(axis=0)
        low, high = percentile_interval(drawn, users)
        rows.append(
            pd.DataFrame(
                {
                    "baseline": baseline, "metric": differences.columns, "difference": differences.mean().to_numpy(),
                    "low": low, "high": high, "p": p_values(drawn, users),
                }
            )
        )  # fmt: skip
    if not rows:
        return empty_table("comparisons")
    table = pd.concat(rows, ignore_index=True)
    table = table[table["difference"].notna()].reset_index(drop=True)
    return table.assign(p_adjusted=holm(table["p"].to_numpy()))


def _cohorts(values: pd.DataFrame, members: pd.DataFrame, seed: int) -> pd.DataFrame:
    tables = []
    for attribute in members.columns.drop("user_id"):
        table = grouped_table(values, members, [attribute], MINIMUM, COHORT_DRAWS, seed).drop(columns=attribute)
        tables.append(table.assign(attribute=attribute))
    if not tables:
        return empty_table("cohorts")
    return pd.concat(tables, ignore_index=True)[list(COLUMNS["cohorts"])]


def _figures(mean: Any, low: Any, high: Any) -> dict[str, float | None]:
    named = {"mean": mean, "low": low, "high": high}
    return {name: round(float(value), 5) if np.isfinite(value) else None for name, value in named.items()}
