"""The losses: of ranking the whole catalogue, of ranking pairs, of the heads for will-play and for log plays."""

import torch
from torch import Tensor
from torch.nn import functional


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
    return mean_by_user(-log_likelihood, target_rows, len(scores))


def mean_by_user(losses: Tensor, target_rows: Tensor, users: int) -> Tensor:
    """Average the losses of targets, `(targets,)`, within each user first, so that each user counts the same."""
    targets = torch.bincount(target_rows, minlength=users).to(losses.dtype)
    return (losses / targets[target_rows]).sum() / users


def binary_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Negative log likelihood of labels under the sigmoid of `logits`.

    Parameters
    ----------
    logits
        `(pairs,)`, before the sigmoid: none overflows.
    labels
        `(pairs,)`, 1 where the user played the song and 0 where not, or a share between.
    weights
        `(pairs,)`, for instance how many unplayed songs a sampled one stands for; their scale cancels out.

    Returns
    -------
    loss
        The (weighted) mean over pairs, in nats.
    """
    losses = functional.binary_cross_entropy_with_logits(logits.float(), labels.float(), reduction="none")
    return losses.mean() if weights is None else (losses * weights).sum() / weights.sum()


def bpr_loss(positive: Tensor, negative: Tensor, weights: Tensor | None = None) -> Tensor:
    """Negative log likelihood of ranking a played song above an unplayed one (BPR; Rendle et al., UAI 2009).

    Parameters
    ----------
    positive, negative
        `(pairs,)` scores of one user for both songs; or `(pairs, 1)` against `(pairs, negatives)`.
    weights
        As `negative`; their scale cancels out.

    Returns
    -------
    loss
        The (weighted) mean over pairs, in nats; log 2 where the scores are equal, 0 where nothing has a weight.
    """
    losses = functional.softplus(negative.float() - positive.float())
    if weights is None:
        return losses.mean()
    return (losses * weights).sum() / weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)


def huber_loss(predicted: Tensor, log_plays: Tensor, delta: float = 1.0) -> Tensor:
    """Error of predicted log plays: squared when small, linear beyond `delta` (Huber, Ann. Math. Statist. 1964).

    Log plays keep a long tail, a song on repeat for a month, that a squared error would mostly be about.

    Parameters
    ----------
    predicted, log_plays
        `(pairs,)`, natural logarithms.
    delta
        Where the line begins, in the units of log plays; 1 is a factor of e in plays.

    Returns
    -------
    loss
        The mean over pairs of `error² / 2`, or of `delta * (|error| - delta / 2)` beyond `delta`.
    """
    return functional.huber_loss(predicted.float(), log_plays.float(), delta=delta)
