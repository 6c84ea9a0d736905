"""Curves of a classifier over all thresholds, thinned out to what can be drawn."""

import numpy as np
import pandas as pd

MOST_POINTS = 400


def roc_curve(predicted: np.ndarray, observed: np.ndarray, most: int = MOST_POINTS) -> pd.DataFrame:
    """False against true positive rate (Fawcett, 2006), from (0, 0) to (1, 1); empty without both kinds of pairs.

    Parameters
    ----------
    predicted
        `(pairs,)` probabilities. Equal ones pass the threshold together, so the curve cuts corners there.
    observed
        `(pairs,)`, 1 for a play and 0 for none.
    """
    hits, misses = _passed(predicted, observed)
    if not len(hits) or not hits[-1] or not misses[-1]:
        return pd.DataFrame({"false_positive_rate": [], "true_positive_rate": []})
    x, y = (np.concatenate([[0.0], counts / counts[-1]]) for counts in (misses, hits))
    kept = _thinned(x + y, most)
    return pd.DataFrame({"false_positive_rate": x[kept], "true_positive_rate": y[kept]})


def precision_recall_curve(predicted: np.ndarray, observed: np.ndarray, most: int = MOST_POINTS) -> pd.DataFrame:
    """Precision against recall at each threshold, from the highest on (Davis & Goadrich, 2006); empty without plays."""
    hits, misses = _passed(predicted, observed)
    if not len(hits) or not hits[-1]:
        return pd.DataFrame({"recall": [], "precision": []})
    recall, precision = hits / hits[-1], hits / (hits + misses)
    # Points by recall alone would leave out where precision falls at no recall, at the very start.
    kept = _thinned(recall + np.linspace(0, 1e-6, len(recall)), most)
    return pd.DataFrame({"recall": recall[kept], "precision": precision[kept]})


def _passed(predicted: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plays and others that pass each threshold, the highest first."""
    order = np.argsort(-predicted, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(predicted[order]) != 0, True)) if len(order) else np.empty(0, np.int64)
    hits = np.cumsum(observed[order])[ends]
    return hits, ends + 1 - hits


def _thinned(way: np.ndarray, most: int) -> np.ndarray:
    """Places that are about evenly spread along `way`, ascending, with both ends."""
    if len(way) <= most:
        return np.arange(len(way))
    return np.unique(np.searchsorted(way, np.linspace(way[0], way[-1], most)).clip(0, len(way) - 1))
