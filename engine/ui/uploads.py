"""Uploaded files on their way to a build: checked, and written under names of ours. No Streamlit here.

The name that a browser sends is text like any other: of a table it gives the suffix alone, and of a published data set,
whose readers go by names, the last part.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from engine.data.files import SUFFIXES
from engine.data.whole import whole_file
from engine.errors import DataError

MOST_MEGABYTES = 200  # of one file: a server holds uploads in memory
PUBLISHED = (".csv", ".tsv", ".txt", ".dat", ".parquet", ".gz", ".zip")
"""Suffixes of the files of published data sets."""
_ROOM = 4  # times the size of what is uploaded: the tables, what is prepared of them, the bundle
_NAME = re.compile(r"[\w][\w .()-]{0,120}")


class Uploaded(Protocol):
    """A file as the browser sent it."""

    name: str
    size: int

    def seek(self, offset: int, /) -> int:
        """Go to a place in the file."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """Read from there."""
        ...


def write_tables(files: Mapping[str, Uploaded], folder: Path) -> None:
    """Write the three tables' files, by table, to `folder` as `songs.csv` and the like.

    Raises
    ------
    DataError
        A file is no table, or there is no room for them.
    """
    _write({f"{table}{_suffix(file.name)}": file for table, file in files.items()}, folder)


def write_published(files: Sequence[Uploaded], folder: Path) -> Path:
    """Write the files of a published data set to `folder`; returns what a source reads, the file if it is one.

    Raises
    ------
    DataError
        A name makes no sense, two files have the same one, or there is no room for them.
    """
    named: dict[str, Uploaded] = {}
    for file in files:
        name = bare_name(file.name)
        if name in named:
            raise DataError(f"two files are called {name}; upload each once")
        named[name] = file
    _write(named, folder)
    return folder / next(iter(named)) if len(named) == 1 else folder


def bare_name(name: str) -> str:
    """Give the last part of a file's name, without folders.

    Raises
    ------
    DataError
        It has signs that a file's name needn't have, or is of no kind that is read.
    """
    bare = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not _NAME.fullmatch(bare) or not bare.lower().endswith(PUBLISHED):
        raise DataError(f"{bare[:80] or 'a file without a name'}: a file name like this is not read; rename it")
    return bare


def _suffix(name: str) -> str:
    found = [suffix for suffix in SUFFIXES if name.lower().endswith(suffix)]
    if not found:
        raise DataError(f"{name[-80:]}: unknown file type; a table is one of {', '.join(SUFFIXES)}")
    return max(found, key=len)


def _write(files: Mapping[str, Uploaded], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    size = sum(file.size for file in files.values())
    if shutil.disk_usage(folder).free < _ROOM * size:
        raise DataError(
            f"not enough room on the disk: {_ROOM * size / 1e9:.1f} GB are needed to build from these files"
        )
    for name, file in files.items():
        if not file.size:
            raise DataError(f"{name}: the file is empty")
        with whole_file(folder / name) as temporary, temporary.open("wb") as target:
            file.seek(0)
            shutil.copyfileobj(file, target)
