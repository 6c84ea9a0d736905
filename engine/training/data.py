"""A prepared folder as the loop reads it, and the share of a batch that one of several processes works on."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.data.batches import UserBatch
from engine.data.features import UserArrays, encode_songs, encode_users
from engine.data.folds import SHOWN
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import STOPPING, TRAIN, VALID, new_to_user, uniform
from engine.model.towers import SongTensors

FEW_TO_STOP_BY = 300  # users; with fewer the validation NDCG of a time split is mostly noise
HIDDEN = 0.1  # share of train songs that stand in for it


@dataclass(frozen=True)
class TrainingData:
    """The arrays of the train and validation parts; `listeners` `(songs,)` counts users with a train play.

    `histories` are fitted on, `held_out` are validated on, and `known` describe the users who are validated: the
    histories and, in a fold of users, what is shown of those held out.
    """

    histories: Histories
    known: Histories
    held_out: Histories
    demographics: UserArrays
    songs: SongTensors
    listeners: np.ndarray

    @classmethod
    def from_prepared(cls, prepared: Prepared, device: torch.device) -> "TrainingData":
        """Build the arrays of the train and validation parts."""
        users, songs = len(prepared.users), len(prepared.songs)
        train = prepared.part(TRAIN)
        shown = prepared.part(TRAIN, SHOWN)
        held_out = Histories.from_plays(new_to_user(prepared.part(VALID), shown), users)
        histories, known = Histories.from_plays(train, users), Histories.from_plays(shown, users)
        enough = ((held_out.counts > 0) & (known.counts > 0)).sum() >= FEW_TO_STOP_BY
        if prepared.info["split"] == "temporal" and not enough and not prepared.info.get("whole"):
            # Time leaves too few known users to say when to stop: songs hidden at random say it instead.
            hidden = uniform(0, STOPPING, train["user_index"].to_numpy(), train["song_index"].to_numpy()) < HIDDEN
            histories = known = Histories.from_plays(train[~hidden], users)
            held_out = Histories.from_plays(train[hidden], users)
        listeners = np.bincount(histories.songs, minlength=songs)
        encoded = encode_songs(prepared.features, prepared.songs)
        return cls(
            histories=histories,
            known=known,
            held_out=held_out,
            demographics=encode_users(prepared.features, prepared.users),
            songs=SongTensors.from_arrays(encoded, listeners > 0, len(prepared.features.genres), device),
            listeners=listeners,
        )

    @property
    def users(self) -> int:
        """How many users have something to train on."""
        return int((self.histories.counts > 0).sum())


@dataclass(frozen=True)
class Share:
    """The rows of a batch that one process works on, `first` to `last` (exclusive), of `users` in all."""

    first: int
    last: int
    users: int

    @classmethod
    def of(cls, users: int, process: int, processes: int) -> "Share":
        """Give each process an equal share of the rows, to within one."""
        return cls(users * process // processes, users * (process + 1) // processes, users)

    @property
    def size(self) -> int:
        """How many rows: none, where there are fewer users than processes."""
        return self.last - self.first

    def covers(self, rows: torch.Tensor) -> torch.Tensor:
        """Tell which of `rows` are among those to work on; without any, those of the batch's first user.

        All processes have to take every step together, or they would wait for each other for ever: one without users
        works on somebody else's, and counts it as nothing.
        """
        first, last = (self.first, self.last) if self.size else (0, 1)
        return (rows >= first) & (rows < last)

    def take(self, batch: UserBatch) -> UserBatch:
        """Cut these rows out of a batch: what is named `shown_…` and `target_…` by its rows, all else is one a user."""
        if self.size == self.users:
            return batch
        kept = {"shown": self.covers(batch.shown_rows), "target": self.covers(batch.target_rows)}
        users = self.covers(torch.arange(self.users))
        cut = {
            name: value[kept.get(name.split("_")[0], users)]
            for name, value in vars(batch).items()
            if isinstance(value, torch.Tensor)
        }
        first = self.first if self.size else 0
        return replace(
            batch, **cut | {"shown_rows": cut["shown_rows"] - first, "target_rows": cut["target_rows"] - first}
        )
