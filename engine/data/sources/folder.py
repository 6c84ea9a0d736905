"""Find and open the files of a data set in the folder it unpacks to."""

from collections.abc import Sequence
from pathlib import Path

from engine.data.files import SUFFIXES, open_table
from engine.data.raw import RawTable
from engine.data.text_files import CSV, Dialect
from engine.errors import DataError

_PACKED = (".7z", ".zip", ".tar.gz", ".rar")


def require_folder(path: Path, reads: str) -> None:
    """Refuse a path that is no folder, saying what is read from one."""
    if not path.is_dir():
        raise DataError(f"{path}: not a folder; give the folder with {reads}")


def table_files(stem: str) -> list[str]:
    """Names that the file of a table may have: `stem` with each suffix that can be read."""
    return [stem + suffix for suffix in SUFFIXES]


def find_file(folder: Path, names: Sequence[str]) -> Path | None:
    """Find the one of `names` that is in a folder.

    Raises
    ------
    DataError
        More than one is: which of them counts is not for us to guess.
    """
    there = [folder / name for name in names if (folder / name).is_file()]
    if len(there) > 1:
        raise DataError(f"{folder}: both {there[0].name} and {there[1].name} are there; keep one")
    return there[0] if there else None


def need_file(folder: Path, names: Sequence[str], what: str) -> Path:
    """Find the one of `names` that is in a folder; a message calls it `what`.

    Raises
    ------
    DataError
        None is there, or only an archive of it, or more than one.
    """
    found = find_file(folder, names)
    if found:
        return found
    packed = [folder / (name + suffix) for name in names for suffix in _PACKED if (folder / (name + suffix)).is_file()]
    if packed:
        tool = "7z x" if packed[0].name.endswith((".7z", ".rar")) else "unzip"
        command = "tar xzf" if packed[0].name.endswith(".tar.gz") else tool
        raise DataError(
            f"{folder}: {packed[0].name} is still packed; unpack it there with `{command} {packed[0].name}`"
        )
    raise DataError(f"{folder}: no {what}; put {listed(names)} there")


def open_published(path: Path, dialect: Dialect = CSV) -> RawTable:
    """Open a table and look at its beginning, so that a file of another format is refused at once.

    Raises
    ------
    DataError
        As `open_table`, or no row at the beginning has as many fields as `dialect` names.
    """
    table = open_table(path, dialect)
    first = next(iter(table.batches()))
    if first.malformed and not len(first.lines):
        fields = len(first.table.column_names)
        raise DataError(
            f"{path}: line {first.malformed[0].line} doesn't have {fields} fields; is it the published file?"
        )
    return table


def listed(names: Sequence[str]) -> str:
    """Write names as people list alternatives: a, b or c."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
