"""Read tables of text.

Every CSV column is read as text: an id like "007" stays as it is, and a wrong value can be reported as it was
written. Rows with too many or too few fields are set aside, never guessed at.
"""

from collections.abc import Sequence
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


def malformed_rows(path: Path, malformed: Sequence[tuple[int, str, str]]) -> pd.DataFrame:
    """Give rows that `read_table_with_rejects` set aside as `file`, `line`, `reason`, `content`."""
    rows = [(Path(path).name, line, reason, text) for line, reason, text in malformed]
    return pd.DataFrame(rows, columns=["file", "line", "reason", "content"])
