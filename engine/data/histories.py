"""Which songs belong to which user and when they were last played, as flat arrays (compressed sparse rows)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.listening import dated_microseconds

UNDATED = -(1 << 62)  # before any time there is


@dataclass(frozen=True)
class Histories:
    """Songs by user: user `u` has `songs[starts[u]:starts[u + 1]]`, in ascending order.

    `starts` `(users + 1,)` int64, `songs` `(plays,)` int64; `played_at` `(plays,)` as of `last_played`, or None where
    nothing is known of times; `weights` `(plays,)` as of `play_weights`, or None where all count the same.
    """

    starts: np.ndarray
    songs: np.ndarray
    played_at: np.ndarray | None = None
    weights: np.ndarray | None = None

    @classmethod
    def from_plays(cls, plays: pd.DataFrame, users: int) -> "Histories":
        """Group plays (`user_index`, `song_index`, one row a pair, perhaps `played_at`, `play_count`) by user."""
        user, song = plays["user_index"].to_numpy(), plays["song_index"].to_numpy()
        order = np.lexsort((song, user))
        counts = np.bincount(user, minlength=users)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        times = last_played(plays)[order] if "played_at" in plays else None
        weights = play_weights(plays)
        return cls(starts, song[order].astype(np.int64), times, None if weights is None else weights[order])

    @classmethod
    def empty(cls, users: int) -> "Histories":
        """Histories of users who have played nothing."""
        return cls(np.zeros(users + 1, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def counts(self) -> np.ndarray:
        """Songs of each user, `(users,)`."""
        return np.diff(self.starts)

    @property
    def dated(self) -> bool:
        """Whether it is known of any song when it was played."""
        return self.played_at is not None and bool((self.played_at >= 0).any())

    def of(self, user: int) -> np.ndarray:
        """Songs of one user."""
        return self.songs[self.starts[user] : self.starts[user + 1]]

    def times_of(self, user: int) -> np.ndarray:
        """When the songs of one user were last played, in the order of `of`."""
        if self.played_at is None:
            return np.full(self.counts[user], UNDATED)
        return self.played_at[self.starts[user] : self.starts[user + 1]]

    def weights_of(self, user: int) -> np.ndarray:
        """How much the songs of one user count, in the order of `of`."""
        if self.weights is None:
            return np.ones(self.counts[user], dtype=np.float32)
        return self.weights[self.starts[user] : self.starts[user + 1]]

    def flat(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows (positions in `users`) and songs of several users, flattened, both `(plays of users,)`."""
        rows, places = self.places(users)
        return rows, self.songs[places]

    def places(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows (positions in `users`) and places in `songs` of several users, flattened, both `(plays of users,)`."""
        counts = self.counts[users]
        rows = np.repeat(np.arange(len(users)), counts)
        first = np.repeat(self.starts[users] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return rows, first + np.arange(len(rows))


def play_weights(plays: pd.DataFrame) -> np.ndarray | None:
    """How much each song of a history says of its listener, `(rows,)` float32: log(1 + plays), 1 on average.

    The confidence of Hu et al., "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008, in its logarithmic
    form. None where all songs were played equally often, or nobody counted.
    """
    if "play_count" not in plays or not len(plays):
        return None
    logs = np.log1p(np.clip(plays["play_count"].to_numpy(np.float64), 0, None))
    if logs.max() == logs.min():
        return None
    return np.asarray(logs / logs.mean(), dtype=np.float32)


def play_weights_like(plays: pd.DataFrame, counts: np.ndarray) -> np.ndarray | None:
    """Weigh someone's play counts `(songs,)` as `play_weights` weighs those of `plays`."""
    if play_weights(plays) is None:
        return None
    usual = np.log1p(np.clip(plays["play_count"].to_numpy(np.float64), 0, None)).mean()
    return np.asarray(np.log1p(counts) / usual, dtype=np.float32)


def last_played(plays: pd.DataFrame) -> np.ndarray:
    """When each pair was last played, `(rows,)` int64 microseconds since 1970, UTC.

    Negative where that isn't known, and then the higher the more often the song was played: in this order the last
    of a history are the ones that tell most of today's taste, whether or not there are times.
    """
    out = np.full(len(plays), UNDATED, dtype=np.int64)
    if "play_count" in plays:
        out += np.clip(plays["play_count"].to_numpy(np.float64), 0, 1 << 53).astype(np.int64)
    dated, times = dated_microseconds(plays)
    out[dated] = np.maximum(times, 0)
    return out
