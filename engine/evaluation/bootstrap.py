"""Bootstrap intervals over users."""

import numpy as np


def mean_intervals(
    values: np.ndarray, draws: int = 2_000, level: float = 0.95, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap intervals of column means (Efron & Tibshirani, 1993), all columns on the same draws.

    Parameters
    ----------
    values
        `(users, columns)`, one value a user; for a paired comparison the differences. At least one user.

    Returns
    -------
    low, high
        Each `(columns,)`.
    """
    users = len(values)
    rng = np.random.default_rng(seed)
    means = np.empty((draws, values.shape[1]))
    for draw in range(draws):
        counts = np.bincount(rng.integers(0, users, users), minlength=users)
        means[draw] = counts @ values / users
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
