"""Type, check and index plays, a chunk at a time, in DuckDB; every rejected row is kept with its reason.

A chunk needs nothing but the songs and the users known so far, and says which users it was the first to name.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from engine.data.quality import TableRecord, content_of, malformed_table, reject_table
from engine.data.raw import RawBatch, RawTable
from engine.data.schema import PLAYS
from engine.data.sql import arrow
from engine.data.typed import plain_table, select_typed

MOST_PLAYS = 1e9  # a larger play_count is a mistake: a play a second for thirty years
BUCKETS = 256  # users are spread over so many; shards are made of whole buckets

_REASON = """CASE
    WHEN user_id IS NULL THEN 'user_id is empty'
    WHEN song_id IS NULL THEN 'song_id is empty'
    WHEN song_index IS NULL THEN 'song_id is not in songs'
    WHEN given_play_count AND play_count IS NULL THEN 'play_count is not a number'
    WHEN play_count <= 0 THEN 'play_count is not positive'
    WHEN play_count > $most THEN 'play_count is impossibly large'
    WHEN given_played_at AND played_at IS NULL THEN 'played_at is no time (ISO 8601 or Unix seconds)'
    WHEN played_at > $latest THEN 'played_at is in the future'
    WHEN played_at < TIMESTAMP '1970-01-01' THEN 'played_at is before 1970'
END"""


@dataclass
class CleanChunk:
    """What became of a chunk of plays.

    `plays` has `bucket`, `user_index`, `song_index`, `play_count`, `played_at`, sorted by them; `new_users` are the
    ids that no earlier row named, in the order of their first row.
    """

    plays: pa.Table
    new_users: list[str]
    rejects: pa.Table
    record: TableRecord


class PlayCleaner:
    """Cleans chunks of plays one after another; knows the songs, and the users met so far.

    Parameters
    ----------
    latest
        The last moment, UTC, at which a play can have been.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, user_ids: pd.Series, song_ids: pd.Series, latest: datetime
    ) -> None:
        self._con = con
        self._latest = latest
        self.users = 0
        con.execute("CREATE OR REPLACE TEMP TABLE users (user_id VARCHAR, user_index INTEGER)")
        con.execute("CREATE OR REPLACE TEMP TABLE songs (song_id VARCHAR, song_index INTEGER)")
        self.know_users(user_ids)
        con.register("ids", pa.table({"id": pa.array(song_ids, pa.string())}))
        con.execute("INSERT INTO songs SELECT id, row_number() OVER () - 1 FROM ids")
        con.unregister("ids")

    def know_users(self, user_ids: pd.Series | list[str]) -> None:
        """Number further users, in order."""
        ids = pa.array(user_ids, pa.string())
        self._con.register("ids", pa.table({"id": ids, "place": np.arange(self.users, self.users + len(ids))}))
        self._con.execute("INSERT INTO users SELECT id, place FROM ids")
        self._con.unregister("ids")
        self.users += len(ids)

    def clean(self, chunk: RawBatch) -> CleanChunk:
        """Clean a chunk, and know its new users from then on.

        Raises
        ------
        DataError
            A required column is missing or holds what no cell should.
        """
        con = self._con
        cells = plain_table(chunk, PLAYS)
        con.register("raw", cells)
        con.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {select_typed(PLAYS, cells.schema)}")
        new_users = [
            row[0]
            for row in con.execute(
                """SELECT user_id FROM typed ANTI JOIN users USING (user_id) WHERE user_id IS NOT NULL
                GROUP BY user_id ORDER BY min(_line)"""
            ).fetchall()
        ]
        self.know_users(new_users)
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE checked AS
            SELECT _line, user_index, song_index, played_at, given_play_count, given_played_at,
                   CASE WHEN given_play_count THEN play_count ELSE 1 END AS play_count, {_REASON} AS reason
            FROM typed LEFT JOIN users USING (user_id) LEFT JOIN songs USING (song_id)""",
            {"most": MOST_PLAYS, "latest": self._latest},
        )
        plays = arrow(
            con,
            f"""SELECT CAST(user_index % {BUCKETS} AS SMALLINT) AS bucket, user_index, song_index, play_count, played_at
            FROM checked WHERE reason IS NULL ORDER BY bucket, user_index, song_index, played_at, play_count""",
        )
        record = self._record(chunk)
        rejects = [malformed_table(PLAYS.name, chunk.file, chunk.malformed)]
        if sum(record.rejected.values()) > len(chunk.malformed):
            rejects.append(self._rejects(chunk))
        con.unregister("raw")
        return CleanChunk(plays, new_users, pa.concat_tables(rejects), record)

    def _record(self, chunk: RawBatch) -> TableRecord:
        record = TableRecord()
        unknown = [name for name in chunk.table.column_names if name not in PLAYS.names]
        record.read(chunk.file, len(chunk.table) + len(chunk.malformed), unknown)
        reasons = dict(self._con.execute("SELECT reason, count(*) FROM checked GROUP BY reason").fetchall())
        record.kept = reasons.pop(None, 0)
        record.rejected = Counter(reasons)
        record.rejected.update(row.reason for row in chunk.malformed)
        ((undated, uncounted),) = self._con.execute(
            "SELECT count_if(NOT given_played_at), count_if(NOT given_play_count) FROM checked WHERE reason IS NULL"
        ).fetchall()
        record.missing.update({"play_count": uncounted, "played_at": undated})
        return record

    def _rejects(self, chunk: RawBatch) -> pa.Table:
        """Give the rejected rows with their cells as they were written, not as they were typed."""
        found = self._con.execute(
            "SELECT _line, reason FROM checked WHERE reason IS NOT NULL ORDER BY _line"
        ).fetchnumpy()
        rows = np.searchsorted(chunk.lines, found["_line"])
        return reject_table(
            PLAYS.name, chunk.file, found["_line"].tolist(), found["reason"].tolist(),
            content_of(chunk.table.take(pa.array(rows))),
        )  # fmt: skip


def chunks(raw: RawTable, rows: int) -> Iterator[RawBatch]:
    """Cut and join batches of the same file and columns into chunks of `rows` rows or a little more."""
    waiting: list[RawBatch] = []
    for whole in raw.batches():
        for batch in _pieces(whole, rows):
            if waiting and (batch.file, batch.table.schema) != (waiting[0].file, waiting[0].table.schema):
                yield _joined(waiting)
                waiting = []
            waiting.append(batch)
            if sum(len(b.table) for b in waiting) >= rows:
                yield _joined(waiting)
                waiting = []
    if waiting:
        yield _joined(waiting)


def _pieces(batch: RawBatch, rows: int) -> Iterator[RawBatch]:
    """Cut a batch; its malformed rows go with the last piece."""
    for start in range(0, max(len(batch.table), 1), rows):
        piece = slice(start, start + rows)
        last = start + rows >= len(batch.table)
        table, lines = batch.table.slice(start, rows), batch.lines[piece]
        yield replace(batch, table=table, lines=lines, malformed=batch.malformed if last else [])


def _joined(batches: list[RawBatch]) -> RawBatch:
    return replace(
        batches[-1],
        table=pa.concat_tables([b.table for b in batches]),
        lines=np.concatenate([b.lines for b in batches]),
        malformed=[row for b in batches for row in b.malformed],
    )
