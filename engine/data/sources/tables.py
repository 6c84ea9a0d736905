"""The `tables` source: users, songs and plays as they are documented, one file each."""

from pathlib import Path

from engine.data.files import open_table
from engine.data.raw import RawTable, RawTables
from engine.data.schema import TABLES
from engine.data.sources.folder import find_file, need_file, require_folder, table_files


def read(folder: Path) -> RawTables:
    """Read `songs`, `plays` and, where there is one, `users` from a folder."""
    require_folder(folder, "the songs, plays and users files")
    users = find_file(folder, table_files("users"))
    return RawTables(
        songs=_open(need_file(folder, table_files("songs"), "songs table"), "songs"),
        plays=_open(need_file(folder, table_files("plays"), "plays table"), "plays"),
        users=_open(users, "users") if users else None,
    )


def _open(path: Path, name: str) -> RawTable:
    return open_table(path).require(TABLES[name].required)
