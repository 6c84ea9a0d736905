"""Which of many differences are beyond chance, read off their intervals and corrected for how many were looked at."""

import math

import numpy as np

from engine.evaluation.multiple import holm

LEVEL = 0.05
_WIDTH = 2 * 1.959964  # of a 95 % interval, in standard errors


def beyond_chance(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Tell which differences are not 0, by Holm's correction at the 5 % level (Holm, 1979).

    A 95 % interval's width gives the standard error, and that a normal approximation of each p-value.

    Parameters
    ----------
    value, low, high
        `(n,)` differences with their intervals; one without an interval is never beyond chance.

    Returns
    -------
    sure
        `(n,)` bool.
    """
    value, low, high = (np.asarray(part, dtype=np.float64) for part in (value, low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(value) / ((high - low) / _WIDTH)
    p = np.array([math.erfc(x / math.sqrt(2)) if np.isfinite(x) else 1.0 for x in z])
    return holm(p) <= LEVEL
