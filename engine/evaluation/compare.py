"""The model and its baselines on the test plays: per-user metrics, paired.

Histories are the train plays, for the model and the baselines alike; songs played in train or validation are not
candidates, and what counts is the test songs that are new to the user.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TEST, TRAIN, VALID, new_to_user
from engine.evaluation.baselines import fit_ease, popularity
from engine.evaluation.bootstrap import mean_intervals
from engine.evaluation.metrics import Scorer, ranking_metrics

METRICS = ("ndcg@10", "recall@20", "hit_rate@10")
MODEL = "lhydra"


def compare_with_baselines(
    prepared: Prepared, model: Scorer, on_progress: Callable[[str], None] = lambda stage: None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Evaluate the model, EASE and popularity on the test part.

    Parameters
    ----------
    model
        Scores all songs for users, from their train plays.

    Returns
    -------
    frame
        One row a model and user: `model`, `user_id`, and a column a metric.
    notes
        Users evaluated and left out, and EASE's settings.
    """
    users, songs = len(prepared.users), len(prepared.songs)
    train = Histories.from_plays(prepared.part(TRAIN), users)
    valid = Histories.from_plays(new_to_user(prepared.part(VALID), prepared.part(TRAIN)), users)
    seen = Histories.from_plays(prepared.part(TRAIN, VALID), users)
    truth = Histories.from_plays(new_to_user(prepared.part(TEST), prepared.part(TRAIN, VALID)), users)
    judged = np.flatnonzero((truth.counts > 0) & (train.counts > 0))
    notes: dict[str, Any] = {
        "users": len(judged),
        "users_without_train_plays": int(((truth.counts > 0) & (train.counts == 0)).sum()),
    }

    on_progress("evaluating: tuning EASE on validation")
    ease = fit_ease(train, valid, songs)
    notes["ease"] = {"lambda": ease.regularisation, "songs": len(ease.chosen)}
    scorers = {
        MODEL: model,
        "ease": ease.scorer(train),
        "popularity": popularity(train, songs),
    }
    frames = []
    for name, scorer in scorers.items():
        on_progress(f"evaluating {name}")
        frames.append(ranking_metrics(scorer, judged, seen, truth, songs).assign(model=name))
    frame = pd.concat(frames, ignore_index=True)
    frame["user_id"] = prepared.users["user_id"].to_numpy()[frame.pop("user_index")]
    return frame[["model", "user_id", *METRICS]], notes


def summarise(frame: pd.DataFrame, notes: dict[str, Any]) -> dict[str, Any]:
    """Mean and 95 % bootstrap interval of each metric, and the model's paired lead over each baseline in NDCG@10."""
    columns = {}
    for name, table in frame.groupby("model", sort=False):
        for metric in METRICS:
            columns["models", name, metric] = table.set_index("user_id")[metric]
    for name in frame["model"].unique():
        if name != MODEL:
            columns["lead", name, "ndcg@10"] = columns["models", MODEL, "ndcg@10"] - columns["models", name, "ndcg@10"]

    summary: dict[str, Any] = {**notes, "models": {}, "lead": {}}
    if not columns:  # no user has a test song
        return summary
    values = np.column_stack([column.to_numpy() for column in columns.values()])
    for key, mean, low, high in zip(columns, values.mean(axis=0), *mean_intervals(values), strict=True):
        group, name, metric = key
        figures = {"mean": round(float(mean), 5), "low": round(float(low), 5), "high": round(float(high), 5)}
        if group == "lead":
            summary["lead"][name] = figures
        else:
            summary["models"].setdefault(name, {})[metric] = figures
    return summary
