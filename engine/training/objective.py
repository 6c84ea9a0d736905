"""What a step minimises, by `train.loss`: which songs it scores, and the loss of their scores.

Songs are drawn for the batch as a whole, so that several processes that share a batch draw the same as one would.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from engine.config import TrainSettings
from engine.data.batches import UserBatch
from engine.model.hybrid import Encoded
from engine.training.data import Share
from engine.training.losses import binary_cross_entropy, bpr_loss, multinomial_loss
from engine.training.negatives import draw_unplayed, mixed, positives_mask
from engine.training.sampled_softmax import sampled_softmax_loss

MOST_SONGS_SCORED = 50_000  # at each step; more cost more time than they tell


@dataclass(frozen=True)
class Drawn:
    """The songs that a step scores.

    `songs` `(n,)`, ascending and distinct, the only ones to encode; None for the whole catalogue. `log_q` `(n,)`, how
    likely each was to be drawn. `negatives` `(targets, negatives)`, songs for each target; -1 for none.
    """

    songs: Tensor | None = None
    log_q: Tensor | None = None
    negatives: Tensor | None = None


class Objective(Protocol):
    """A loss, with the songs it needs scored. Each user counts the same in it."""

    def draw(self, batch: UserBatch, share: Share, rng: np.random.Generator) -> Drawn:
        """Draw for the whole `batch`, and give what `share` of it needs."""

    def loss(self, encoded: Encoded, batch: UserBatch, drawn: Drawn) -> Tensor:
        """Mean over the users of a (share of a) batch, in nats. Every user has a target."""


def objective(plan: TrainSettings, listeners: np.ndarray) -> Objective:
    """Choose by `train.loss`; `listeners` `(songs,)` are the users with a train play of each song."""
    loss = plan.loss
    if loss == "auto":
        loss = "multinomial" if len(listeners) <= MOST_SONGS_SCORED else "sampled"
    if loss == "multinomial":
        return Multinomial()
    if loss == "sampled":
        popularity = torch.from_numpy(listeners / max(listeners.sum(), 1)).float()
        return SampledSoftmax(popularity, plan.uniform_negatives, plan.log_q)
    return Pairs(len(listeners), plan.negatives, ranked=loss == "bpr")


class Multinomial:
    """A softmax over the whole catalogue."""

    def draw(self, batch: UserBatch, share: Share, rng: np.random.Generator) -> Drawn:
        """Draw nothing: every song is scored."""
        return Drawn()

    def loss(self, encoded: Encoded, batch: UserBatch, drawn: Drawn) -> Tensor:
        """Take the loss of all targets."""
        return multinomial_loss(
            encoded.scores(),
            batch.shown_rows,
            batch.shown_songs,
            batch.target_rows,
            batch.target_songs,
            batch.target_weight,
        )


@dataclass(frozen=True)
class SampledSoftmax:
    """A softmax over the batch's targets and uniform draws. `popularity` `(songs,)`, each song's share of targets."""

    popularity: Tensor
    uniform: int
    corrected: bool

    def draw(self, batch: UserBatch, share: Share, rng: np.random.Generator) -> Drawn:
        """Draw the negatives that all users of the batch share."""
        negatives = mixed(batch.target_songs, self.popularity, self.uniform, rng)
        return Drawn(negatives.songs, negatives.log_q if self.corrected else None)

    def loss(self, encoded: Encoded, batch: UserBatch, drawn: Drawn) -> Tensor:
        """Take the loss of all targets against the negatives their user didn't play."""
        assert drawn.songs is not None
        vectors = encoded.song_vectors()
        mask = positives_mask(
            drawn.songs,
            len(batch.users),
            batch.target_rows,
            batch.target_songs,
            batch.shown_rows,
            batch.shown_songs,
        )
        targets = vectors[torch.searchsorted(drawn.songs, batch.target_songs)]
        return sampled_softmax_loss(
            encoded.users, targets, batch.target_rows, vectors, mask, drawn.log_q, batch.target_weight
        )


@dataclass(frozen=True)
class Pairs:
    """Each target against songs its user didn't play: ranked above them (BPR), or told apart from them (BCE)."""

    songs: int
    negatives: int
    ranked: bool

    def draw(self, batch: UserBatch, share: Share, rng: np.random.Generator) -> Drawn:
        """Draw the negatives of each target."""
        played_rows = torch.cat([batch.target_rows, batch.shown_rows])
        played_songs = torch.cat([batch.target_songs, batch.shown_songs])
        drawn = draw_unplayed(self.songs, batch.target_rows, played_rows, played_songs, self.negatives, rng)
        own = share.covers(batch.target_rows)
        songs = torch.unique(torch.cat([batch.target_songs[own], drawn[own].flatten()]))
        return Drawn(songs[songs >= 0], negatives=drawn[own])

    def loss(self, encoded: Encoded, batch: UserBatch, drawn: Drawn) -> Tensor:
        """Take the loss of all pairs, weighed so that each user counts the same."""
        assert drawn.songs is not None
        assert drawn.negatives is not None
        songs = torch.cat([batch.target_songs.unsqueeze(1), drawn.negatives], dim=1)
        places = torch.searchsorted(drawn.songs, songs.clamp(min=0)).clamp(max=len(drawn.songs) - 1)
        scores = encoded.pairs(batch.target_rows, places).float()
        targets = torch.bincount(batch.target_rows, minlength=len(batch.users))[batch.target_rows]
        weights = (songs >= 0) / targets.unsqueeze(1)
        if self.ranked:
            return bpr_loss(scores[:, :1], scores[:, 1:], weights[:, 1:])
        labels = torch.zeros_like(scores)
        labels[:, 0] = 1
        return binary_cross_entropy(scores, labels, weights)
