"""Read tables of text and write files whole.

Every CSV column is read as text: an id like "007" stays as it is, and a wrong value can be reported as it was
written. Rows with too many or too few fields are set aside, never guessed at.
"""

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from engine.errors import DataError

SUFFIXES = (".parquet", ".csv", ".csv.gz")


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a CSV, CSV.gz or Parquet file as a frame; CSV columns are all text.

    Parameters
    ----------
    path
        The file; its suffix says its format.
    columns
        Columns that must be there. Others are kept too.

    Raises
    ------
    DataError
        The file is missing, empty, cut short, not UTF-8, malformed or lacks one of `columns`.
    """
    frame, _ = read_table_with_rejects(path, columns)
    return frame


def read_table_with_rejects(
    path: Path, columns: Sequence[str] | None = None
) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Read a table as `read_table` does, with the malformed rows that were set aside.

    Returns
    -------
    frame
        Indexed by line number in a CSV file (the header is line 1; quoted line breaks are not counted) and by
        row number from 1 in a Parquet file.
    malformed
        `(line, reason, text)` for each row whose number of fields is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; give a {', '.join(SUFFIXES)} file that exists")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; it needs a header row and at least one row")
    name = path.name.lower()
    malformed: list[tuple[int, str, str]] = []
    if name.endswith(".parquet"):
        table = _read_parquet(path)
        first_line = 1
    elif name.endswith((".csv", ".csv.gz")):
        table = _read_csv(path, malformed)
        first_line = 2
    else:
        raise DataError(f"{path}: unknown file type; rename or convert it to one of {', '.join(SUFFIXES)}")
    doubled = sorted({c for c in table.column_names if table.column_names.count(c) > 1})
    if doubled:
        raise DataError(f"{path}: the header names column {doubled[0]!r} twice; rename or remove one")
    for column in columns or ():
        if column not in table.column_names:
            found = ", ".join(table.column_names[:12])
            raise DataError(f"{path}: required column {column!r} is missing; found {found[:200]}")
    frame = table.to_pandas()
    lines = pd.RangeIndex(first_line, first_line + len(frame))
    if malformed:
        skipped = {line for line, _, _ in malformed}
        lines = pd.Index([n for n in range(2, len(frame) + len(malformed) + 2) if n not in skipped])
    return frame.set_axis(lines, axis=0), malformed


def _read_parquet(path: Path) -> pa.Table:
    try:
        # One file, not a data set: partition columns are not guessed from folder names.
        return pa.parquet.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a readable Parquet file ({_first_line(error)}); write it again") from error


def _read_csv(path: Path, malformed: list[tuple[int, str, str]]) -> pa.Table:
    def set_aside(row: Any) -> str:
        reason = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        malformed.append((int(row.number or 0), reason, str(row.text)))
        return "skip"

    read = pa.csv.ReadOptions(use_threads=False)  # one thread, so that rows know their line number
    compression = "gzip" if path.name.lower().endswith(".gz") else None
    parse = pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside)
    try:
        with (
            pa.input_stream(path, compression=compression) as stream,
            pa.csv.open_csv(stream, read_options=read, parse_options=parse) as probe,
        ):
            names = probe.schema.names
        malformed.clear()
        convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        )
        with pa.input_stream(path, compression=compression) as stream:
            return pa.csv.read_csv(stream, read_options=read, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {_explain(error)}") from error


def _explain(error: Exception) -> str:
    text = _first_line(error)
    lower = text.lower()
    if "utf8" in lower or "utf-8" in lower or isinstance(error, UnicodeDecodeError):
        return "the text is not UTF-8; save it as UTF-8 (for example with `iconv -f latin1 -t utf-8`)"
    if "truncated" in lower or "zlib" in lower or "compressed" in lower:
        return "the gzip file is damaged or cut short; fetch or compress it again"
    if "empty csv" in lower:
        return "the file is empty; it needs a header row and at least one row"
    return f"not a readable CSV file ({text[:160]})"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, renamed to it if the block succeeds and removed if not.

    The temporary name keeps the suffixes, since writers choose the format by them.
    """
    path = Path(path)
    _make_parent(path)
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"{path}: can't be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a temporary folder beside `path`, renamed to it if the block succeeds and removed if not.

    Parameters
    ----------
    path
        Where the folder ends up. One that is there is replaced if `is_ours` says so or if it is empty.
    is_ours
        Tells a folder of the same kind, safe to replace, from a user's own.

    Raises
    ------
    DataError
        `path` is there and holds something else, or can't be written.
    """
    path = Path(path)
    if path.exists() and not (path.is_dir() and (is_ours(path) or not any(path.iterdir()))):
        raise DataError(f"{path}: holds something else; choose another folder or empty it first")
    _make_parent(path)
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir()
        yield temporary
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        temporary.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise DataError(f"{path}: can't be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{path.parent}: can't be made a folder ({error.strerror or error})") from error


def _sweep(path: Path) -> None:
    """Remove what killed writers of `path` left behind; put back a folder caught between two renames."""
    for left in path.parent.glob(f".{path.name}.*.*"):
        pid = left.suffixes[-2].lstrip(".") if len(left.suffixes) > 1 else ""
        if left.suffix not in (".tmp", ".old") or not pid.isdigit() or _alive(int(pid)):
            continue
        if left.suffix == ".old" and not path.exists():
            left.rename(path)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n", encoding="utf-8")


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet or CSV by the suffix of `path`, whole or not at all."""
    name = Path(path).name.lower()
    if not name.endswith(SUFFIXES):
        raise DataError(f"{path}: unknown file type; end the name in one of {', '.join(SUFFIXES)}")
    with whole_file(path) as temporary:
        if name.endswith(".parquet"):
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, index=False)


def malformed_rows(path: Path, malformed: Sequence[tuple[int, str, str]]) -> pd.DataFrame:
    """Give rows that `read_table_with_rejects` set aside as `file`, `line`, `reason`, `content`."""
    rows = [(Path(path).name, line, reason, text) for line, reason, text in malformed]
    return pd.DataFrame(rows, columns=["file", "line", "reason", "content"])


def rejects_path(out: Path) -> Path:
    """Name the file beside the result `out` that keeps the rows it was not made from."""
    return out.with_name(f"{out.name.split('.')[0]}.rejects.csv")


def write_rejects(out: Path, rejects: Sequence[pd.DataFrame]) -> None:
    """Keep rejected rows beside the result `out`; without any, remove those of an earlier run."""
    there = [frame for frame in rejects if len(frame)]
    if there:
        write_frame(rejects_path(out), pd.concat(there, ignore_index=True))
    else:
        rejects_path(out).unlink(missing_ok=True)
