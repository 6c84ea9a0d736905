"""Recommend for any number of users into one file: shard by shard, and killed at any point, the next run goes on.

Finished shards lie as Parquet parts in a hidden folder beside the file, which goes once the file is there. Parts hold
positions; ids come in when they are put together, so that little is written twice.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.files import SUFFIXES
from engine.data.whole import clear_work, read_json, whole_file, working_folder, write_json
from engine.errors import DataError
from engine.serving.batch import BatchScorer, Progress
from engine.serving.earlier_lists import EarlierLists, described, fingerprints
from engine.serving.engine import Engine

SHARD_USERS = 4_096
_ASKED = "asked.json"


def recommend_to_file(
    engine: Engine,
    users: np.ndarray,
    k: int,
    out: Path,
    only_new_songs: bool = False,
    on_progress: Progress = lambda done, total: None,
) -> tuple[int, int]:
    """Recommend k unseen songs to each user: `user_id`, `song_id`, `rank` (from 1), `score`, users in the order given.

    Parameters
    ----------
    users, k, only_new_songs
        As of `recommend_users`.
    out
        A `.parquet`, `.csv` or `.csv.gz` file. A Parquet file of an earlier run keeps what its lists were made from:
        those of users of whom nothing has changed, by the same model and parameters, are taken over.

    Returns
    -------
    rows, reused
        Rows written, and users whose lists were taken over.

    Raises
    ------
    DataError
        The file's kind is unknown, it can't be written or another run is writing it; or as of `BatchScorer`.
    """
    out = Path(out)
    if not out.name.lower().endswith(SUFFIXES):
        raise DataError(f"{out}: unknown file type; end the name in one of {', '.join(SUFFIXES)}")
    scorer = BatchScorer(engine, k, only_new_songs)
    asked = described(engine, scorer, k)
    prints = fingerprints(engine, users)
    earlier = EarlierLists.open(out, asked, engine)
    reused = earlier.holds(prints)
    with working_folder(out, "recommend") as work:
        wanted = {**asked, "users": _digest(prints), "reused": _digest(reused)}
        if read_json(work / _ASKED) != wanted:
            clear_work(work)
            write_json(work / _ASKED, wanted)
        starts = range(0, len(users), SHARD_USERS)
        parts = [work / f"part-{number:06d}.parquet" for number in range(len(starts))]
        for start, part in zip(starts, parts, strict=True):
            at = slice(start, start + SHARD_USERS)
            if not part.is_file():
                lists = _shard(scorer, earlier, users[at], prints[at], reused[at], start, len(users), on_progress)
                _write_part(part, users[at], *lists)
            on_progress(min(start + SHARD_USERS, len(users)), len(users))
        kept = {b"lhydra": json.dumps(asked).encode()}
        rows = _put_together(engine, parts, out, kept | EarlierLists.kept(prints, _counts(parts, users)))
    return rows, int(reused.sum())


def _shard(
    scorer: BatchScorer,
    earlier: EarlierLists,
    users: np.ndarray,
    prints: np.ndarray,
    reused: np.ndarray,
    before: int,
    total: int,
    on_progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    positions = np.full((len(users), scorer.k), -1, dtype=np.int32)
    values = np.full((len(users), scorer.k), -np.inf, dtype=np.float32)
    positions[reused], values[reused] = earlier.lists(prints[reused], scorer.k)
    if not reused.all():
        left = users[~reused]
        positions[~reused], values[~reused] = scorer.lists(left, lambda done: on_progress(before + done, total))
    return positions, values


def _write_part(path: Path, users: np.ndarray, positions: np.ndarray, values: np.ndarray) -> None:
    row, place = np.nonzero(positions >= 0)
    columns = {
        "user": users[row].astype(np.int32),
        "song": positions[row, place],
        "rank": (place + 1).astype(np.int16),
        "score": values[row, place],
    }
    with whole_file(path) as temporary:
        pq.write_table(pa.table(columns), temporary, use_dictionary=False, compression="none")


def _counts(parts: list[Path], users: np.ndarray) -> np.ndarray:
    """How many rows each user has, in the order of `users`, `(users,)`."""
    counts = np.zeros(int(users.max(initial=-1)) + 1, dtype=np.int64)
    for part in parts:
        counts += np.bincount(pq.read_table(part, columns=["user"])["user"].to_numpy(), minlength=len(counts))
    return counts[users]


def _put_together(engine: Engine, parts: list[Path], out: Path, kept: dict[bytes, bytes]) -> int:
    """Write the parts as one file with ids; a part is a row group, so that no user lies in two."""
    rows = 0
    name = out.name.lower()
    with whole_file(out) as temporary:
        if name.endswith(".parquet"):
            schema = pa.schema(
                {"user_id": pa.string(), "song_id": pa.string(), "rank": pa.int64(), "score": pa.float64()},
                metadata=kept,
            )
            with pq.ParquetWriter(temporary, schema, use_dictionary=["user_id", "song_id", "rank"]) as writer:
                for table in _with_ids(engine, parts):
                    writer.write_table(table.cast(schema), row_group_size=max(len(table), 1))
                    rows += len(table)
        else:
            with temporary.open("wb") as file:
                # Without a name and a time, so that the same rows are the same bytes.
                stream: Any = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if name.endswith(".gz") else file
                stream.write(b"user_id,song_id,rank,score\n")
                for table in _with_ids(engine, parts):
                    stream.write(table.to_pandas().to_csv(index=False, header=False).encode())
                    rows += len(table)
                if stream is not file:
                    stream.close()
    return rows


def _with_ids(engine: Engine, parts: list[Path]) -> Iterator[pa.Table]:
    user_ids, song_ids = (
        pa.array(ids.to_numpy(dtype=object), pa.string()) for ids in (engine.users["user_id"], engine.songs["song_id"])
    )
    for part in parts:
        table = pq.read_table(part)
        yield pa.table(
            {
                "user_id": user_ids.take(table["user"].combine_chunks()),
                "song_id": song_ids.take(table["song"].combine_chunks()),
                "rank": table["rank"].cast(pa.int64()),
                "score": table["score"].cast(pa.float64()),
            }
        )


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
