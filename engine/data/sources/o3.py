"""The `o3` source: the original project's flat file, one row a user and track.

Columns: `track_id, user_id, playcount, name, artist, tags, genre, main_genre, year, duration_ms, danceability …
time_signature, age, gender, region, country, monthly_hours, top_genre, genre_diversity, avg_danceability …
avg_time_signature`, as CSV or Parquet, one file or a folder of them. What is neither a play's nor a song's is the
user's; columns that no table has go with the users, so that cleaning reports them.

A user's averages (`avg_…`) are made from all of their plays, held out ones too: they are never a feature.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from engine.data.files import SUFFIXES, open_table
from engine.data.raw import RawTable, RawTables, concat, quoted
from engine.data.schema import AUDIO_COLUMNS
from engine.data.sources.columns import song_columns
from engine.data.sources.folder import listed
from engine.errors import DataError

REQUIRED = ("track_id", "user_id", "name", "artist")
_OF_PLAYS = ("track_id", "user_id", "playcount")
_OF_SONGS = ("name", "artist", "tags", "genre", "main_genre", "year", *AUDIO_COLUMNS)


def read(path: Path) -> RawTables:
    """Read one flat file or a folder of them."""
    flat = _one([open_table(file).require(REQUIRED) for file in _files(path)], path.resolve().name)
    names = flat.names
    plays = {"user_id": '"user_id"', "song_id": '"track_id"'}
    if "playcount" in names:
        plays["play_count"] = '"playcount"'
    of_users = [name for name in names if name not in (*_OF_PLAYS, *_OF_SONGS)]
    return RawTables(
        songs=flat.distinct("track_id").select({"song_id": '"track_id"', **song_columns(_known(names))}),
        plays=flat.select(plays),
        users=flat.distinct("user_id").select({name: quoted(name) for name in ("user_id", *of_users)}),
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folder = path / "o3_data" if (path / "o3_data").is_dir() else path
    files = [file for file in sorted(folder.iterdir()) if file.name.endswith(SUFFIXES) and file.name[0] not in "._"]
    if not files:
        raise DataError(f"{folder}: no {listed(SUFFIXES)} file; put the flat file or its parts there")
    return files


def _one(parts: Sequence[RawTable], name: str) -> RawTable:
    """Put the parts together under the same columns and types; a column that a part lacks is null there."""
    found = [_columns(part) for part in parts]
    same = {}
    for column in dict.fromkeys(column for columns in found for column in columns):
        types = {columns[column][1] if column in columns else None for columns in found}
        same[column] = "{}" if len(types) == 1 else "CAST({} AS VARCHAR)"
    selected = [
        part.select({column: cast.format(columns.get(column, ("NULL",))[0]) for column, cast in same.items()})
        for part, columns in zip(parts, found, strict=True)
    ]
    return selected[0] if len(selected) == 1 else concat(selected, name)


def _columns(part: RawTable) -> dict[str, tuple[str, pa.DataType]]:
    """Give the SQL and the type of each column; without a country the region is it."""
    first = next(iter(part.batches())).table
    columns = {name: (quoted(name), first.schema.field(name).type) for name in first.column_names}
    if "country" not in columns and "region" in columns:
        columns["country"] = columns.pop("region")
    return columns


def _known(names: Sequence[str]) -> list[str]:
    return [name for name in names if name in _OF_SONGS]
