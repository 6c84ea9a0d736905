"""Baselines that stand beside the model in every report, each fitted on train plays and tuned on the validation plays.

A baseline is one function: it takes a `Task` and gives a `Fitted`, or None where the data lack what it needs. A user
without train plays, of whom most of them know nothing, gets what is popular from all of them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from engine.evaluation.baselines.ease import fit_ease
from engine.evaluation.baselines.ials import fit_ials
from engine.evaluation.baselines.item_knn import fit_item_knn
from engine.evaluation.baselines.popularity import fit_decayed_popularity, fit_popularity, popularity
from engine.evaluation.baselines.task import Fitted, Task

Which = Literal["none", "fast", "all"]
WHICH: tuple[Which, ...] = ("none", "fast", "all")

FAST: dict[str, Callable[[Task], Fitted | None]] = {
    "popularity": fit_popularity,
    "decayed popularity": fit_decayed_popularity,
    "item-knn": fit_item_knn,
    "ease": fit_ease,
}
ALL = FAST | {"ials": fit_ials}

__all__ = ["ALL", "FAST", "WHICH", "Fitted", "Task", "Which", "chosen", "fit", "popularity"]


def chosen(which: Which) -> list[str]:
    """Name the baselines of a choice, in the order they are shown."""
    return {"none": [], "fast": list(FAST), "all": list(ALL)}[which]


def fit(name: str, task: Task) -> Fitted | None:
    """Fit a baseline; None where the data lack what it needs."""
    fitted = ALL[name](task)
    if fitted is None or (task.train.counts > 0).all():
        return fitted
    popular = task.listeners.astype(np.float32)

    def score(users: np.ndarray) -> np.ndarray:
        scores = np.array(fitted.scorer(users), dtype=np.float32)
        scores[task.train.counts[users] == 0] = popular
        return scores

    return fitted if name in ("popularity", "decayed popularity") else replace(fitted, scorer=score)
