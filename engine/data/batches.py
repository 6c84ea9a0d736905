"""Training batches: users with part of their history shown and the rest to be predicted.

The parts are drawn anew each pass, so that one history gives many examples (the input dropout of Liang et al.,
"Variational Autoencoders for Collaborative Filtering", WWW 2018).

A batch says when each shown song was last played, and not when its user asks: the towers measure how long ago that
was from the last song shown. Training, which shows a part, and serving, which shows all, then mean the same by it,
and a listener who comes back after a year is read as they were when they left.
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
    `age`, `gender`, `country` `(batch,)`; all int64. Rows ascend. `ids` `(batch,)` is a user's position plus 1, 0 for
    one to be read without an id; None where all are. `shown_played_at` `(shown,)` is as of `histories.last_played`,
    None where it wasn't asked for or isn't known. `shown_weight` `(shown,)` and `target_weight` `(targets,)` float32
    are as of `histories.play_weights`, None where all count the same.
    """

    users: torch.Tensor
    shown_rows: torch.Tensor
    shown_songs: torch.Tensor
    target_rows: torch.Tensor
    target_songs: torch.Tensor
    age: torch.Tensor
    gender: torch.Tensor
    country: torch.Tensor
    ids: torch.Tensor | None = None
    shown_played_at: torch.Tensor | None = None
    shown_weight: torch.Tensor | None = None
    target_weight: torch.Tensor | None = None

    def to(self, device: torch.device) -> "UserBatch":
        """Copy the batch to a device."""
        values = {name: tensor for name, tensor in vars(self).items() if tensor is not None}
        return UserBatch(**{name: tensor.to(device, non_blocking=True) for name, tensor in values.items()})


def training_batches(
    histories: Histories,
    demographics: UserArrays,
    batch_users: int,
    hidden_share: float,
    history_dropout: float,
    rng: np.random.Generator,
    *,
    order: bool = False,
    user_dropout: float = 0.0,
    timed: bool = True,
) -> Iterator[UserBatch]:
    """Yield one pass over the users with at least one play, in random order.

    Parameters
    ----------
    hidden_share
        Expected share of each history that becomes targets. Every user has at least one target.
    history_dropout
        Share of users who are shown no history at all: all of it is target, their demographics must do.
    order
        Hide what was last played at a random moment or later; undated songs are hidden at random. Nothing is dated:
        `hidden_share` of each history, as without it.
    user_dropout
        Share of users who are read without their id.
    timed
        Tell when the shown songs were played.
    """
    ordered = order and histories.dated
    users = rng.permutation(np.flatnonzero(histories.counts > 0))
    for start in range(0, len(users), batch_users):
        batch = users[start : start + batch_users]
        rows, places = histories.places(batch)
        times = histories.played_at[places] if ordered and histories.played_at is not None else None
        if times is not None:
            hidden = _from_a_moment_on(rows, times, len(batch), hidden_share, rng)
        else:
            hidden = rng.random(len(rows)) < hidden_share
        blank = rng.random(len(batch)) < history_dropout
        hidden |= blank[rows]
        # A user whose every song happened to be shown has nothing to predict: hide one.
        without = np.flatnonzero(np.bincount(rows, weights=hidden, minlength=len(batch)) == 0)
        counts = histories.counts[batch]
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        hidden[firsts[without] + rng.integers(0, counts[without])] = True
        ids = batch + 1
        if user_dropout > 0:
            ids = np.where(rng.random(len(batch)) < user_dropout, 0, ids)
        yield _batch(batch, rows, places, histories, hidden, demographics, ids, timed)


def inference_batches(
    histories: Histories, demographics: UserArrays, users: np.ndarray, batch_users: int, timed: bool = True
) -> Iterator[UserBatch]:
    """Yield `users` in order with their whole histories shown and no targets; those without a history get no id."""
    for start in range(0, len(users), batch_users):
        batch = users[start : start + batch_users]
        rows, places = histories.places(batch)
        hidden = np.zeros(len(rows), dtype=bool)
        ids = np.where(histories.counts[batch] > 0, batch + 1, 0)
        yield _batch(batch, rows, places, histories, hidden, demographics, ids, timed)


def _from_a_moment_on(
    rows: np.ndarray, times: np.ndarray, users: int, hidden_share: float, rng: np.random.Generator
) -> np.ndarray:
    """Cut each history in time, at a moment of its own: true for what was played then or later, `(plays,)`.

    A power of a uniform draw puts the cut anywhere, and `hidden_share` of the history after it on average.
    """
    cut = rng.random(users) ** (hidden_share / (1 - hidden_share))
    hidden = rng.random(len(rows)) > cut[rows]
    dated = np.flatnonzero(times >= 0)
    if len(dated) == 0:
        return hidden
    ascending = times[dated][np.lexsort((times[dated], rows[dated]))]
    counts = np.bincount(rows[dated], minlength=users)
    firsts = np.cumsum(counts) - counts
    place = firsts + np.minimum((cut * counts).astype(np.int64), np.maximum(counts - 1, 0))
    moments = ascending[np.minimum(place, len(ascending) - 1)]
    hidden[dated] = times[dated] >= moments[rows[dated]]
    return hidden


def _batch(
    users: np.ndarray,
    rows: np.ndarray,
    places: np.ndarray,
    histories: Histories,
    hidden: np.ndarray,
    demographics: UserArrays,
    ids: np.ndarray,
    timed: bool,
) -> UserBatch:
    songs, times, weights = histories.songs[places], histories.played_at, histories.weights
    arrays = {
        "users": users,
        "shown_rows": rows[~hidden],
        "shown_songs": songs[~hidden],
        "target_rows": rows[hidden],
        "target_songs": songs[hidden],
        "age": demographics.age[users],
        "gender": demographics.gender[users],
        "country": demographics.country[users],
        "ids": ids,
    }
    if timed and times is not None:
        arrays["shown_played_at"] = times[places[~hidden]]
    if weights is not None:
        arrays |= {"shown_weight": weights[places[~hidden]], "target_weight": weights[places[hidden]]}
    return UserBatch(**{name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()})
