"""Which songs belong to which user, as two flat arrays (compressed sparse rows)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Histories:
    """Songs by user: user `u` has `songs[starts[u]:starts[u + 1]]`, in ascending order.

    `starts` `(users + 1,)` int64, `songs` `(plays,)` int64.
    """

    starts: np.ndarray
    songs: np.ndarray

    @classmethod
    def from_plays(cls, plays: pd.DataFrame, users: int) -> "Histories":
        """Group plays (`user_index`, `song_index`, one row a pair) by user."""
        user, song = plays["user_index"].to_numpy(), plays["song_index"].to_numpy()
        order = np.lexsort((song, user))
        counts = np.bincount(user, minlength=users)
        return cls(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), song[order].astype(np.int64))

    @property
    def counts(self) -> np.ndarray:
        """Songs of each user, `(users,)`."""
        return np.diff(self.starts)

    def of(self, user: int) -> np.ndarray:
        """Songs of one user."""
        return self.songs[self.starts[user] : self.starts[user + 1]]

    def flat(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows (positions in `users`) and songs of several users, flattened, both `(plays of users,)`."""
        counts = self.counts[users]
        rows = np.repeat(np.arange(len(users)), counts)
        first = np.repeat(self.starts[users] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return rows, self.songs[first + np.arange(len(rows))]
