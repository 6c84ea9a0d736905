"""Which cohorts each judged user is in, as words: who they are, how much they play, and what.

Everything about listening is said by the train plays alone, as it would be known at the moment of recommending.
"""

from typing import Any

import numpy as np
import pandas as pd

from engine.data.split import TRAIN
from engine.evaluation.bands import AGES, as_words, in_bands
from engine.evaluation.judged import Judged
from engine.evaluation.list_metrics import history_popularity, popularity_shares
from engine.evaluation.tables import ATTRIBUTES, UNKNOWN

TENURES = (
    (30, "under a month"), (182, "1–6 months"), (365, "6–12 months"), (1096, "1–3 years"), (np.inf, "over 3 years"),
)  # fmt: skip
"""In days."""
COLD = ((1, "no history"), (6, "1–5 songs"), (21, "6–20 songs"), (np.inf, "over 20 songs"))
ACTIVITIES = ("lightest quarter", "second quarter", "third quarter", "heaviest quarter")
MAINSTREAM = ("niche", "in between", "mainstream")
MOST_TASTES = 12  # the most frequent; the others are one cohort
OTHER = "other"


def cohort_members(judged: Judged) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Give each judged user's cohorts.

    Returns
    -------
    members
        `user_id`, and a text column for each attribute that the data know and that differs between users.
    bounds
        What the words of `activity` and `mainstreamness` stand for.
    """
    rows = judged.judged
    users = judged.users.iloc[rows]
    played = judged.train.counts[rows]
    popular = history_popularity(rows, judged.train, popularity_shares(judged.train, len(judged.songs)))
    activity, songs = _quantiles(np.where(played > 0, played, np.nan).astype(np.float64), ACTIVITIES)
    mainstream, shares = _quantiles(popular, MAINSTREAM)
    columns = {
        "age_band": in_bands(users["age"].to_numpy(np.float64), AGES),
        "gender": as_words(users["gender"]),
        "country": as_words(users["country"]),
        "activity": np.where(played > 0, activity, COLD[0][1]),
        "taste": _tastes(judged, rows),
        "mainstreamness": mainstream,
        "tenure": in_bands(_tenure_days(judged)[rows], TENURES),
        "cold": in_bands(played.astype(np.float64), COLD),
    }
    members = pd.DataFrame({"user_id": users["user_id"].to_numpy()})
    for name in ATTRIBUTES:
        if len(set(columns[name])) > 1:
            members[name] = pd.Series(columns[name], dtype="str")
    bounds = {
        "activity": {word: f"up to {edge:.0f} songs" for word, edge in zip(ACTIVITIES, songs, strict=False)},
        "mainstreamness": {
            word: f"songs that up to {edge:.2%} of all users have played"
            for word, edge in zip(MAINSTREAM, shares, strict=False)
        },
    }
    return members, bounds


def _quantiles(values: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, list[float]]:
    """Cut values into as many parts of about the same size as there are names; equal values share a part."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), UNKNOWN, dtype=object), []
    edges = np.quantile(values[known], np.arange(1, len(names)) / len(names))
    place = np.searchsorted(edges, np.where(known, values, 0.0), side="left")
    return np.where(known, np.array(names, dtype=object)[place], UNKNOWN), edges.tolist()


def _tastes(judged: Judged, rows: np.ndarray) -> np.ndarray:
    """Name the genre that most of what a user plays has; the more songs of it, the more plays they have."""
    names = sorted({name for own in judged.genres for name in own})
    tastes = np.full(len(rows), UNKNOWN, dtype=object)
    if not names:
        return tastes
    place = {name: at for at, name in enumerate(names)}
    sizes = np.array([len(own) for own in judged.genres])
    flat = np.array([place[name] for own in judged.genres for name in own], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    users, entries = judged.train.places(rows)
    songs = judged.train.songs[entries]
    weights = np.ones(len(entries)) if judged.train.weights is None else judged.train.weights[entries]
    many = sizes[songs]
    user = np.repeat(users, many)
    within = np.arange(len(user)) - np.repeat(np.cumsum(many) - many, many)
    genre = flat[np.repeat(starts[songs], many) + within]
    # A song of three genres speaks for each of them by a third.
    pairs, row = np.unique(user * len(names) + genre, return_inverse=True)
    weight = np.bincount(row, weights=np.repeat(weights / np.maximum(many, 1), many))
    order = np.lexsort((pairs, -weight, pairs // len(names)))
    user, genre = np.divmod(pairs[order], len(names))
    first = np.flatnonzero(np.diff(user, prepend=-1))
    tastes[user[first]] = np.array(names, dtype=object)[genre[first]]
    found = pd.Series(tastes[tastes != UNKNOWN]).value_counts()
    kept = {*found.index[:MOST_TASTES], UNKNOWN}
    return np.array([taste if taste in kept else OTHER for taste in tastes], dtype=object)


def _tenure_days(judged: Judged) -> np.ndarray:
    """Days from signing up, else from the first play, to the end of the train plays, `(users,)`; NaN where unknown."""
    train = judged.plays[judged.plays["part"] == TRAIN]
    end = train["played_at"].max()
    if pd.isna(end):
        return np.full(len(judged.users), np.nan)
    first = train.groupby("user_index")["first_played_at"].min().reindex(np.arange(len(judged.users)))
    signed_up = judged.users["signed_up_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    since = np.where(np.isnat(signed_up), first.to_numpy("datetime64[us]"), signed_up)
    days = (end.to_datetime64() - since) / np.timedelta64(1, "D")
    return np.asarray(np.maximum(days, 0))
