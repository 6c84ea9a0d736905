"""Attributions of a score by its presences, with Captum: from all at the baseline to all as they are.

Captum keeps its state in the module it looks at and in NumPy's global generator; `explainer` calls these one at a time.
"""

from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import FeatureAblation, GradientShap, IntegratedGradients
from torch import Tensor

from engine.explain.questions import FEATURE_ABLATION, GRADIENT_SHAP, INTEGRATED_GRADIENTS, LARGEST_ERROR
from engine.explain.score import PresenceScore

FEWEST_STEPS, MOST_STEPS = 32, 1_024
FEWEST_SAMPLES, MOST_SAMPLES = 512, 16_384
NOTHING = 1e-6  # score difference that there is no point in taking apart
_MOST_CELLS = 4_000_000  # of the largest tensor a call makes: 32 MB


@dataclass(frozen=True)
class Attributed:
    """Shares of each presence `(presences,)`, of all songs of the history as one, and what it took.

    `any_song` is what the baseline's song scores more for the listener than for the baseline's; it belongs to no part.
    `error` is the completeness error relative to the score difference, None where that is next to nothing.
    """

    each: np.ndarray
    history: float
    any_song: float
    score: float
    baseline_score: float
    error: float | None
    effort: int


def attribute(score: PresenceScore, method: str, largest_error: float = LARGEST_ERROR) -> Attributed:
    """Attribute a score by one of `METHODS`, with more steps or samples until the error is below `largest_error`."""
    count, songs = sum(score.sizes), score.sizes[0]
    ones, zeros = torch.ones(1, count, dtype=torch.float64), torch.zeros(1, count, dtype=torch.float64)
    with torch.no_grad():
        more = float(score(ones)[0])
    bottom, level = score.of_baseline_song()
    top = level + more
    # Where one thing at a time is taken out a row takes no system of its own.
    cells = count if method == FEATURE_ABLATION else max(songs, 1) * max(songs, 64)
    most = max(_MOST_CELLS // cells, 1)
    if method == FEATURE_ABLATION:
        each = _ablated(score, ones, zeros, None, most)
        # All songs at once: what the history is worth is not what each of its songs is worth beside the others.
        together = torch.arange(count).clamp(min=songs - 1).unsqueeze(0) if songs else None
        history = float(_ablated(score, ones, zeros, together, most)[0, 0]) if songs else 0.0
        summed, effort = history + float(each[0, songs:].sum()), count
    else:
        effort = {INTEGRATED_GRADIENTS: FEWEST_STEPS, GRADIENT_SHAP: FEWEST_SAMPLES}[method]
        last = {INTEGRATED_GRADIENTS: MOST_STEPS, GRADIENT_SHAP: MOST_SAMPLES}[method]
        while True:
            each = (
                _integrated(score, ones, zeros, effort, most)
                if method == INTEGRATED_GRADIENTS
                else _sampled(score, ones, zeros, effort, most)
            )
            summed = float(each.sum())
            error = _error(summed + level - bottom, top - bottom)
            if error is None or error < largest_error or effort >= last:
                break
            effort *= 2
        history = float(each[0, :songs].sum())
    values = each[0].numpy()
    error = _error(summed + level - bottom, top - bottom)
    return Attributed(values, history, level - bottom, top, bottom, error, effort)


def _integrated(score: PresenceScore, ones: Tensor, zeros: Tensor, steps: int, most: int) -> Tensor:
    """Integrated gradients (Sundararajan et al., ICML 2017), by Gauss and Legendre: most happens near the baseline."""
    found: Tensor = IntegratedGradients(score).attribute(
        ones, zeros, n_steps=steps, method="gausslegendre", internal_batch_size=min(most, steps)
    )
    return found


def _sampled(score: PresenceScore, ones: Tensor, zeros: Tensor, samples: int, most: int) -> Tensor:
    """Gradient SHAP (Lundberg and Lee, NeurIPS 2017): that integral by random points on the way, the same each time."""
    before = np.random.get_state()  # noqa: NPY002 - Captum draws from the global generator
    np.random.seed(0)  # noqa: NPY002
    try:
        parts, left = [], samples
        while left > 0:
            size = min(left, most)
            parts.append(size * GradientShap(score).attribute(ones, zeros, n_samples=size, stdevs=0.0))
            left -= size
        total: Tensor = torch.stack(parts).sum(dim=0)
        return total / samples
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _ablated(score: PresenceScore, ones: Tensor, zeros: Tensor, mask: Tensor | None, most: int) -> Tensor:
    with torch.no_grad():
        found: Tensor = FeatureAblation(score).attribute(
            ones, zeros, feature_mask=mask, perturbations_per_eval=min(most, ones.shape[1])
        )
    return found


def _error(summed: float, difference: float) -> float | None:
    return None if abs(difference) < NOTHING else abs(summed - difference) / abs(difference)
