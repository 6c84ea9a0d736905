"""Read text files of rows, batch by batch, with the line of each: CSV and its kin.

Every cell is read as text: an id like "007" stays as it is, and a wrong value can be reported as it was written. Rows
with too many or too few fields are set aside, never guessed at.
"""

import csv
import gzip
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from engine.data.raw import Malformed, RawBatch, RawTable, check_names
from engine.errors import DataError

_BLOCK_BYTES = 8 << 20  # of text in memory at a time; also the longest row
_DELIMITERS = ",;\t|"
# zlib and zipfile raise errors of their own where compressed bytes are damaged.
_UNREADABLE = (pa.ArrowException, OSError, EOFError, UnicodeError, zlib.error, zipfile.BadZipFile)
_LONG_CELL, _MOST_LINES_A_CELL = 4_000, 200  # letters; more in one cell, and a quotation mark was never closed
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Dialect:
    """How a text file writes rows.

    Without `delimiter` the header says which of comma, semicolon, tab and bar it is. `names` are the columns of a
    file without a header. `quoted` is whether quotation marks enclose cells (RFC 4180) or are letters like others.
    """

    delimiter: str | None = None
    names: tuple[str, ...] | None = None
    quoted: bool = True
    encoding: str = "utf-8"


CSV = Dialect()


def open_text(file: str, where: str, open_binary: Callable[[], BinaryIO], dialect: Dialect = CSV) -> RawTable:
    """Open rows of text.

    Parameters
    ----------
    file
        Name to report rows by.
    where
        What messages call it: the path, or the archive and the name inside it.
    open_binary
        Opens the bytes anew each time.
    """
    return RawTable(file, lambda: _text_batches(file, where, open_binary, dialect))


def open_unzipped(path: Path) -> BinaryIO:
    """Open a file, unzipped if its first bytes are gzip's, whatever its name."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    if zipped:
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if path.name.lower().endswith(".gz"):
        raise DataError(f"{path}: not a gzip file; fetch or compress it again")
    return path.open("rb")


def _text_batches(file: str, where: str, open_binary: Callable[[], BinaryIO], dialect: Dialect) -> Iterator[RawBatch]:
    aside: list[Malformed] = []
    blank: list[int] = []

    def set_aside(row: Any) -> str:
        if row.actual_columns == 1 and not row.text.strip():
            blank.append(int(row.number or 0))  # an empty line is no row, but it is a line
            return "skip"
        reason = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        aside.append(Malformed(int(row.number or 0), reason, str(row.text)))
        return "skip"

    try:
        names, delimiter = _header(where, open_binary, dialect)
        check_names(where, names)
        read = pa.csv.ReadOptions(
            use_threads=False,  # one thread, so that rows know their line number
            block_size=_BLOCK_BYTES,
            column_names=names,
            skip_rows=0 if dialect.names else 1,
        )
        parse = pa.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if dialect.quoted else False,
            double_quote=dialect.quoted,
            newlines_in_values=dialect.quoted,
            ignore_empty_lines=False,  # or they would not count as lines
            invalid_row_handler=set_aside,
        )
        convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        )
        line = 1 if dialect.names else 2
        with open_binary() as binary, _stream(binary, dialect) as stream:
            size = _size(binary)
            with pa.csv.open_csv(stream, read_options=read, parse_options=parse, convert_options=convert) as reader:
                for batch in reader:
                    lines, line = _lines(line, batch.num_rows, [*(row.line for row in aside), *blank])
                    passed = [row for row in aside if row.line < line]
                    aside[:] = aside[len(passed) :]
                    blank[:] = [number for number in blank if number >= line]
                    table, lines = _without_empty(pa.Table.from_batches([batch]), lines)
                    _check_quotes(where, table, lines, passed)
                    yield RawBatch(file, table, lines, passed, _done(binary, size))
        _check_quotes(where, pa.table({}), np.empty(0, dtype=np.int64), aside)
        if aside or line <= 2:
            empty = pa.table({name: pa.array([], pa.string()) for name in names})
            yield RawBatch(file, empty, np.empty(0, dtype=np.int64), list(aside))
    except _UNREADABLE as error:
        raise DataError(f"{where}: {_explain(error, open_binary, dialect)}") from error


def _lines(first: int, rows: int, aside: Sequence[int]) -> tuple[np.ndarray, int]:
    """Number `rows` rows from line `first`, leaving out the lines in `aside`; also gives the line that follows."""
    lines = np.arange(first, first + rows + len(aside), dtype=np.int64)
    lines = lines[~np.isin(lines, aside)][:rows]
    last = int(lines[-1]) if rows else first - 1
    skipped = set(aside)
    while last + 1 in skipped:
        last += 1
    return lines, last + 1


def _without_empty(table: pa.Table, lines: np.ndarray) -> tuple[pa.Table, np.ndarray]:
    """Leave out rows in which nothing stands: empty lines, and the bare commas at the end of a spreadsheet."""
    filled = np.zeros(len(table), dtype=bool)
    for column in table.columns:
        filled |= pc.not_equal(column, "").to_numpy()
        if filled.all():
            return table, lines
    return table.filter(pa.array(filled)), lines[filled]


def _check_quotes(where: str, table: pa.Table, lines: np.ndarray, malformed: Sequence[Malformed]) -> None:
    """Refuse a file in which a quotation mark opens a cell and none closes it: it would swallow the rows below."""
    suspects = [(row.line, row.text) for row in malformed]
    for column in table.columns:
        lengths = pc.binary_length(column)
        if len(table) and pc.max(lengths).as_py() > _LONG_CELL:
            row = int(pc.index(lengths, pc.max(lengths)).as_py())
            suspects.append((int(lines[row]), column[row].as_py()))
    for line, text in suspects:
        if text.count("\n") > _MOST_LINES_A_CELL:
            raise DataError(
                f"{where}: line {line:,} opens a quotation mark that nothing closes for {text.count(chr(10)):,} lines; "
                "close or remove it"
            )


def _header(where: str, open_binary: Callable[[], BinaryIO], dialect: Dialect) -> tuple[list[str], str]:
    """Read the column names, and the delimiter where the dialect doesn't say it."""
    if dialect.names:
        return list(dialect.names), dialect.delimiter or _DELIMITERS[0]
    with open_binary() as binary, _stream(binary, dialect) as stream:
        start = stream.read(1 << 20)
    text = bytes(start).decode("utf-8-sig", errors="replace")
    header = text.splitlines()[0] if text.strip() else ""
    if not header.strip():
        raise DataError(f"{where}: the file is empty; it needs a header row and at least one row")
    delimiter = dialect.delimiter or max(_DELIMITERS, key=lambda d: (header.count(d), -_DELIMITERS.index(d)))
    if dialect.quoted:
        names = next(csv.reader([header], delimiter=delimiter))
    else:
        names = header.split(delimiter)
    if "\ufffd" in header:
        raise UnicodeError("utf-8")
    return [name.strip() for name in names], delimiter


def _stream(binary: BinaryIO, dialect: Dialect) -> pa.NativeFile:
    """Give the text of a file as UTF-8; a byte order mark says when it is UTF-16.

    UTF-8 is decoded too, so that the first byte that isn't ends the reading, whatever would have become of its row.
    """
    encoding = "utf-16" if binary.read(2) in _UTF16 else dialect.encoding
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding  # from utf-8 to utf-8 nothing would be decoded
    binary.seek(0)
    return pa.transcoding_input_stream(pa.PythonFile(binary, mode="r"), encoding, "utf-8")


def _on_disk(binary: BinaryIO) -> Any:
    """Give the file itself behind a gzip reader, whose position says how far reading is."""
    return getattr(binary, "fileobj", None) or binary


def _size(binary: BinaryIO) -> int:
    try:
        return os.fstat(_on_disk(binary).fileno()).st_size
    except (OSError, AttributeError):  # inside an archive
        return 0


def _done(binary: BinaryIO, size: int) -> float:
    return min(_on_disk(binary).tell() / size, 1.0) if size else 1.0


def _explain(error: Exception, open_binary: Callable[[], BinaryIO], dialect: Dialect) -> str:
    text = first_line_of(error)
    lower = text.lower()
    if "utf8" in lower or "utf-8" in lower or isinstance(error, UnicodeError):
        line = _first_undecodable(open_binary)
        at = f" (line {line:,})" if line else ""
        return f"the text is not UTF-8{at}; save it as UTF-8 (for example with `iconv -f latin1 -t utf-8`)"
    if isinstance(error, zipfile.BadZipFile):
        return "the zip file is damaged; fetch it again"
    if isinstance(error, EOFError | gzip.BadGzipFile | zlib.error) or "decompress" in lower or "compressed" in lower:
        return "the gzip or zip file is damaged or cut short; fetch or compress it again"
    if "straddling" in lower:
        return f"a row is longer than {_BLOCK_BYTES >> 20} MB; perhaps a quotation mark is never closed"
    if "empty csv" in lower:
        return "the file is empty; it needs a header row and at least one row"
    return f"not a readable CSV file ({text[:160]})"


def _first_undecodable(open_binary: Callable[[], BinaryIO]) -> int | None:
    with open_binary() as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def first_line_of(error: Exception) -> str:
    """First line of an error's text, or its type where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
