"""Weigh what speaks for a song by how likely it makes what users were seen to choose.

The likelihood reads every held-out play, where a ranking metric reads the few that reach the first ten: with some
dozen users to weigh by, it is the far less noisy of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

_MOST_STEPS = 100


@dataclass(frozen=True)
class ChoiceSet:
    """What some users chose among the same songs.

    Attributes
    ----------
    scores
        `(users, songs)` float32, of standard deviation about 1.
    features
        `(songs, features)`, the same for all users.
    barred
        Rows and songs, `(pairs,)` each, that are no candidates.
    chosen
        Rows and songs, `(pairs,)` each, at least one pair; none of them barred.
    """

    scores: np.ndarray
    features: np.ndarray
    barred: tuple[np.ndarray, np.ndarray]
    chosen: tuple[np.ndarray, np.ndarray]

    def surprise(self, t: float, w: np.ndarray) -> tuple[float, float, np.ndarray]:
        """Negative log likelihood, each user counting the same, and its gradient by t and by w `(features,)`."""
        users, (row, song) = len(self.scores), self.chosen
        told, trust = self.features.astype(np.float32), np.float32(t)
        share = (1 / np.bincount(row, minlength=users)[row]).astype(np.float32)
        choosing = np.bincount(row, minlength=users) > 0
        utility = trust * self.scores + told @ w.astype(np.float32)
        utility[self.barred] = -np.inf
        of_chosen = utility[row, song]
        top = utility.max(axis=1, keepdims=True)
        np.exp(utility - top, out=utility)
        total = utility.sum(axis=1, keepdims=True)
        utility *= choosing[:, None] / total  # now each candidate's probability, 0 for users who chose nothing
        negative = float(share @ ((top + np.log(total))[row, 0] - of_chosen))
        of_t = float(np.einsum("us,us->", utility, self.scores)) - float(share @ self.scores[row, song])
        return negative, of_t, utility.sum(axis=0) @ told - share @ told[song]


def fit_conditional_logit(choices: Sequence[ChoiceSet], pull: float) -> tuple[float, np.ndarray]:
    """Fit p(song | user) ∝ exp(t · score + features · w), t and w not negative, by penalised maximum likelihood.

    McFadden, "Conditional logit analysis of qualitative choice behavior" (1974). Each user counts the same, however
    many songs they chose.

    Parameters
    ----------
    choices
        At least one, all with the same features; the songs may differ.
    pull
        Of the squares of t − 1 and of w towards 0, against the sum of the users' log likelihoods.

    Returns
    -------
    temperature, weights
        t and w `(features,)`.
    """
    start = np.zeros(1 + choices[0].features.shape[1])
    start[0] = 1.0

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        away = values - start
        negative, gradient = pull * float(away @ away), 2 * pull * away
        for some in choices:
            surprise, of_t, of_w = some.surprise(values[0], values[1:])
            negative += surprise
            gradient = gradient + np.append(of_t, of_w)
        return negative, gradient

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start), options={"maxiter": _MOST_STEPS}
    )
    return float(found.x[0]), found.x[1:]
