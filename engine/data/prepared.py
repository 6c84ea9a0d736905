"""A prepared folder in memory: what training, evaluation and publishing read instead of the raw tables.

The folder holds `users.parquet` and `songs.parquet` (row number = position), `plays/part-*.parquet` (shards, all plays
of a user in one), `song_stats.parquet` and `user_stats.parquet` (what train plays say of them), `features.json`,
`folds.parquet` where folds were asked for, and for people to look at `quality.json`, `rejects.parquet`,
`same_songs.parquet`, `coverage.parquet` and `distributions.parquet`. `prepared.json` says what it all is.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.data import features as feature_module
from engine.data.features import Features
from engine.data.files import read_table
from engine.data.folds import By, label_by_time, label_by_users, user_folds, window_ranks, windows
from engine.data.listening import Listening, Span, dated_microseconds
from engine.data.split import TEST, TRAIN, VALID
from engine.errors import DataError, SettingsError

FORMAT = 3
INFO, QUALITY, FEATURES = "prepared.json", "quality.json", "features.json"
USERS, SONGS, PLAYS, FOLDS = "users.parquet", "songs.parquet", "plays", "folds.parquet"
SONG_STATS, USER_STATS = "song_stats.parquet", "user_stats.parquet"
REJECTS, SAME_SONGS = "rejects.parquet", "same_songs.parquet"
COVERAGE, DISTRIBUTIONS = "coverage.parquet", "distributions.parquet"
TO_LOOK_AT = (QUALITY, REJECTS, SAME_SONGS, COVERAGE, DISTRIBUTIONS)
"""The files that a bundle carries on, so that people see what it was made from."""


@dataclass(frozen=True)
class Prepared:
    """A prepared folder in memory.

    `plays` has one row a user, song and time (one a user and song after a random split): `user_index`, `song_index`
    (int64), `play_count` (float), `played_at` (naive UTC, or missing), `part` (0 train, 1 valid, 2 test; in a fold
    also 3 shown, 4 unused), sorted by user and time.
    """

    folder: Path
    users: pd.DataFrame
    songs: pd.DataFrame
    plays: pd.DataFrame
    features: Features
    info: dict[str, Any]

    def part(self, *parts: int) -> pd.DataFrame:
        """Plays of the given parts, one row a user and song: counts summed, the last time."""
        chosen = self.plays[self.plays["part"].isin(parts)]
        groups = chosen.groupby(["user_index", "song_index"], sort=True)
        return groups.agg(play_count=("play_count", "sum"), played_at=("played_at", "max")).reset_index()

    def whole(self) -> "Prepared":
        """Give all plays as train plays, with every feature fitted anew on them: for the model that is published."""
        return self._relabelled(np.full(len(self.plays), TRAIN, dtype=np.int8), {"whole": True})

    def later(self) -> "Prepared":
        """Give the same features one window of time on: validation plays as train plays, test plays to validate by."""
        labels = self.plays["part"].map({TRAIN: TRAIN, VALID: TRAIN, TEST: VALID}).astype(np.int8)
        return replace(self, plays=self.plays.assign(part=labels))

    def with_folds(self, count: int) -> "Prepared":
        """Give the same plays with `count` folds, of users and of time, whatever the folder was prepared with.

        Windows of time need every play's time: a random split has kept only the last one of a user and song.
        """
        if (self.info.get("folds") or {}).get("count") == count:
            return self
        cut: list[dict[str, str]] = []
        times = np.sort(dated_microseconds(self.plays)[1])
        if self.info["split"] == "temporal" and len(times):
            ends = times[window_ranks(len(times), count)].astype("datetime64[us]")
            cut = windows([str(moment) for moment in ends], count)
        return replace(self, info={**self.info, "folds": {"count": count, "windows": cut}})

    def fold(self, number: int, by: By = "users") -> "Prepared":
        """Give fold `number` (from 0): plays relabelled, and every feature fitted anew on its own train plays.

        Raises
        ------
        SettingsError
            There is no such fold, or no windows since plays have no times.
        """
        folds = self.info.get("folds") or {"count": 0, "windows": []}
        count = folds["count"] if by == "users" else len(folds["windows"])
        if not 0 <= number < count:
            raise SettingsError(f"{self.folder}: no fold {number} by {by}, it has {count}; prepare with --folds K")
        if by == "users":
            fold = user_folds(len(self.users), count, self.info["seed"])
            labels = label_by_users(self.plays, fold, number, self.info["seed"])
        else:
            labels = label_by_time(self.plays, folds["windows"][number])
        return self._relabelled(labels, {"fold": [by, number]})

    def _relabelled(self, labels: np.ndarray, about: dict[str, Any]) -> "Prepared":
        plays = self.plays.assign(part=labels)
        train = plays[plays["part"] == TRAIN]
        listening = Listening.empty(len(self.users), len(self.songs), Span.of(train))
        listening.add(train, self.songs["release_year"].to_numpy())
        features = feature_module.fit(self.users, self.songs, listening)
        return replace(self, plays=plays, features=features, info={**self.info, **about})


def is_prepared(folder: Path) -> bool:
    """Tell whether a folder was written by `prepare`."""
    return (folder / INFO).is_file()


def load_prepared(folder: Path) -> Prepared:
    """Read a prepared folder.

    Raises
    ------
    DataError
        The folder is missing, incomplete or of another version.
    """
    try:
        info = json.loads((folder / INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: not a prepared folder; write one with `prepare --out {folder}`") from error
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        found = info.get("format") if isinstance(info, dict) else None
        raise DataError(f"{folder}: prepared by another version (format {found}); run `prepare` again")
    return Prepared(
        folder=folder,
        users=read_table(folder / USERS),
        songs=read_table(folder / SONGS),
        plays=_plays(folder / PLAYS),
        features=Features.load(folder / FEATURES),
        info=info,
    )


def read_quality(folder: Path) -> dict[str, Any]:
    """Read the quality record of a prepared folder."""
    quality: dict[str, Any] = json.loads((folder / QUALITY).read_text(encoding="utf-8"))
    return quality


def _plays(folder: Path) -> pd.DataFrame:
    shards = sorted(folder.glob("part-*.parquet"))
    if not shards:
        raise DataError(f"{folder}: its plays are missing; run `prepare` again")
    try:
        table = pa.concat_tables([pq.ParquetFile(path).read() for path in shards])
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{folder}: its plays can't be read; run `prepare` again") from error
    frame = table.to_pandas()
    frame = frame.astype({"user_index": "int64", "song_index": "int64"})
    return frame if len(shards) == 1 else frame.sort_values("user_index", kind="stable", ignore_index=True)
