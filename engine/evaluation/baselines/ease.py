"""EASE: an item-to-item regression in closed form (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019).

Its matrix is songs × songs and has to be inverted, so it knows the most played songs alone; the rest rank last.
"""

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from engine.evaluation.baselines.task import Fitted, Task, walk
from engine.evaluation.metrics import Scorer

LAMBDAS = (12.5, 25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
MOST_SONGS = 5_000


def fit_ease(task: Task, lambdas: Sequence[float] = LAMBDAS, most_songs: int = MOST_SONGS) -> Fitted:
    """Fit it for several λ and keep the one that ranks validation plays best."""
    known = np.sort(np.argsort(-task.listeners, kind="stable")[:most_songs])
    known = known[task.listeners[known] > 0]
    plays = task.plays[:, known]
    gram = (plays.T @ plays).toarray().astype(np.float32)

    def scorer(weights: np.ndarray) -> Scorer:
        def score(users: np.ndarray) -> np.ndarray:
            found = plays[users] @ weights
            scores = np.full((len(users), task.songs), found.min(initial=0.0) - 1, dtype=np.float32)
            scores[:, known] = found
            return scores

        return score

    def attempt(regularisation: float) -> tuple[float, np.ndarray]:
        weights = ease_weights(gram, regularisation)
        reached = task.ndcg(scorer(weights))
        task.say(f"λ {regularisation:g}: {reached:.4f}")
        return reached, weights

    regularisation, reached, weights = walk(lambdas, attempt)
    settings = {"lambda": regularisation, "songs": len(known), "validation_ndcg@10": round(reached, 5)}
    return Fitted(scorer(weights), settings)


def ease_weights(gram: np.ndarray, regularisation: float) -> np.ndarray:
    """Solve for the weights `(songs, songs)` float32 from the Gram matrix of the plays, of the same shape."""
    ridge = gram.copy()
    ridge[np.diag_indices_from(ridge)] += regularisation
    # A symmetric positive definite inverse by Cholesky costs half of a general one.
    factor, info = linalg.lapack.spotrf(ridge, lower=1, overwrite_a=1)
    if info != 0:
        raise ValueError("the regularised Gram matrix is not positive definite")
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0.0
    return weights.astype(np.float32)
