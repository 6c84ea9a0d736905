import json
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from engine.data.clean_plays import PlayCleaner, chunks
from engine.data.raw import RawBatch, RawTable, concat
from engine.data.sql import connect

LATEST = datetime(2026, 11, 25)


def clean(rows: int = 1_000, users: tuple[str, ...] = (), **columns: list):
    """Clean plays of the songs a and b; gives all chunks."""
    raw = RawTable.of_frame(pd.DataFrame(columns), "plays.csv", first_line=2)
    with connect() as con:
        cleaner = PlayCleaner(con, pd.Series(users, dtype="str"), pd.Series(["a", "b"]), LATEST)
        return [cleaner.clean(chunk) for chunk in chunks(raw, rows)]


def test_bad_plays_are_kept_aside_with_line_reason_and_content() -> None:
    (chunk,) = clean(
        user_id=["1", "1", "2", "3", "", "4", "5"],
        song_id=["a", "zzz", "b", "a", "a", "b", "a"],
        play_count=["3", "1", "-2", "many", "1", "", "1e12"],
    )
    assert chunk.plays.select(["user_index", "song_index", "play_count"]).to_pylist() == [
        {"user_index": 0, "song_index": 0, "play_count": 3.0},
        {"user_index": 3, "song_index": 1, "play_count": 1.0},
    ]
    assert dict(zip(chunk.rejects["line"].to_pylist(), chunk.rejects["reason"].to_pylist(), strict=True)) == {
        3: "song_id is not in songs",
        4: "play_count is not positive",
        5: "play_count is not a number",
        6: "user_id is empty",
        8: "play_count is impossibly large",
    }
    assert json.loads(chunk.rejects["content"].to_pylist()[2])["play_count"] == "many"
    assert chunk.record.kept + sum(chunk.record.rejected.values()) == chunk.record.rows_in == 7


def test_every_user_whom_plays_name_is_a_user_even_if_no_play_is_usable() -> None:
    (chunk,) = clean(users=("0",), user_id=["9", "0", "2", "9"], song_id=["zzz", "a", "a", "b"])
    assert chunk.new_users == ["9", "2"]


def test_users_are_numbered_by_their_first_row_whatever_the_chunks() -> None:
    ids = ["9", "1", "9", "5", "1", "7"]
    whole = clean(user_id=ids, song_id=["a"] * 6)
    frame = pd.DataFrame({"user_id": ids, "song_id": ["a"] * 6})
    parts = concat([RawTable.of_frame(frame[n : n + 2], "plays.csv") for n in (0, 2, 4)], "plays.csv")
    with connect() as con:
        cleaner = PlayCleaner(con, pd.Series([], dtype="str"), pd.Series(["a", "b"]), LATEST)
        small = [cleaner.clean(chunk) for chunk in chunks(parts, 2)]
    assert len(small) == 3
    assert [user for chunk in small for user in chunk.new_users] == whole[0].new_users == ["9", "1", "5", "7"]
    assert sorted(i for chunk in small for i in chunk.plays["user_index"].to_pylist()) == [0, 0, 1, 1, 2, 3]


def test_times_are_read_as_iso_8601_or_unix_seconds_and_impossible_ones_reject_the_row() -> None:
    times = ["2020-05-01", "2020-05-01T12:00:00+02:00", "1588291200", "soon", "2999-01-01", "1901-01-01", ""]
    (chunk,) = clean(user_id=["1"] * 7, song_id=["a"] * 7, played_at=times)
    assert sorted(str(t) for t in chunk.plays["played_at"].to_pylist()) == [
        "2020-05-01 00:00:00",
        "2020-05-01 00:00:00",
        "2020-05-01 10:00:00",
        "None",
    ]
    assert chunk.rejects["reason"].to_pylist() == [
        "played_at is no time (ISO 8601 or Unix seconds)",
        "played_at is in the future",
        "played_at is before 1970",
    ]
    assert chunk.record.missing["played_at"] == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-05-01 12:00", "2020-05-01 12:00:00"),
        ("2020-05", "2020-05-01 00:00:00"),
        ("2020", "2020-01-01 00:00:00"),
        ("20200501", "2020-05-01 00:00:00"),
        ("1588291200.5", "2020-05-01 00:00:00.500000"),
        ("\u00a02020-05-01T00:00:00Z ", "2020-05-01 00:00:00"),
        ("05/01/2020", None),
        ("May 1, 2020", None),
        ("2020-02-30", None),
        ("infinity", None),
        ("1588291200000", None),  # milliseconds
    ],
)
def test_a_moment_is_read_one_way_or_rejected(written: str, read: str | None) -> None:
    (chunk,) = clean(user_id=["1"], song_id=["a"], played_at=[written])
    assert [str(t) for t in chunk.plays["played_at"].to_pylist()] == ([read] if read else [])


@pytest.mark.parametrize(
    "times",
    [
        pa.array([2**62, -(2**62)], pa.timestamp("s")),
        pa.array([2**62, -(2**62)], pa.timestamp("ns")),
        pa.array([2**31 - 1, -(2**31)], pa.date32()),
        pa.array([2**62, -(2**62)], pa.int64()),
        pa.array([1e300, float("-inf")]),
    ],
    ids=lambda array: str(array.type),
)
def test_moments_beyond_the_calendar_are_rejected_whatever_their_type(times: pa.Array) -> None:
    table = pa.table({"user_id": ["1", "2"], "song_id": ["a", "b"], "played_at": times})
    with connect() as con:
        cleaner = PlayCleaner(con, pd.Series([], dtype="str"), pd.Series(["a", "b"]), LATEST)
        (chunk,) = (cleaner.clean(c) for c in chunks(_of_arrow(table), 10))
    assert len(chunk.rejects) == 2 - len(chunk.plays)
    assert len(chunk.rejects) >= 1


def _of_arrow(table: pa.Table) -> RawTable:
    return RawTable("plays.parquet", lambda: iter([RawBatch("plays.parquet", table, np.arange(1, len(table) + 1))]))
