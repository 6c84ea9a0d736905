"""Bootstrap intervals over users."""

import numpy as np


def mean_interval(values: np.ndarray, draws: int = 2_000, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean (Efron & Tibshirani, 1993).

    Parameters
    ----------
    values
        `(users,)`, one value a user; for a paired comparison the differences.

    Returns
    -------
    low, high
        NaN for both if there are no values.
    """
    if len(values) == 0:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    # Drawing how often each user occurs costs memory in draws × users only for the block at hand.
    means = np.empty(draws)
    for start in range(0, draws, 100):
        counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=min(100, draws - start))
        means[start : start + len(counts)] = counts @ values / len(values)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
