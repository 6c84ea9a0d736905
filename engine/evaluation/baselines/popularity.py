"""What is popular, for everyone alike: by all train plays, or by those that have not faded yet."""

import numpy as np

from engine.data.heat import HALF_LIVES
from engine.data.histories import Histories
from engine.evaluation.baselines.task import Fitted, Task, walk
from engine.evaluation.metrics import Scorer


def popularity(histories: Histories, songs: int) -> Scorer:
    """Score each song by its listeners, the same for everyone."""
    return _for_everyone(np.bincount(histories.songs, minlength=songs))


def fit_popularity(task: Task) -> Fitted:
    """Score each song by its listeners; nothing to tune."""
    return Fitted(popularity(task.train, task.songs), {})


def fit_decayed_popularity(task: Task) -> Fitted | None:
    """Score each song by its plays, which count half after a half-life; None without times.

    The half-life, a share of the time that the train plays span, is the one that ranks validation plays best.
    """
    heat = task.heat
    if heat is None or not heat.any():
        return None

    def attempt(column: int) -> tuple[float, None]:
        reached = task.ndcg(_for_everyone(heat[:, column]))
        task.say(f"half-life {HALF_LIVES[column]:g} of the time: {reached:.4f}")
        return reached, None

    column, reached, _ = walk(range(heat.shape[1]), attempt)
    return Fitted(
        _for_everyone(heat[:, column]), {"half_life": HALF_LIVES[column], "validation_ndcg@10": round(reached, 5)}
    )


def _for_everyone(worth: np.ndarray) -> Scorer:
    row = worth.astype(np.float32)

    def score(users: np.ndarray) -> np.ndarray:
        return np.broadcast_to(row, (len(users), len(row)))

    return score
