"""Whether probabilities mean what they say: of the pairs that were given 30 %, three in ten should be played."""

import numpy as np
import pandas as pd

BINS = 15


def reliability(predicted: np.ndarray, observed: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Sort pairs by probability and cut them into bins of equal mass.

    Bins of equal width would leave most of the pairs in the lowest one, and a handful in others. Where many pairs have
    the same probability a bin's edge falls among them, in the order given.

    Parameters
    ----------
    predicted
        `(pairs,)` probabilities.
    observed
        `(pairs,)`, 1 for a play and 0 for none.

    Returns
    -------
    frame
        One row a bin, the lowest first: `predicted` and `observed` (means) and `pairs` (how many); fewer bins than
        asked for where there are fewer pairs.
    """
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return pd.DataFrame(
        {
            "predicted": [float(predicted[part].mean()) for part in parts],
            "observed": [float(observed[part].mean()) for part in parts],
            "pairs": [len(part) for part in parts],
        }
    )


def expected_calibration_error(predicted: np.ndarray, observed: np.ndarray, bins: int = BINS) -> float:
    """Mean absolute difference of predicted and observed over bins of equal mass, weighed by their pairs.

    Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015, with bins of equal mass
    as in Nixon et al., "Measuring Calibration in Deep Learning", 2019. NaN without pairs.
    """
    frame = reliability(predicted, observed, bins)
    if frame.empty:
        return float("nan")
    return float(np.average((frame["predicted"] - frame["observed"]).abs(), weights=frame["pairs"]))
