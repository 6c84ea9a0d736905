import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.clean import RawTable, RawTables, clean
from engine.errors import DataError

SONGS = {"song_id": ["a", "b"], "title": ["A", "B"], "artist": ["X", "Y"]}


def raw(plays: dict, songs: dict | None = None, users: dict | None = None) -> RawTables:
    def table(cells: dict, file: str) -> RawTable:
        frame = pd.DataFrame(cells)
        return RawTable(frame.set_axis(pd.RangeIndex(2, len(frame) + 2), axis=0), file)

    return RawTables(
        songs=table(songs or SONGS, "songs.csv"),
        plays=table(plays, "plays.csv"),
        users=table(users, "users.csv") if users is not None else None,
    )


def test_bad_plays_are_kept_aside_with_line_reason_and_content() -> None:
    tables = clean(
        raw(
            {
                "user_id": ["1", "1", "2", "3", "", "4"],
                "song_id": ["a", "zzz", "b", "a", "a", "b"],
                "play_count": ["3", "1", "-2", "many", "1", ""],
            }
        )
    )
    assert tables.plays[["user_id", "song_id", "play_count"]].to_numpy().tolist() == [["1", "a", 3.0], ["4", "b", 1.0]]
    assert dict(zip(tables.rejects["line"], tables.rejects["reason"], strict=True)) == {
        3: "song_id is not in songs",
        4: "play_count is not positive",
        5: "play_count is not a number",
        6: "user_id is empty",
    }
    assert json.loads(tables.rejects.set_index("line").loc[5, "content"])["play_count"] == "many"


def test_every_user_whom_plays_name_is_a_user_even_if_no_play_is_usable() -> None:
    tables = clean(raw({"user_id": ["1", "2"], "song_id": ["a", "zzz"]}, users={"user_id": ["0"], "age": ["31"]}))
    assert tables.users["user_id"].tolist() == ["0", "1", "2"]
    assert tables.users["age"].tolist()[0] == 31
    assert tables.users["age"].isna().tolist() == [False, True, True]


def test_impossible_values_become_unknown_and_are_counted() -> None:
    users = {"user_id": ["1", "2", "3"], "age": ["0", "300", "44"]}
    songs = {**SONGS, "energy": ["0.4", "7"], "tempo": ["fast", ""]}
    tables = clean(raw({"user_id": ["1"], "song_id": ["a"]}, songs, users))
    assert tables.users["age"].isna().tolist() == [True, True, False]
    assert tables.songs["energy"].isna().tolist() == [False, True]
    assert sum(tables.quality["songs"]["repaired"].values()) == 2  # an empty cell is missing, not repaired
    assert sum(tables.quality["users"]["repaired"].values()) == 2


def test_times_are_read_as_iso_8601_or_unix_seconds_and_impossible_ones_reject_the_row() -> None:
    times = ["2020-05-01", "2020-05-01T12:00:00+02:00", "1588291200", "soon", "2999-01-01", "1901-01-01", ""]
    tables = clean(raw({"user_id": ["1"] * 7, "song_id": ["a"] * 7, "played_at": times}))
    assert [str(t)[:19] for t in tables.plays["played_at"]] == [
        "2020-05-01 00:00:00",
        "2020-05-01 10:00:00",
        "2020-05-01 00:00:00",
        "NaT",
    ]
    reasons = ["played_at is no time", "played_at is in the future", "played_at is before 1970"]
    assert tables.rejects["reason"].tolist() == reasons


def test_a_repeated_id_keeps_its_first_row() -> None:
    songs = {"song_id": ["a", "a"], "title": ["first", "second"], "artist": ["X", "X"]}
    tables = clean(raw({"user_id": ["1"], "song_id": ["a"]}, songs))
    assert tables.songs["title"].tolist() == ["first"]
    assert tables.rejects["reason"].tolist() == ["song_id was there before"]


def test_integer_ids_from_parquet_become_the_same_text() -> None:
    songs = {"song_id": [1, 2], "title": ["A", "B"], "artist": ["X", "Y"]}
    tables = clean(raw({"user_id": [10.0, None], "song_id": [1, 2]}, songs))
    assert tables.plays["user_id"].tolist() == ["10"]
    assert tables.plays["song_id"].tolist() == ["1"]


def test_unknown_columns_are_reported_not_refused() -> None:
    tables = clean(raw({"user_id": ["1"], "song_id": ["a"], "mood": ["blue"]}))
    assert tables.quality["plays"]["unknown_columns"] == ["mood"]


@pytest.mark.parametrize(
    ("plays", "says"),
    [
        ({"user_id": ["1"]}, "plays.csv: required column 'song_id' is missing"),
        ({"user_id": ["1"], "song_id": ["zzz"]}, "no usable play is left; 1 row was rejected because: song_id is not"),
        ({"user_id": [], "song_id": []}, "a header and no rows"),
    ],
)
def test_tables_without_anything_usable_are_refused_in_one_sentence(plays: dict, says: str) -> None:
    with pytest.raises(DataError, match=says):
        clean(raw(plays))


cells = st.one_of(st.text(max_size=6), st.integers().map(str), st.floats().map(str), st.sampled_from(["a", "b", "1"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=8))
def test_whatever_the_cells_kept_and_rejected_add_up(rows: list[tuple[str, str, str, str]]) -> None:
    columns = dict(
        zip(("user_id", "song_id", "play_count", "played_at"), map(list, zip(*rows, strict=True)), strict=True)
    )
    try:
        tables = clean(raw(columns))
    except DataError as error:
        assert "plays.csv" in str(error)
        return
    quality = tables.quality["plays"]
    assert quality["kept"] + quality["rejected"] == quality["rows_in"] == len(rows)
    assert (tables.plays["play_count"] > 0).all()
