"""Metrics of predictions for pairs: will it be played, and how often."""

import numpy as np
from scipy.stats import rankdata

from engine.evaluation.calibration import expected_calibration_error

_SURE = 1e-7  # a probability nearer to 0 or 1 counts as this near, or one wrong pair would be all of the log loss


def auc(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Chance that a played pair ranks above an unplayed one, ties half (Hanley & McNeil, 1982); NaN without both."""
    positive = observed > 0
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(predicted)[positive].sum() - n * (n + 1) / 2) / (n * m))


def average_precision(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Area under precision over recall as a sum of steps, one for each different prediction; NaN without plays."""
    if not observed.any():
        return float("nan")
    order = np.argsort(-predicted, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(predicted[order]) != 0, True))
    hits = np.cumsum(observed[order])[ends]
    recall = hits / hits[-1]
    return float((np.diff(recall, prepend=0.0) * hits / (ends + 1)).sum())


def log_loss(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Mean negative log likelihood in nats."""
    p = np.clip(predicted.astype(np.float64), _SURE, 1 - _SURE)
    return float(-np.mean(observed * np.log(p) + (1 - observed) * np.log1p(-p)))


def classification_metrics(predicted: np.ndarray, observed: np.ndarray) -> dict[str, float]:
    """AUC, PR-AUC, log loss and expected calibration error of probabilities `(pairs,)`."""
    return {
        "auc": auc(predicted, observed),
        "pr_auc": average_precision(predicted, observed),
        "log_loss": log_loss(predicted, observed),
        "ece": expected_calibration_error(predicted, observed),
    }


def regression_metrics(predicted: np.ndarray, observed: np.ndarray) -> dict[str, float]:
    """RMSE, MAE, R² and Spearman's rank correlation, all of log(1 + plays) `(pairs,)`; NaN where undefined."""
    error = predicted - observed
    total = float(((observed - observed.mean()) ** 2).sum())
    ranks = rankdata(predicted), rankdata(observed)
    varied = all(np.ptp(r) > 0 for r in ranks)
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "r2": 1 - float((error**2).sum()) / total if total > 0 else float("nan"),
        "spearman": float(np.corrcoef(*ranks)[0, 1]) if varied else float("nan"),
    }
