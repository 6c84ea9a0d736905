"""Add to each row what another table says of it: names of songs, sound, tags.

The table that is looked into is held in DuckDB while the other streams past it; so it is the small one, never plays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from engine.data.raw import Malformed, RawBatch, RawTable, quoted
from engine.data.sql import arrow, connect


def look_up(table: RawTable, key: str, known: RawTable, columns: Sequence[str]) -> RawTable:
    """Add `columns` of the first row of `known` with the same `key`; where there is none they are null.

    Every row stays, on its line. Malformed rows of `known` are passed on, under its file's name.
    """
    added = ", ".join(f"known.{quoted(column)}" for column in columns)

    def batches() -> Iterator[RawBatch]:
        with connect() as con:
            malformed = _hold(con, known, key, columns)
            for batch in table.batches():
                con.register("raw", batch.table.append_column("_row", pa.array(np.arange(len(batch.table)))))
                joined = arrow(
                    con,
                    f"""SELECT raw.* EXCLUDE (_row), {added} FROM raw
                    LEFT JOIN known ON CAST(raw.{quoted(key)} AS VARCHAR) = known._key ORDER BY raw._row""",
                )
                con.unregister("raw")
                if malformed:
                    yield RawBatch(known.file, joined.slice(0, 0), batch.lines[:0], malformed, done=0.0)
                    malformed = []
                yield replace(batch, table=joined)

    return RawTable(table.file, batches)


def _hold(con: duckdb.DuckDBPyConnection, known: RawTable, key: str, columns: Sequence[str]) -> list[Malformed]:
    """Load the first row of each key as table `known`; gives the rows that were malformed."""
    selected = f"CAST({quoted(key)} AS VARCHAR) AS _key, {', '.join(quoted(column) for column in columns)}"
    malformed: list[Malformed] = []
    for n, batch in enumerate(known.batches()):
        malformed += batch.malformed
        con.register("raw", batch.table)
        if n == 0:
            con.execute(f"CREATE TABLE rows_read AS SELECT 0 AS _batch, 0 AS _row, {selected} FROM raw LIMIT 0")
        con.execute(f"INSERT INTO rows_read SELECT {n}, row_number() OVER (), {selected} FROM raw")
        con.unregister("raw")
    con.execute(
        """CREATE TABLE known AS SELECT * EXCLUDE (_batch, _row) FROM rows_read WHERE _key != ''
        QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _batch, _row) = 1"""
    )
    con.execute("DROP TABLE rows_read")
    return malformed
