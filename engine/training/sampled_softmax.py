"""Softmax loss against a sample of the songs, for catalogues too large to score whole at every step.

Notable: a user's positives are masked out of the negatives, so all targets of a user compete with the same songs.
Their softmax total is taken once a user, and the largest tensor is `(users, negatives)` however many the targets.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from engine.training.losses import mean_by_user


def sampled_softmax_loss(
    user_vectors: Tensor,
    target_vectors: Tensor,
    target_rows: Tensor,
    negative_vectors: Tensor,
    mask: Tensor,
    log_q: Tensor | None = None,
    target_weight: Tensor | None = None,
) -> Tensor:
    """Negative log likelihood of each target under a softmax over itself and sampled negatives.

    A negative's score is corrected by -log Q, as though it stood for 1 / Q songs like it, so that the total is an
    unbiased estimate of the full softmax's (Bengio & Senécal, IEEE Trans. Neural Networks 2008; Yi et al., RecSys
    2019). The target isn't: it is there for certain. Each user counts the same, however many targets.

    Parameters
    ----------
    user_vectors
        `(users, dim)`.
    target_vectors, target_rows
        `(targets, dim)` and `(targets,)`; each user has at least one.
    negative_vectors
        `(negatives, dim)`, distinct songs shared by all users.
    mask
        `(users, negatives)`, true where the song is no negative for the user, as of `positives_mask`.
    log_q
        `(negatives,)`, log probability of each negative to be among them, as of `Negatives`; none is corrected
        without it.
    target_weight
        `(targets,)`, how much each counts among its user's; None for all the same.

    Returns
    -------
    loss
        A scalar in nats; 0 for the targets of a user without negatives.
    """
    scores = (user_vectors @ negative_vectors.T).float()
    if log_q is not None:
        scores = scores.sub_(log_q)
    log_negatives = torch.logsumexp(scores.masked_fill_(mask, float("-inf")), dim=1)
    targets = (user_vectors[target_rows].float() * target_vectors.float()).sum(dim=1)
    # -log(exp t / (exp t + exp n)) = log(1 + exp(n - t))
    losses = softplus(log_negatives[target_rows] - targets)
    return mean_by_user(losses, target_rows, len(user_vectors), target_weight)
