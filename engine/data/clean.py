"""Turn raw users and songs into typed tables; every rejected row is kept with its reason.

A row is *rejected* when it can't be used (no id, an id that was there before). A value is *repaired*, that is made
right or unknown, when only that value is wrong (an age of 300, a tempo of "fast", a title in mojibake).
"""

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from engine.data.people import normalise_people
from engine.data.quality import TableRecord, content_of, malformed_table, reject_table
from engine.data.raw import RawBatch, RawTable
from engine.data.repair import repair_column
from engine.data.schema import SONGS, USERS, Table, typed_schema
from engine.data.sql import arrow
from engine.data.typed import plain_table, select_typed
from engine.errors import DataError


@dataclass
class Cleaned:
    """A typed table, its record and its rejected rows."""

    frame: pd.DataFrame
    record: TableRecord
    rejects: pa.Table


def clean_users(raw: RawTable | None, con: duckdb.DuckDBPyConnection) -> Cleaned:
    """Type and check users; without a table of them there are none yet, for plays will name them.

    Raises
    ------
    DataError
        A required column is missing or holds what no cell should.
    """
    cleaned = _clean(USERS, raw or RawTable.of_frame(pd.DataFrame({"user_id": pd.Series(dtype="str")}), ""), con)
    cleaned.record.repaired.update(normalise_people(cleaned.frame))
    return _finished(USERS, cleaned)


def clean_songs(raw: RawTable, con: duckdb.DuckDBPyConnection, there: pd.Series | None = None) -> Cleaned:
    """Type and check songs; a song without a title or an artist has an empty one.

    Parameters
    ----------
    there
        Ids that a song may no longer have, since it would come to those that have them.

    Raises
    ------
    DataError
        A required column is missing or holds what no cell should, or no usable song is left.
    """
    cleaned = _clean(SONGS, raw, con, there)
    if cleaned.frame.empty:
        raise DataError(f"{raw.file}: no usable song is left{cleaned.record.why()}")
    cleaned.frame = cleaned.frame.fillna({"title": "", "artist": ""})
    return _finished(SONGS, cleaned)


def nameless_users(user_ids: pd.Series) -> pd.DataFrame:
    """Give users of whom nothing but the id is known a typed table."""
    frame = pd.DataFrame({"user_id": user_ids.astype("str")}).reindex(columns=USERS.names)
    return _with_types(USERS, frame)


@dataclass
class _Rows:
    """Typed rows of a table with the raw cells they came from."""

    table: Table
    frame: pd.DataFrame
    batches: list[RawBatch]
    record: TableRecord
    rejects: list[pa.Table] = field(default_factory=list)

    def reject(self, bad: pd.Series, reason: str) -> None:
        """Set the rows where `bad` is true aside."""
        if not bad.any():
            return
        for number, rows in self.frame[bad].groupby("_batch"):
            batch = self.batches[int(str(number))]
            cells = batch.table.take(pa.array(rows["_row"].to_numpy()))
            self.rejects.append(
                reject_table(
                    self.table.name, batch.file, rows["_line"].tolist(), [reason] * len(rows), content_of(cells)
                )
            )
        self.record.rejected[reason] += int(bad.sum())
        self.frame = self.frame[~bad]


def _clean(table: Table, raw: RawTable, con: duckdb.DuckDBPyConnection, there: pd.Series | None = None) -> Cleaned:
    rows = _typed(table, raw, con)
    key = table.columns[0].name
    rows.reject(rows.frame[key].isna(), f"{key} is empty")
    if there is not None:
        rows.reject(rows.frame[key].isin(there), f"{key} is in the bundle already")
    rows.reject(rows.frame[key].duplicated(), f"{key} was there before")
    frame, record = rows.frame, rows.record
    out = {}
    for column in table.columns:
        values = frame[column.name]
        if column.kind == "number":
            given = frame[f"given_{column.name}"]
            if column.clip_low is not None and column.clip_high is not None:
                near = values.between(column.clip_low, column.clip_high) & ~values.between(column.low, column.high)
                record.repaired[f"{column.name} clipped to {column.low:g}–{column.high:g}"] += int(near.sum())
                values = values.where(~near, values.clip(column.low, column.high))
            sensible = values.between(column.low, column.high)
            what = f"{column.name} unreadable or outside {column.low:g}–{column.high:g}, made unknown"
            record.repaired[what] += int((given & ~sensible).sum())
            values = values.where(sensible)
        elif column.kind == "time":
            record.repaired[f"{column.name} unreadable, made unknown"] += int(
                (frame[f"given_{column.name}"] & values.isna()).sum()
            )
        elif column.kind == "text":
            values, changed = repair_column(values)
            record.repaired[f"{column.name} repaired (encoding or control characters)"] += changed
        out[column.name] = values
    record.repaired = +record.repaired  # drops zeros
    clean = _with_types(table, pd.DataFrame(out)).reset_index(drop=True)
    rejects = pa.concat_tables(rows.rejects) if rows.rejects else malformed_table(table.name, raw.file, [])
    return Cleaned(clean, record, rejects.sort_by([("file", "ascending"), ("line", "ascending")]))


def _typed(table: Table, raw: RawTable, con: duckdb.DuckDBPyConnection) -> _Rows:
    record, rejects, frames = TableRecord(), [], []
    batches: list[RawBatch] = []
    for batch in raw.batches():
        con.register("raw", cells := plain_table(batch, table))
        frame = arrow(con, select_typed(table, cells.schema)).to_pandas()
        con.unregister("raw")
        frames.append(frame.assign(_batch=len(batches), _row=np.arange(len(frame))))
        batches.append(batch)
        unknown = [name for name in batch.table.column_names if name not in table.names]
        record.read(batch.file, len(frame) + len(batch.malformed), unknown)
        if batch.malformed:
            rejects.append(malformed_table(table.name, batch.file, batch.malformed))
            record.rejected.update(row.reason for row in batch.malformed)
    return _Rows(table, pd.concat(frames, ignore_index=True), batches, record, rejects)


def _with_types(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    for column in table.columns:
        if column.kind == "number":
            frame[column.name] = frame[column.name].astype("float64")
        elif column.kind == "time":
            frame[column.name] = pd.to_datetime(frame[column.name], utc=True).astype("datetime64[us, UTC]")
        else:
            frame[column.name] = frame[column.name].astype("str")
    return frame


def _finished(table: Table, cleaned: Cleaned) -> Cleaned:
    cleaned.record.kept = len(cleaned.frame)
    cleaned.record.missing.update({name: int(n) for name, n in cleaned.frame.isna().sum().items()})
    typed_schema(table.name).validate(cleaned.frame)
    return cleaned
