"""The registry of sources: small readers that yield users, songs and plays.

A source is one file in this folder with a `read(path) -> RawTables`; adding one is a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data.clean import RawTables
from engine.data.sources import hetrec, simulated, tables
from engine.errors import DataError


@dataclass(frozen=True)
class Source:
    """A format that can be read; `about` says in one line what `path` has to be."""

    name: str
    read: Callable[[Path], RawTables]
    about: str


SOURCES = {
    source.name: source
    for source in (
        Source(
            "tables",
            tables.read,
            "a folder with songs, plays and, if known, users as .csv, .csv.gz or .parquet",
        ),
        Source("hetrec", hetrec.read, "HetRec 2011 Last.fm as published: the zip or its folder of .dat files"),
        Source("simulated", simulated.read, "a world written by `simulate`"),
    )
}


def read_source(name: str, path: Path) -> RawTables:
    """Read the raw tables of source `name` at `path`.

    Raises
    ------
    DataError
        The source is unknown, or what it needs is missing or unreadable.
    """
    if name not in SOURCES:
        raise DataError(f"unknown source {name!r}; choose one of {', '.join(SOURCES)}")
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; {name} reads {SOURCES[name].about}")
    return SOURCES[name].read(path)


def is_simulated(name: str, path: Path) -> bool:
    """Tell whether the data are invented, however they are read."""
    return name == "simulated" or simulated.is_world(path)
