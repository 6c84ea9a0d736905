"""Implicit alternating least squares (Hu et al., ICDM 2008), with `implicit`, over a wide grid.

Rendle et al., "Revisiting the Performance of iALS on Item Recommendation Benchmarks", RecSys 2022: with more factors
and a regularisation that is searched for, it is a much stronger baseline than with the settings it is often given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from engine.evaluation.baselines.task import Fitted, Task, walk
from engine.evaluation.metrics import Scorer

REGULARISATIONS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
CONFIDENCES = (5.0, 20.0, 80.0)  # of an average play, beside 1 for a song not played
FACTORS = (64, 128, 256)
ITERATIONS = 15

_Factors = tuple[np.ndarray, np.ndarray]


def fit_ials(task: Task) -> Fitted | None:
    """Fit it for several regularisations, then confidences, then sizes, each time around the best so far.

    What a play counts grows with the logarithm of how often a song was played, as in the model. None for fewer users
    or songs than factors.
    """
    if min(len(task.train.counts), task.songs) < FACTORS[0]:
        return None
    settings: dict[str, Any] = {"factors": FACTORS[1], "regularisation": 30.0, "confidence": CONFIDENCES[1]}

    def trying(name: str) -> Callable[[float], tuple[float, _Factors]]:
        def attempt(value: float) -> tuple[float, _Factors]:
            asked = {**settings, name: value}
            if name == "confidence":  # the ratio of both is what regularises
                asked["regularisation"] = settings["regularisation"] * value / settings["confidence"]
            factors = _factors(task, **asked)
            reached = task.ndcg(_scorer(factors))
            task.say(f"{name} {value:g}: {reached:.4f}")
            return reached, factors

        return attempt

    best, _, found = walk(REGULARISATIONS, trying("regularisation"))
    settings["regularisation"] = best
    best, _, found = walk(CONFIDENCES, trying("confidence"), 1)
    settings["regularisation"] *= best / settings["confidence"]
    settings["confidence"] = best
    best, reached, found = walk(FACTORS, trying("factors"), 1)
    settings["factors"] = best
    return Fitted(_scorer(found), {**settings, "validation_ndcg@10": round(reached, 5)})


def _factors(task: Task, factors: int, regularisation: float, confidence: float) -> _Factors:
    from implicit.cpu.als import AlternatingLeastSquares  # .4 s to import, and not needed by the fast baselines

    weights = np.ones(len(task.train.songs)) if task.train.weights is None else task.train.weights
    worth = np.maximum(confidence * weights, 1.0).astype(np.float32)
    plays = sparse.csr_matrix((worth, task.train.songs, task.train.starts), shape=task.plays.shape)
    # Its own threads share the work; a BLAS that shares it once more makes it ten times slower.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=int(factors), regularization=regularisation, alpha=1.0, iterations=ITERATIONS,
            random_state=task.seed,
        )  # fmt: skip
        model.fit(plays, show_progress=False)
    return np.asarray(model.user_factors), np.asarray(model.item_factors)


def _scorer(factors: _Factors) -> Scorer:
    users_side, songs_side = factors

    def score(users: np.ndarray) -> np.ndarray:
        return np.asarray(users_side[users] @ songs_side.T)

    return score
