"""Hold plays out: by time where plays have times, at random for each user where they have none.

What is drawn at random depends on the seed, the user and the song alone, not on the order of the rows or on how they
are spread over shards.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from engine.config import SplitSettings

TRAIN, VALID, TEST = 0, 1, 2
NAMES = ("train", "valid", "test")
SplitKind = Literal["temporal", "random"]

SHARE_WITH_TIMES = 0.9  # below it a time split would put most of the undated plays on one side

_PAIR, _ROUNDING, _COLD_USER, _COLD_SONG, _COLD_PART, FOLD, STOPPING = range(7)


@dataclass(frozen=True)
class Split:
    """How plays are labelled.

    `valid_after` and `test_after` are the moments, UTC, after which plays are held out; only a temporal split has
    them.
    """

    kind: SplitKind
    settings: SplitSettings
    seed: int
    valid_after: np.datetime64 | None = None
    test_after: np.datetime64 | None = None

    def label(self, plays: pd.DataFrame) -> np.ndarray:
        """Label plays with their part.

        Parameters
        ----------
        plays
            Columns `user_index`, `song_index` and, for a temporal split, `played_at`; all plays of each user in it.
            For a random split one row a user and song.

        Returns
        -------
        labels
            `(rows,)` int8 of `TRAIN`, `VALID`, `TEST`. Temporal: one global cut in time for all users, so that nothing
            is learnt from the future (Meng et al., "Exploring Data Splitting Strategies for the Evaluation of
            Recommendation Models", RecSys 2020); undated plays are train plays. Random: a share of each user's rows;
            each user keeps at least one train play. Cold users and songs are held out whole, whatever the kind.
        """
        users, songs = plays["user_index"].to_numpy(), plays["song_index"].to_numpy()
        labels = self._by_time(plays) if self.kind == "temporal" else self._by_chance(users, songs)
        for share, salt, ids in (
            (self.settings.cold_users, _COLD_USER, users),
            (self.settings.cold_songs, _COLD_SONG, songs),
        ):
            if share > 0:
                cold = uniform(self.seed, salt, ids) < share
                labels[cold] = self._held_out(uniform(self.seed, _COLD_PART, ids[cold]))
        return labels

    def _by_time(self, plays: pd.DataFrame) -> np.ndarray:
        times = plays["played_at"].to_numpy()
        labels = np.full(len(times), TRAIN, dtype=np.int8)
        labels[times > self.valid_after] = VALID
        labels[times > self.test_after] = TEST
        return labels

    def _by_chance(self, users: np.ndarray, songs: np.ndarray) -> np.ndarray:
        labels = np.full(len(users), TRAIN, dtype=np.int8)
        present, row, counts = np.unique(users, return_inverse=True, return_counts=True)
        order = np.lexsort((songs, uniform(self.seed, _PAIR, users, songs), row))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        rank = np.empty(len(users), dtype=np.int64)
        rank[order] = np.arange(len(users)) - np.repeat(starts, counts)
        # Rounded at random, so that a user with five plays has one held out every second time instead of never.
        valid_share, test_share = self.settings.valid_share, self.settings.test_share
        n_test = np.floor(counts * test_share + uniform(self.seed, _ROUNDING, present, TEST)).astype(np.int64)
        n_valid = np.floor(counts * valid_share + uniform(self.seed, _ROUNDING, present, VALID)).astype(np.int64)
        n_test = np.minimum(n_test, np.maximum(counts - 1, 0))
        n_valid = np.minimum(n_valid, np.maximum(counts - 1 - n_test, 0))
        labels[rank < (n_test + n_valid)[row]] = VALID
        labels[rank < n_test[row]] = TEST
        return labels

    def _held_out(self, chance: np.ndarray) -> np.ndarray:
        valid, test = self.settings.valid_share, self.settings.test_share
        return np.where(chance < valid / (valid + test), VALID, TEST).astype(np.int8)


def uniform(seed: int, salt: int, *keys: np.ndarray | int) -> np.ndarray:
    """Draw a number in [0, 1) for each row of `keys`, the same for the same seed, salt and keys.

    Counter-based: the finaliser of SplitMix64 (Steele et al., "Fast Splittable Pseudorandom Number Generators", 2014)
    over the keys, one after the other.
    """
    state = _mixed(np.uint64(seed % 2**64) ^ _mixed(np.atleast_1d(np.uint64(salt + 1))))
    for key in keys:
        state = _mixed(state ^ _mixed(np.asarray(key).astype(np.uint64)))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) / 2.0**53)


def _mixed(state: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = state + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def new_to_user(plays: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Keep the plays of songs that the user had not played before: what a recommender is to discover."""
    keys = ["user_index", "song_index"]
    known = pd.MultiIndex.from_frame(before[keys])
    return plays[~pd.MultiIndex.from_frame(plays[keys]).isin(known)]
