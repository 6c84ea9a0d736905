"""Training batches: users with part of their history shown and the rest to be predicted.

The parts are drawn anew each pass, so that one history gives many examples (the input dropout of Liang et al.,
"Variational Autoencoders for Collaborative Filtering", WWW 2018).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from engine.data.features import UserArrays
from engine.data.histories import Histories


@dataclass(frozen=True)
class UserBatch:
    """Some users for one step; the flat arrays name (row in batch, song) pairs.

    `users` `(batch,)`; `shown_rows`, `shown_songs` `(shown,)`; `target_rows`, `target_songs` `(targets,)`;
    `age`, `gender`, `country` `(batch,)`; all int64.
    """

    users: torch.Tensor
    shown_rows: torch.Tensor
    shown_songs: torch.Tensor
    target_rows: torch.Tensor
    target_songs: torch.Tensor
    age: torch.Tensor
    gender: torch.Tensor
    country: torch.Tensor

    def to(self, device: torch.device) -> "UserBatch":
        """Copy the batch to a device."""
        return UserBatch(**{name: tensor.to(device, non_blocking=True) for name, tensor in vars(self).items()})


def training_batches(
    histories: Histories,
    demographics: UserArrays,
    batch_users: int,
    hidden_share: float,
    history_dropout: float,
    rng: np.random.Generator,
) -> Iterator[UserBatch]:
    """Yield one pass over the users with at least one play, in random order.

    Parameters
    ----------
    hidden_share
        Expected share of each history that becomes targets. Every user has at least one target.
    history_dropout
        Share of users who are shown no history at all: all of it is target, their demographics must do.
    """
    users = rng.permutation(np.flatnonzero(histories.counts > 0))
    for start in range(0, len(users), batch_users):
        batch = users[start : start + batch_users]
        rows, songs = histories.flat(batch)
        hidden = rng.random(len(rows)) < hidden_share
        blank = rng.random(len(batch)) < history_dropout
        hidden |= blank[rows]
        # A user whose every song happened to be shown has nothing to predict: hide one.
        without = np.flatnonzero(np.bincount(rows, weights=hidden, minlength=len(batch)) == 0)
        counts = histories.counts[batch]
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        hidden[firsts[without] + rng.integers(0, counts[without])] = True
        yield _batch(batch, rows[~hidden], songs[~hidden], rows[hidden], songs[hidden], demographics)


def inference_batches(
    histories: Histories, demographics: UserArrays, users: np.ndarray, batch_users: int
) -> Iterator[UserBatch]:
    """Yield `users` in order with their whole histories shown and no targets."""
    none = np.empty(0, dtype=np.int64)
    for start in range(0, len(users), batch_users):
        batch = users[start : start + batch_users]
        rows, songs = histories.flat(batch)
        yield _batch(batch, rows, songs, none, none, demographics)


def _batch(
    users: np.ndarray,
    shown_rows: np.ndarray,
    shown_songs: np.ndarray,
    target_rows: np.ndarray,
    target_songs: np.ndarray,
    demographics: UserArrays,
) -> UserBatch:
    arrays = (
        users,
        shown_rows,
        shown_songs,
        target_rows,
        target_songs,
        demographics.age[users],
        demographics.gender[users],
        demographics.country[users],
    )
    return UserBatch(*(torch.from_numpy(np.ascontiguousarray(a)) for a in arrays))
