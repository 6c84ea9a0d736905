"""Quantities that plays tell of songs, users and moments, as a network reads them: logs, z-scores, points on a circle.

Means and standard deviations are those of the train plays; what isn't known is 0 with a mask of 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.listening import Listening, song_age

SONG = ("song_plays", "recency", "trend")
USER = ("user_songs", "user_plays", "tenure")
HOURS, WEEKDAYS = 24, 7
_FIRST_WEEKDAY = 3  # 1 January 1970 was a Thursday
_HOUR = 3_600_000_000
_FAR = 5.0  # standard deviations beyond which a value says no more than "extreme"

Scales = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class PlayArrays:
    """Plays as a network reads them, each `(plays, columns)` float32.

    `moment` is hour and weekday (UTC) as sine and cosine, four columns; `age` the z-scored age of the song in one.
    `moment_known` and `age_known`, one column each, are 1 where known.
    """

    moment: np.ndarray
    moment_known: np.ndarray
    age: np.ndarray
    age_known: np.ndarray


def fit_activity(train: Listening, signed_up_at: pd.Series) -> dict[str, tuple[float, float]]:
    """Fit mean and standard deviation of each quantity over what the train plays name; unknown ones absent."""
    songs, users = _songs(train.song_frame()), _users(train.user_frame(signed_up_at))
    columns = {name: songs[name][train.listeners > 0] for name in SONG}
    columns |= {name: users[name][train.user_songs > 0] for name in USER}
    scales = {}
    for name, values in columns.items():
        known = values[np.isfinite(values)]
        if len(known) >= 2 and known.std() > 0:
            scales[name] = (float(known.mean()), float(known.std()))
    count, total, squares = train.ages
    if count >= 2:
        mean = total / count
        deviation = np.sqrt(max(squares / count - mean**2, 0.0))
        if deviation > 0:
            scales["song_age"] = (float(mean), float(deviation))
    return scales


def encode_song_activity(scales: Scales, songs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Encode songs by their train plays (rows of `song_stats.parquet`): z-scores and mask, `(songs, 3)` float32 each.

    Columns: log plays, days since the last play (log), trend. A song without train plays is known to have none.
    """
    return _encode(scales, _songs(songs), SONG)


def encode_user_activity(scales: Scales, users: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Encode users by their train plays (rows of `user_stats.parquet`): z-scores and mask, `(users, 3)` float32 each.

    Columns: log songs, log plays, tenure in days (log).
    """
    return _encode(scales, _users(users), USER)


def encode_plays(scales: Scales, plays: pd.DataFrame, release_year: np.ndarray) -> PlayArrays:
    """Encode the moment of each play and the song's age at it.

    Parameters
    ----------
    plays
        Columns `song_index` and `played_at` (naive UTC, or missing).
    release_year
        `(songs,)`, NaN where unknown.
    """
    stamps = plays["played_at"].to_numpy().astype("datetime64[us]")
    known = ~np.isnat(stamps)
    times = np.where(known, stamps.astype(np.int64), 0)
    hour, weekday = hour_and_weekday(times)
    circle = np.column_stack([f(2 * np.pi * x) for x in (hour / HOURS, weekday / WEEKDAYS) for f in (np.sin, np.cos)])
    mean, deviation = scales.get("song_age", (0.0, 1.0))
    age = (song_age(times, release_year[plays["song_index"].to_numpy()]) - mean) / deviation
    age_known = np.isfinite(age) & known & ("song_age" in scales)
    return PlayArrays(
        moment=(circle * known[:, None]).astype(np.float32),
        moment_known=known.astype(np.float32)[:, None],
        age=np.where(age_known, np.clip(age, -_FAR, _FAR), 0.0).astype(np.float32)[:, None],
        age_known=age_known.astype(np.float32)[:, None],
    )


def hour_and_weekday(microseconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hour of the day, 0 to under 24 with its fraction, and weekday, 0 (Monday) to 6, of times in UTC."""
    hours = microseconds // _HOUR
    return (microseconds % (24 * _HOUR)) / _HOUR, (hours // 24 + _FIRST_WEEKDAY) % WEEKDAYS


def _songs(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        "song_plays": np.log1p(frame["plays"].to_numpy(np.float64)),
        "recency": np.log1p(frame["recency_days"].to_numpy(np.float64)),
        "trend": frame["trend"].to_numpy(np.float64),
    }


def _users(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        "user_songs": np.log1p(frame["songs"].to_numpy(np.float64)),
        "user_plays": np.log1p(frame["plays"].to_numpy(np.float64)),
        "tenure": np.log1p(frame["tenure_days"].to_numpy(np.float64)),
    }


def _encode(scales: Scales, columns: dict[str, np.ndarray], names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    values, known = [], []
    for name in names:
        mean, deviation = scales.get(name, (0.0, 1.0))
        z = (columns[name] - mean) / deviation
        mask = np.isfinite(z) & (name in scales)
        values.append(np.where(mask, np.clip(z, -_FAR, _FAR), 0.0))
        known.append(mask)
    return np.column_stack(values).astype(np.float32), np.column_stack(known).astype(np.float32)
