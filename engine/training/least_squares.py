"""Fit the factors of least squares to plays, with `implicit`."""

import numpy as np
import torch
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from scipy.linalg import solve_triangular
from threadpoolctl import threadpool_limits

from engine.data.histories import Histories
from engine.model.content_map import ContentMap
from engine.model.least_squares import LeastSquares
from engine.model.towers import Sizes

CONFIDENCE = 20.0  # of an average play; what matters is the regularisation's ratio to it
RATIOS = (0.2, 0.6, 1.7, 5.0, 15.0, 45.0, 135.0)  # of the regularisation to the confidence, to choose from


def fit_factors(histories: Histories, songs: int, width: int, ratio: float, iterations: int, seed: int) -> np.ndarray:
    """Fit song factors, whitened as `LeastSquares` wants them, `(songs, width)` float32."""
    weights = np.ones(len(histories.songs)) if histories.weights is None else histories.weights
    confidence = np.maximum(CONFIDENCE * weights, 1.0).astype(np.float32)
    plays = sparse.csr_matrix((confidence, histories.songs, histories.starts), shape=(len(histories.counts), songs))
    strength = ratio * CONFIDENCE
    # Its own threads share the work; a BLAS that shares it once more makes it ten times slower.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=width, regularization=strength, alpha=1.0, iterations=iterations, random_state=seed
        )
        model.fit(plays, show_progress=False)
    factors = np.asarray(model.item_factors, dtype=np.float64)
    root = np.linalg.cholesky(factors.T @ factors + strength * np.eye(width))
    return solve_triangular(root, factors.T, lower=True).T.astype(np.float32)


def least_squares_part(sizes: Sizes, factors: np.ndarray, unheard: ContentMap | None, scale: float) -> LeastSquares:
    """Make the part of the model from fitted factors."""
    part = LeastSquares(sizes, factors.shape[1])
    with torch.no_grad():
        part.factors.copy_(torch.from_numpy(factors))
        part.confidence.fill_(CONFIDENCE)
        part.scale.fill_(scale)
    if unheard is not None:
        part.unheard = unheard
    return part
