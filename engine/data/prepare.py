"""Tables to a prepared folder: cleaned, indexed, split, with features fitted on the train plays.

The folder holds `users.parquet` and `songs.parquet` (row number = position), `plays.parquet` (positions, count, time,
part), `features.json`, `rejects.parquet`, `quality.json` and `prepared.json`. Nothing downstream reads the raw tables.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.config import Settings
from engine.data import features as feature_module
from engine.data.clean import Tables, clean
from engine.data.features import Features
from engine.data.files import read_table
from engine.data.sources import is_simulated, read_source
from engine.data.split import TRAIN, choose_kind, split_plays
from engine.data.whole import whole_folder, write_frame, write_json
from engine.errors import DataError

FORMAT = 1
INFO = "prepared.json"


@dataclass(frozen=True)
class Prepared:
    """A prepared folder in memory.

    `plays` has one row a user, song and part: `user_index`, `song_index` (int64), `play_count` (float), `played_at`
    (the last time, or missing), `part` (0 train, 1 valid, 2 test).
    """

    users: pd.DataFrame
    songs: pd.DataFrame
    plays: pd.DataFrame
    features: Features
    info: dict[str, Any]
    quality: dict[str, Any]
    rejects: pd.DataFrame

    def part(self, *parts: int) -> pd.DataFrame:
        """Plays of the given parts, one row a user and song."""
        chosen = self.plays[self.plays["part"].isin(parts)]
        return chosen if len(parts) == 1 else _sum_pairs(chosen, ["user_index", "song_index"])


def prepare(
    source: str, data: Path, out: Path, settings: Settings, on_progress: Callable[[str], None] = lambda stage: None
) -> dict[str, Any]:
    """Prepare the tables of `source` at `data` into the folder `out`; returns the quality record.

    Raises
    ------
    DataError
        The tables can't be used, or `out` holds something else.
    """
    on_progress("reading tables")
    tables = clean(read_source(source, data))
    on_progress("splitting plays")
    plays = _index_plays(tables)
    kind = choose_kind(plays) if settings.split.kind == "auto" else settings.split.kind
    if kind == "temporal" and plays["played_at"].isna().all():
        raise DataError(f"{tables.quality['plays']['file']}: a temporal split needs played_at; none can be read")
    if kind == "random":
        plays = _sum_pairs(plays, ["user_index", "song_index"])
    share = settings.split
    plays["part"] = split_plays(plays, kind, share.valid_share, share.test_share, settings.seed)
    plays = _sum_pairs(plays, ["user_index", "song_index", "part"])
    train = plays[plays["part"] == TRAIN]
    on_progress("fitting features")
    features = feature_module.fit(tables.users, tables.songs, train)
    quality = {**tables.quality, "features_off": features.off}
    info = {
        "format": FORMAT,
        "source": source,
        "simulated": is_simulated(source, data),
        "data_sha256": _digest(tables),
        "split": kind,
        "seed": settings.seed,
        "users": len(tables.users),
        "songs": len(tables.songs),
        "plays": len(plays),
    }
    on_progress("writing")
    with whole_folder(out, is_prepared) as folder:
        write_frame(folder / "users.parquet", tables.users)
        write_frame(folder / "songs.parquet", tables.songs)
        write_frame(folder / "plays.parquet", plays)
        write_frame(folder / "rejects.parquet", tables.rejects)
        features.save(folder / "features.json")
        write_json(folder / "quality.json", quality)
        write_json(folder / INFO, info)
    return quality


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
        quality = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: not a prepared folder; write one with `prepare --out {folder}`") from error
    if info.get("format") != FORMAT:
        raise DataError(f"{folder}: prepared by another version (format {info.get('format')}); run `prepare` again")
    return Prepared(
        users=read_table(folder / "users.parquet"),
        songs=read_table(folder / "songs.parquet"),
        plays=read_table(folder / "plays.parquet"),
        features=Features.load(folder / "features.json"),
        info=info,
        quality=quality,
        rejects=read_table(folder / "rejects.parquet"),
    )


def _index_plays(tables: Tables) -> pd.DataFrame:
    plays = tables.plays
    return pd.DataFrame(
        {
            "user_index": pd.Index(tables.users["user_id"]).get_indexer(pd.Index(plays["user_id"])),
            "song_index": pd.Index(tables.songs["song_id"]).get_indexer(pd.Index(plays["song_id"])),
            "play_count": plays["play_count"].to_numpy(dtype=np.float64),
            "played_at": plays["played_at"].dt.tz_localize(None).to_numpy(),
        }
    )


def _sum_pairs(plays: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    groups = plays.groupby(keys, sort=True)
    return groups.agg(play_count=("play_count", "sum"), played_at=("played_at", "max")).reset_index()


def _digest(tables: Tables) -> str:
    """Hash what was kept, so that the same data in another file format is the same data."""
    digest = hashlib.sha256()
    for frame in (tables.users, tables.songs, tables.plays):
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()
