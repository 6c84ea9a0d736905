"""The `simulated` source: the invented world that `simulate` writes, so that the app works offline."""

from pathlib import Path

from engine.data.raw import RawTables
from engine.data.sources import tables
from engine.data.whole import write_json
from engine.errors import DataError

MARK = "world.json"  # says that the tables beside it are invented, whichever source reads them


def is_world(folder: Path) -> bool:
    """Tell whether a folder holds a simulated world."""
    return (folder / MARK).is_file()


def mark(folder: Path, settings: dict[str, int]) -> None:
    """Mark a folder of tables as simulated, with the settings that made it."""
    write_json(folder / MARK, {"simulated": True, **settings})


def read(folder: Path) -> RawTables:
    """Read a simulated world's tables."""
    if not is_world(folder):
        raise DataError(f"{folder}: not a simulated world ({MARK} is missing); write one with `simulate --out`")
    return tables.read(folder)
