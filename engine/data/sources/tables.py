"""The `tables` source: users, songs and plays as they are documented, one file each."""

from pathlib import Path

from engine.data.clean import RawTable, RawTables
from engine.data.files import SUFFIXES, read_table_with_rejects
from engine.data.schema import TABLES
from engine.errors import DataError


def read(folder: Path) -> RawTables:
    """Read `songs`, `plays` and, where there is one, `users` from a folder."""
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; tables reads a folder with songs, plays and users files")
    users = find(folder, "users", required=False)
    songs, plays = find(folder, "songs"), find(folder, "plays")
    assert songs is not None and plays is not None
    return RawTables(
        songs=_read(songs, "songs"),
        plays=_read(plays, "plays"),
        users=_read(users, "users") if users else None,
    )


def find(folder: Path, name: str, required: bool = True) -> Path | None:
    """Find the one file of table `name` in a folder."""
    there = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").is_file()]
    if len(there) > 1:
        raise DataError(f"{folder}: both {there[0].name} and {there[1].name} are there; keep one")
    if not there and required:
        raise DataError(f"{folder}: no {name} table; put {name}.csv, {name}.csv.gz or {name}.parquet there")
    return there[0] if there else None


def _read(path: Path, name: str) -> RawTable:
    frame, malformed = read_table_with_rejects(path, TABLES[name].required)
    return RawTable(frame, path.name, malformed)
