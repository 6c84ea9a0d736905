"""Losses on scores of the whole catalogue."""

import torch
from torch import Tensor


def multinomial_loss(
    scores: Tensor, shown_rows: Tensor, shown_songs: Tensor, target_rows: Tensor, target_songs: Tensor
) -> Tensor:
    """Negative log likelihood of the targets under a softmax over the songs a user wasn't shown.

    Each user counts the same, however many targets (the multinomial likelihood of Liang et al., WWW 2018, divided
    by the number of targets).

    Parameters
    ----------
    scores
        `(users, songs)`; changed in place.
    shown_rows, shown_songs
        `(shown,)`, the history that was shown: not among the choices.
    target_rows, target_songs
        `(targets,)`; each user has at least one.

    Returns
    -------
    loss
        A scalar in nats.
    """
    scores = scores.float()
    scores[shown_rows, shown_songs] = float("-inf")
    log_total = torch.logsumexp(scores, dim=1)
    log_likelihood = scores[target_rows, target_songs] - log_total[target_rows]
    targets = torch.bincount(target_rows, minlength=len(scores)).to(scores.dtype)
    return -(log_likelihood / targets[target_rows]).sum() / len(scores)
