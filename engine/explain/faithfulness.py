"""How far attributions can be trusted: what is named first must matter most, and by a network that has learnt nothing
something else must be named.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from engine.explain.score import PresenceScore

RANDOM_ORDERS = 10


@dataclass(frozen=True)
class Areas:
    """Mean height of two curves, as shares of the score difference.

    `deletion`: parts are taken away one by one, the largest attribution first; the lower the better. `insertion`: they
    are put in; the higher the better. `random_…` are the same in random orders, on average.
    """

    deletion: float
    insertion: float
    random_deletion: float
    random_insertion: float


def areas(score: PresenceScore, attributions: np.ndarray, rng: np.random.Generator) -> Areas:
    """Measure deletion and insertion (Petsiuk et al., "RISE", BMVC 2018) of a score by its attributions `(presences,)`.

    The largest first in the direction of the difference: what lifts a song that scores above the baseline's.
    """
    count = len(attributions)
    with torch.no_grad():
        top, bottom = score(torch.stack([torch.ones(count), torch.zeros(count)]).double()).tolist()
    order = np.argsort(-attributions * np.sign(top - bottom), kind="stable")
    named, drawn = _curves(score, order), [_curves(score, rng.permutation(count)) for _ in range(RANDOM_ORDERS)]
    heights = np.array([named, *drawn])
    heights = (heights - bottom) / (top - bottom)
    return Areas(heights[0, 0], heights[0, 1], heights[1:, 0].mean(), heights[1:, 1].mean())


def _curves(score: PresenceScore, order: np.ndarray) -> tuple[float, float]:
    """Mean score while parts are taken away in an order, and while they are put in."""
    steps = torch.ones(len(order) + 1, len(order), dtype=torch.float64).tril(-1)  # row k: the first k are there
    there = torch.zeros_like(steps)
    there[:, torch.from_numpy(order.copy())] = steps
    with torch.no_grad():
        return float(score(1 - there).mean()), float(score(there).mean())


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation, equal values sharing their ranks; NaN where one of them is the same throughout."""
    a, b = (pd.Series(x).rank().to_numpy() for x in (first, second))
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b / size) if size > 0 else float("nan")
