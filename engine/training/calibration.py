"""Bring logits to probabilities that mean what they say, on pairs that the logits were not fitted on."""

import numpy as np
from sklearn.linear_model import LogisticRegression


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Fit slope and intercept of a logistic regression on logits (Platt, 1999).

    Parameters
    ----------
    logits, labels
        `(pairs,)`; labels 1 for a play, 0 for none, both among them.

    Returns
    -------
    slope, intercept
        Probability = sigmoid(slope · logit + intercept). A slope that would turn the order round is 0: such logits
        say nothing, and the probability is the share of plays.
    """
    fitted = LogisticRegression(C=np.inf).fit(logits[:, None].astype(np.float64), labels > 0)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope > 0:
        return slope, intercept
    share = float(np.mean(labels > 0))
    return 0.0, float(np.log(share / (1 - share)))
