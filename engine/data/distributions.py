"""What the data look like: histograms of every column, plays over time and over the week, and how much is known.

For people to look at; nothing is fitted on it, so it counts all plays, held out or not, but for `coverage`.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from engine.data.activity import hour_and_weekday
from engine.data.features import Features, genre_lists
from engine.data.listening import Listening, dated_microseconds
from engine.data.schema import SONGS, USERS

BINS = 30
MOST_CATEGORIES = 30
_COLUMNS = ["variable", "table", "kind", "label", "low", "high", "count"]
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MODEL_READS = ("age", "gender", "country", "artist", "genres")


class PlayCounts:
    """Counts all plays by user, song, month and hour of the week, shard by shard."""

    def __init__(self, users: int, songs: int) -> None:
        self._users, self._songs = np.zeros(users), np.zeros(songs)
        self._months: dict[int, float] = {}
        self._week = np.zeros(7 * 24)

    def add(self, plays: pd.DataFrame) -> None:
        """Count further plays: columns `user_index`, `song_index`, `play_count`, `played_at`."""
        counts = plays["play_count"].to_numpy(dtype=np.float64)
        self._users += np.bincount(plays["user_index"], weights=counts, minlength=len(self._users))
        self._songs += np.bincount(plays["song_index"], weights=counts, minlength=len(self._songs))
        dated, times = dated_microseconds(plays)
        if not len(times):
            return
        months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        first = int(months.min())
        for month, count in enumerate(np.bincount(months - first, weights=counts[dated]), start=first):
            self._months[month] = self._months.get(month, 0.0) + float(count)
        hour, weekday = hour_and_weekday(times)
        self._week += np.bincount(weekday * 24 + hour.astype(np.int64), weights=counts[dated], minlength=7 * 24)

    def rows(self) -> list[pd.DataFrame]:
        """Give the histograms of plays."""
        out = [_powers("plays a user", self._users), _powers("plays a song", self._songs)]
        if self._months:
            months = range(min(self._months), max(self._months) + 1)
            labels = [str(np.datetime64(month, "M")) for month in months]
            counts = [round(self._months.get(month, 0.0)) for month in months]
            out.append(_rows("plays over time", "plays", "month", labels, months, months, counts))
            days, hours = np.divmod(np.arange(7 * 24), 24)
            names = [f"{_WEEKDAYS[d]} {h}:00" for d, h in zip(days, hours, strict=True)]
            out.append(_rows("listening hours", "plays", "week_hour", names, days, hours, np.round(self._week)))
        return out


def distributions(users: pd.DataFrame, songs: pd.DataFrame, plays: PlayCounts) -> pd.DataFrame:
    """Histograms of all that is known: `variable`, `table`, `kind`, `label`, `low`, `high`, `count`.

    `kind` is `number` (bins from `low` to under `high`), `category` (the most frequent values, then "other"),
    `month`, or `week_hour` (`low` is the weekday from 0, Monday, and `high` the hour, UTC).
    """
    out = []
    for table, frame in ((USERS, users), (SONGS, songs)):
        for column in table.columns:
            values = frame[column.name].dropna()
            if column.kind == "number" and len(values):
                out.append(_numbers(column.name, table.name, values.to_numpy(dtype=np.float64)))
            elif column.name in ("gender", "country") and len(values):
                out.append(_categories(column.name, table.name, values))
    genres = genre_lists(songs).explode().dropna()
    if len(genres):
        out.append(_categories("genres", SONGS.name, genres))
    return pd.concat([*out, *plays.rows()], ignore_index=True)[_COLUMNS]


def coverage(
    users: pd.DataFrame, songs: pd.DataFrame, features: Features, train: Listening, dated: float, by_time: bool
) -> pd.DataFrame:
    """How much is known of each column: `table`, `feature`, `known`, `known_plays`, `used`.

    `known` is the share of rows, `known_plays` the share of train plays whose user or song has it; `used` says
    whether the model reads it. `dated` is the share of plays with a time, `by_time` whether they are split by it.
    """
    rows = []
    for table, frame, weights in ((USERS, users, train.user_plays), (SONGS, songs, train.plays)):
        for column in table.columns:
            if column.kind == "id" or column.name == "title":
                continue
            known = frame[column.name].notna().to_numpy()
            if column.name == "artist":
                known = known & (frame[column.name] != "").to_numpy()
            of_plays = float(weights[known].sum() / max(weights.sum(), 1e-9))
            used = column.name not in features.off and (column.name in _MODEL_READS or _is_sound(column.name, features))
            rows.append((table.name, column.name, float(known.mean()) if len(known) else 0.0, of_plays, used))
    rows.append(("plays", "played_at", dated, dated, by_time))
    return pd.DataFrame(rows, columns=["table", "feature", "known", "known_plays", "used"])


def _is_sound(column: str, features: Features) -> bool:
    names = {"duration_ms": "log_duration", "key": "key_sin"}
    return names.get(column, column) in features.sound


def _numbers(variable: str, table: str, values: np.ndarray) -> pd.DataFrame:
    low, high = float(values.min()), float(values.max())
    whole = bool((values == np.floor(values)).all())
    if whole and high - low <= 2 * BINS:
        edges = np.arange(low, high + 2)
    elif whole:
        step = float(np.ceil((high - low + 1) / BINS))
        edges = np.arange(np.floor(low / step) * step, high + step + 1, step)
    elif high > low:
        edges = np.linspace(low, high, BINS + 1)
    else:
        edges = np.array([low, low + max(abs(low), 1.0) * 1e-6])
    counts, edges = np.histogram(values, edges)
    labels = [f"{a:g}" if whole and b - a == 1 else f"{a:g}–{b:g}" for a, b in pairwise(edges)]
    return _rows(variable, table, "number", labels, edges[:-1], edges[1:], counts)


def _powers(variable: str, counts: np.ndarray) -> pd.DataFrame:
    """Count users or songs by their plays, in bins that double: none, 1, 2–3, 4–7 …"""
    top = max(int(np.log2(max(counts.max(initial=1.0), 1.0))) + 1, 1)
    edges = np.concatenate([[0.0], 2.0 ** np.arange(top + 1)])
    found, _ = np.histogram(counts, edges)
    labels = [f"{a:,.0f}" if b - a <= 1 else f"{a:,.0f}–{b - 1:,.0f}" for a, b in pairwise(edges)]
    return _rows(variable, "plays", "number", labels, edges[:-1], edges[1:], found)


def _categories(variable: str, table: str, values: pd.Series) -> pd.DataFrame:
    counts = values.value_counts()
    # The most frequent first; of equally frequent ones the first by name, so that the order is always the same.
    counts = counts.iloc[np.lexsort((counts.index.to_numpy().astype(str), -counts.to_numpy()))]
    labels, top = [str(v) for v in counts.index[:MOST_CATEGORIES]], counts.to_numpy()[:MOST_CATEGORIES].tolist()
    rest = int(counts.to_numpy()[MOST_CATEGORIES:].sum())
    if rest:
        labels, top = [*labels, "other"], [*top, rest]
    places = np.arange(len(labels))
    return _rows(variable, table, "category", labels, places, places + 1, top)


def _rows(variable: str, table: str, kind: str, labels: list[str], low: Any, high: Any, count: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"label": labels, "low": np.asarray(low, float), "high": np.asarray(high, float)})
    return frame.assign(variable=variable, table=table, kind=kind, count=np.asarray(count).astype(np.int64))
