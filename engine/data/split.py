"""Hold plays out: by time where plays have times, at random for each user where they have none."""

from typing import Literal

import numpy as np
import pandas as pd

TRAIN, VALID, TEST = 0, 1, 2
NAMES = ("train", "valid", "test")
SplitKind = Literal["temporal", "random"]

SHARE_WITH_TIMES = 0.9  # below it a time split would put most of the undated plays on one side


def choose_kind(plays: pd.DataFrame) -> SplitKind:
    """Say how `plays` should be split: `temporal` if nearly all have a time and the times differ."""
    dated = plays["played_at"].notna().mean()
    return "temporal" if dated >= SHARE_WITH_TIMES and plays["played_at"].nunique() > 2 else "random"


def split_plays(plays: pd.DataFrame, kind: SplitKind, valid_share: float, test_share: float, seed: int) -> np.ndarray:
    """Label each play row with its part.

    Parameters
    ----------
    plays
        Columns `user_index` and, for a temporal split, `played_at`.
    kind
        `temporal`: one global cut in time for all users, so that nothing is learnt from the future (Meng et al.,
        "Exploring Data Splitting Strategies for the Evaluation of Recommendation Models", RecSys 2020). Undated
        plays are train plays. `random`: a share of each user's rows; each user keeps at least one train play.

    Returns
    -------
    labels
        `(rows,)` int8 of `TRAIN`, `VALID`, `TEST`.
    """
    labels = np.full(len(plays), TRAIN, dtype=np.int8)
    if kind == "temporal":
        times = plays["played_at"]
        cuts = times.quantile([1 - valid_share - test_share, 1 - test_share])
        labels[(times > cuts.iloc[0]).to_numpy()] = VALID
        labels[(times > cuts.iloc[1]).to_numpy()] = TEST
        return labels
    rng = np.random.default_rng(seed)
    users = plays["user_index"].to_numpy()
    order = np.lexsort((rng.random(len(plays)), users))
    counts = np.bincount(users)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(plays), dtype=np.int64)
    rank[order] = np.arange(len(plays)) - np.repeat(starts, counts)
    # Rounded at random, so that a user with five plays has one held out every second time instead of never.
    n_test = np.floor(counts * test_share + rng.random(len(counts))).astype(np.int64)
    n_valid = np.floor(counts * valid_share + rng.random(len(counts))).astype(np.int64)
    n_test = np.minimum(n_test, np.maximum(counts - 1, 0))
    n_valid = np.minimum(n_valid, np.maximum(counts - 1 - n_test, 0))
    labels[rank < (n_test + n_valid)[users]] = VALID
    labels[rank < n_test[users]] = TEST
    return labels


def new_to_user(plays: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Keep the plays of songs that the user had not played before: what a recommender is to discover."""
    keys = ["user_index", "song_index"]
    known = pd.MultiIndex.from_frame(before[keys])
    return plays[~pd.MultiIndex.from_frame(plays[keys]).isin(known)]
