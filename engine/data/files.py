"""Read files of rows, batch by batch or whole: text as `text_files` reads it, Parquet as it is."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from engine.data.raw import RawBatch, RawTable, check_names, missing_column
from engine.data.text_files import CSV, Dialect, first_line_of, open_text, open_unzipped
from engine.errors import DataError

SUFFIXES = (".parquet", ".csv", ".csv.gz")
_PARQUET_ROWS = 262_144


def open_table(path: Path, dialect: Dialect = CSV) -> RawTable:
    """Open a Parquet file, or a text file (gzipped or not) as a raw table.

    Raises
    ------
    DataError
        The file is missing, empty or of an unknown kind. Reading it raises one too where it is cut short, not in its
        encoding or malformed.
    """
    path = Path(path)
    _check(path)
    if path.name.lower().endswith(".parquet"):
        return RawTable(path.name, lambda: _parquet_batches(path))
    return open_text(path.name, str(path), lambda: open_unzipped(path), dialect)


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
    _check(path)
    if not path.name.lower().endswith(SUFFIXES):
        raise DataError(f"{path}: unknown file type; rename or convert it to one of {', '.join(SUFFIXES)}")
    batches = list(open_table(path).batches())
    names = batches[0].table.column_names
    for column in columns or ():
        if column not in names:
            raise missing_column(str(path), column, names)
    frame = pa.concat_tables([b.table for b in batches]).to_pandas()
    malformed = [(row.line, row.reason, row.text) for b in batches for row in b.malformed]
    return frame.set_axis(pd.Index(np.concatenate([b.lines for b in batches])), axis=0), malformed


def malformed_rows(path: Path, malformed: Sequence[tuple[int, str, str]]) -> pd.DataFrame:
    """Give rows that `read_table_with_rejects` set aside as `file`, `line`, `reason`, `content`."""
    rows = [(Path(path).name, line, reason, text) for line, reason, text in malformed]
    return pd.DataFrame(rows, columns=["file", "line", "reason", "content"])


def _check(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"{path}: no such file; give a {', '.join(SUFFIXES)} file that exists")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; it needs a header row and at least one row")


def _parquet_batches(path: Path) -> Iterator[RawBatch]:
    try:
        # One file, not a data set: partition columns are not guessed from folder names.
        with pa.parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            check_names(str(path), schema.names)
            line = 1
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                table = pa.Table.from_batches([batch])
                lines = np.arange(line, line + len(table), dtype=np.int64)
                line += len(table)
                yield RawBatch(path.name, table, lines, done=(line - 1) / file.metadata.num_rows)
            if line == 1:
                yield RawBatch(path.name, schema.empty_table(), np.empty(0, dtype=np.int64))
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path}: not a readable Parquet file ({first_line_of(error)[:160]}); write it again"
        ) from error
