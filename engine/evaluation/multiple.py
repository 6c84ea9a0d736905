"""Corrections of p-values for how many there are."""

import numpy as np


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust so that any false alarm at all is as rare as one test alone would have it (Holm, 1979), `(tests,)`.

    Nothing is assumed of how the tests depend on each other.
    """
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    return np.minimum(adjusted, 1.0)


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjust so that the share of false alarms among the alarms is controlled (Benjamini & Hochberg, 1995), `(tests,)`.

    For tests that are independent, or rise and fall together.
    """
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p)[::-1]
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)
