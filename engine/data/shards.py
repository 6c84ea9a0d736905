"""Plays on their way to shards: cleaned chunk by chunk, then gathered by user, each step kept on disk.

A user's plays all end in one shard. What is in a shard depends on the plays alone, not on the chunks they came in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.clean_plays import BUCKETS, PlayCleaner, chunks
from engine.data.quality import TableRecord
from engine.data.raw import RawTable
from engine.data.split import Split
from engine.data.sql import arrow, connect
from engine.data.whole import read_json, whole_file, write_json

SHARD_PLAYS = 1 << 20  # plays a shard, about
_ROW_GROUP = 1 << 16  # small enough that a shard reads little else of a chunk than its own plays


@dataclass(frozen=True)
class Gathered:
    """Cleaned plays on disk: a file a chunk and one of its rejects, the record, and the users only plays name."""

    chunks: list[Path]
    rejects: list[Path]
    record: TableRecord
    named: list[str]


@dataclass(frozen=True)
class Shard:
    """A share of the users with all their plays: those in buckets `low` to `high`, both included."""

    number: int
    low: int
    high: int


def gather_plays(
    raw: RawTable,
    cleaner: PlayCleaner,
    work: Path,
    rows: int,
    on_progress: Callable[[str, float | None], None],
) -> Gathered:
    """Clean all plays in chunks of about `rows` rows; chunks that `work` holds already are not cleaned again.

    Raises
    ------
    DataError
        A file can't be read, or lacks a required column.
    """
    work.mkdir(exist_ok=True)
    gathered = Gathered([], [], TableRecord(), [])
    for number, chunk in enumerate(chunks(raw, rows)):
        plays, rejects, state = (work / f"{number:05d}.{end}" for end in ("parquet", "rejects.parquet", "json"))
        done = read_json(state)
        if done is None:
            cleaned = cleaner.clean(chunk)
            with whole_file(plays) as temporary:
                pq.write_table(cleaned.plays, temporary, compression="lz4", row_group_size=_ROW_GROUP)
            with whole_file(rejects) as temporary:
                pq.write_table(cleaned.rejects, temporary, compression="zstd")
            done = {"record": cleaned.record.to_json(), "new_users": cleaned.new_users}
            write_json(state, done)
        else:
            cleaner.know_users(done["new_users"])
        gathered.record.add(TableRecord.from_json(done["record"]))
        gathered.named.extend(done["new_users"])
        gathered.chunks.append(plays)
        gathered.rejects.append(rejects)
        on_progress(f"cleaning plays · {gathered.record.rows_in:,} rows", chunk.done)
    return gathered


def shards_of(plays: int) -> list[Shard]:
    """Divide the buckets among as many shards as `plays` plays call for."""
    count = min(1 << max(int(np.ceil(np.log2(max(plays, 1) / SHARD_PLAYS))), 0), BUCKETS)
    width = BUCKETS // count
    return [Shard(n, n * width, (n + 1) * width - 1) for n in range(count)]


def split_shard(
    chunk_files: list[Path], shard: Shard, split: Split, memory: int | None = None, spill: Path | None = None
) -> pa.Table:
    """Gather a shard's plays, sum those that say the same, and label each with its part.

    Returns
    -------
    plays
        `user_index`, `song_index` (int32), `play_count` (float64), `played_at` (microseconds, or missing), `part`
        (int8), sorted by user, time and song. A random split has one row a user and song.
    """
    keys = "user_index, song_index"
    when = "played_at" if split.kind == "temporal" else "max(played_at) AS played_at"
    by = f"{keys}, played_at" if split.kind == "temporal" else keys
    # One thread: sums are added in the same order each time, so that the same plays give the same bytes.
    with connect(memory, threads=1, spill=spill) as con:
        table = arrow(
            con,
            f"""SELECT {keys}, sum(play_count) AS play_count, {when} FROM read_parquet($files)
            WHERE bucket BETWEEN $low AND $high GROUP BY {by} ORDER BY user_index, played_at NULLS FIRST, song_index""",
            {"files": [str(f) for f in chunk_files], "low": shard.low, "high": shard.high},
        )
    part = split.label(table.to_pandas())
    return table.append_column("part", pa.array(part, pa.int8()))


def read_shards(files: list[Path], columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """Read finished shards one after another."""
    for file in files:
        yield pq.ParquetFile(file).read(columns).to_pandas()
