"""Folds for cross-validation: K groups of users, and K sliding windows of time.

A fold relabels plays. Of a user who is held out, part of the plays is *shown*: it describes the user when asked, and
is never fitted on. Plays outside a window are unused.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd

from engine.data.split import FOLD, TEST, TRAIN, VALID, uniform

SHOWN, UNUSED = 3, 4
LEAST = 3  # with fewer, a fold for validation and one for test leave nothing to train on
TRAIN_BLOCKS = 8  # of ten in a window: the shares of the main split, 80/10/10
HIDDEN = 0.2  # share of a held-out user's songs that are to be predicted

By = Literal["users", "time"]


def user_folds(users: int, folds: int, seed: int) -> np.ndarray:
    """Deal users into folds of equal size, `(users,)` int16; depends on the seed alone."""
    order = np.argsort(uniform(seed, FOLD, np.arange(users)), kind="stable")
    fold = np.empty(users, dtype=np.int16)
    fold[order] = np.arange(users) % folds
    return fold


def window_ranks(dated: int, folds: int) -> list[int]:
    """Ranks, among `dated` plays in order of time, at which the blocks of the windows end; one more than the blocks.

    The span is cut into `folds` + 9 blocks of equally many plays. Window k trains on eight from block k on, validates
    on the next, tests on the one after.
    """
    blocks = folds + TRAIN_BLOCKS + 1
    return [max(round(dated * block / blocks) - 1, 0) for block in range(blocks + 1)]


def windows(ends: list[str], folds: int) -> list[dict[str, str]]:
    """Name the moments of each window, given those at which the blocks end (ISO 8601, UTC).

    `after` is where a window begins (None for the first, which has no plays before it), `valid_after`, `test_after`
    and `until` where its parts end and begin; each part holds the plays after one moment up to the next.
    """
    return [
        {
            "after": ends[k] if k else "",
            "valid_after": ends[k + TRAIN_BLOCKS],
            "test_after": ends[k + TRAIN_BLOCKS + 1],
            "until": ends[k + TRAIN_BLOCKS + 2] if k + TRAIN_BLOCKS + 2 < len(ends) else ends[-1],
        }
        for k in range(folds)
    ]


def label_by_users(plays: pd.DataFrame, fold: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Label plays for fold `number` of users: its users are tested, those of the next fold validated, the rest train.

    Parameters
    ----------
    plays
        Columns `user_index`, `song_index`.
    fold
        `(users,)`, as `user_folds` deals.
    """
    users, songs = plays["user_index"].to_numpy(), plays["song_index"].to_numpy()
    mine = fold[users]
    folds = int(fold.max()) + 1
    labels = np.full(len(users), TRAIN, dtype=np.int8)
    hidden = uniform(seed, FOLD, users, songs) < HIDDEN
    for part, held_out in ((TEST, mine == number), (VALID, mine == (number + 1) % folds)):
        labels[held_out] = np.where(hidden[held_out], part, SHOWN)
    return labels


def label_by_time(plays: pd.DataFrame, window: dict[str, Any]) -> np.ndarray:
    """Label plays for a window of time; undated plays are unused."""
    times = plays["played_at"].to_numpy().astype("datetime64[us]")
    labels = np.full(len(times), UNUSED, dtype=np.int8)
    moments = [window["after"] or "0001-01-01", window["valid_after"], window["test_after"], window["until"]]
    bounds = [np.datetime64(moment, "us") for moment in moments]
    for part, low, high in zip((TRAIN, VALID, TEST), bounds, bounds[1:], strict=False):
        labels[(times > low) & (times <= high)] = part
    return labels
