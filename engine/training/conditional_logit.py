"""Weigh what speaks for a song by how likely it makes what users were seen to choose.

The likelihood reads every held-out play, where a ranking metric reads the few that reach the first ten: with some
dozen users to weigh by, it is the far less noisy of the two.
"""

import numpy as np
from scipy.optimize import minimize

_MOST_STEPS = 100


def fit_conditional_logit(
    scores: np.ndarray,
    features: np.ndarray,
    barred: tuple[np.ndarray, np.ndarray],
    chosen: tuple[np.ndarray, np.ndarray],
    pull: float,
) -> tuple[float, np.ndarray]:
    """Fit p(song | user) ∝ exp(t · score + features · w), t and w not negative, by penalised maximum likelihood.

    McFadden, "Conditional logit analysis of qualitative choice behavior" (1974). Each user counts the same, however
    many songs they chose.

    Parameters
    ----------
    scores
        `(users, songs)` float32, of standard deviation about 1.
    features
        `(songs, features)`, the same for all users.
    barred
        Rows and songs, `(pairs,)` each, that are no candidates.
    chosen
        Rows and songs, `(pairs,)` each, at least one pair; none of them barred.
    pull
        Of the squares of t − 1 and of w towards 0, against the sum of the users' log likelihoods.

    Returns
    -------
    temperature, weights
        t and w `(features,)`.
    """
    users, (row, song) = len(scores), chosen
    told = features.astype(np.float32)
    share = (1 / np.bincount(row, minlength=users)[row]).astype(np.float32)
    choosing = np.bincount(row, minlength=users) > 0
    start = np.zeros(1 + told.shape[1])
    start[0] = 1.0

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        t, w = np.float32(values[0]), values[1:].astype(np.float32)
        utility = t * scores + told @ w
        utility[barred] = -np.inf
        of_chosen = utility[row, song]
        top = utility.max(axis=1, keepdims=True)
        np.exp(utility - top, out=utility)
        total = utility.sum(axis=1, keepdims=True)
        utility *= choosing[:, None] / total  # now each candidate's probability, 0 for users who chose nothing
        negative = float(share @ ((top + np.log(total))[row, 0] - of_chosen))
        of_t = float(np.einsum("us,us->", utility, scores)) - float(share @ scores[row, song])
        of_w = utility.sum(axis=0) @ told - share @ told[song]
        away = values - start
        return negative + pull * float(away @ away), np.append(of_t, of_w).astype(np.float64) + 2 * pull * away

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start), options={"maxiter": _MOST_STEPS}
    )
    return float(found.x[0]), found.x[1:]
