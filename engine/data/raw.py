"""Raw tables: rows as a source yields them, batch by batch, each with the line it came from.

Nothing is typed or checked yet. A table can be read more than once, and is never in memory as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.data.sql import arrow, connect
from engine.errors import DataError


class Malformed(NamedTuple):
    """A row whose fields can't be told apart: its line, why, and its text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class RawBatch:
    """Some rows of one file.

    `table` holds the cells, of any type; `lines` `(rows,)` int64 the line of each row (the header of a CSV file is
    line 1; a Parquet file's rows count from 1). `malformed` are rows that were set aside while these were read.
    `done` is how much of the table has been read once this batch has, 0–1.
    """

    file: str
    table: pa.Table
    lines: np.ndarray
    malformed: Sequence[Malformed] = field(default_factory=list)
    done: float = 1.0


class RawTable:
    """A table of a source. `batches` yields at least one batch, so that the columns are known."""

    def __init__(self, file: str, batches: Callable[[], Iterator[RawBatch]]) -> None:
        self.file = file
        self.batches = batches

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, file: str, first_line: int = 1) -> "RawTable":
        """Wrap a frame in memory; its rows count from `first_line`.

        Raises
        ------
        DataError
            A column mixes types that no file could hold.
        """
        try:
            table = pa.Table.from_pandas(frame, preserve_index=False)
        except (pa.ArrowException, OverflowError) as error:
            raise DataError(f"{file}: its columns can't be read ({' '.join(map(str, error.args))[:160]})") from error
        lines = np.arange(first_line, first_line + len(frame), dtype=np.int64)
        return cls(file, lambda: iter([RawBatch(file, table, lines)]))

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        batches = self.batches()
        try:
            return list(next(batches).table.column_names)
        finally:
            close = getattr(batches, "close", None)
            if close:
                close()

    def require(self, columns: Iterable[str]) -> "RawTable":
        """Return the table itself if it has these columns.

        Raises
        ------
        DataError
            Names the first one that is missing.
        """
        names = self.names
        for column in columns:
            if column not in names:
                raise missing_column(self.file, column, names)
        return self

    def select(self, columns: Mapping[str, str]) -> "RawTable":
        """Give each row other columns: name → SQL expression (DuckDB) over the columns of this table.

        Every row stays, on its line; what an expression can't make of a cell is for cleaning to reject.
        """
        expressions = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in columns.items())

        def batches() -> Iterator[RawBatch]:
            with connect() as con:
                for batch in self.batches():
                    con.register("raw", batch.table)
                    selected = arrow(con, f"SELECT {expressions} FROM raw")
                    con.unregister("raw")
                    yield replace(batch, table=selected)

        return RawTable(self.file, batches)

    def distinct(self, key: str) -> "RawTable":
        """Keep the first row of each value of column `key`; rows without one are left out.

        For sources whose one file holds plays with what is known of the song or the user in each row. Malformed rows
        are left to the table of plays, which has them too.
        """
        column = quoted(key)

        def batches() -> Iterator[RawBatch]:
            with connect() as con:
                con.execute("CREATE TABLE seen (key VARCHAR PRIMARY KEY)")
                for batch in self.batches():
                    numbered = batch.table.append_column("_row", pa.array(np.arange(len(batch.table))))
                    con.register("raw", numbered)
                    first = con.execute(
                        f"""SELECT min(_row) FROM raw
                        WHERE {column} IS NOT NULL AND trim(CAST({column} AS VARCHAR)) != ''
                        AND CAST({column} AS VARCHAR) NOT IN (SELECT key FROM seen) GROUP BY {column} ORDER BY 1"""
                    ).fetchnumpy()["min(_row)"]
                    rows = np.asarray(first, dtype=np.int64)
                    kept = batch.table.take(pa.array(rows))
                    con.register("kept", kept)
                    con.execute(f"INSERT INTO seen SELECT CAST({column} AS VARCHAR) FROM kept")
                    con.unregister("raw")
                    con.unregister("kept")
                    yield replace(batch, table=kept, lines=batch.lines[rows], malformed=[])

        return RawTable(self.file, batches)


@dataclass(frozen=True)
class RawTables:
    """What a source yields. `users` may be missing: then the users are those that plays name."""

    songs: RawTable
    plays: RawTable
    users: RawTable | None = None


def concat(tables: Sequence[RawTable], file: str) -> RawTable:
    """Put tables with the same columns one after another; each row keeps its own file and line."""

    def batches() -> Iterator[RawBatch]:
        for place, table in enumerate(tables):
            for batch in table.batches():
                yield replace(batch, done=(place + batch.done) / len(tables))

    return RawTable(file, batches)


def missing_column(file: str, column: str, names: Sequence[str]) -> DataError:
    """Say that a required column is missing, and what is there instead."""
    return DataError(f"{file}: required column {column!r} is missing; found {', '.join(map(str, names[:12]))[:200]}")


def check_names(where: str, names: Sequence[str]) -> None:
    """Refuse a header that names a column twice."""
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DataError(f"{where}: the header names column {doubled[0]!r} twice; rename or remove one")


def quoted(name: str) -> str:
    """Quote a column name for SQL."""
    return '"' + name.replace('"', '""') + '"'
