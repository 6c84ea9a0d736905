import json

import pandas as pd
import pytest

from engine.data.clean import clean_songs, clean_users
from engine.data.raw import RawTable
from engine.data.sql import connect
from engine.errors import DataError


def songs(**columns: list):
    frame = pd.DataFrame(columns)
    if "title" not in frame:
        frame = frame.assign(title="A", artist="X")
    with connect() as con:
        return clean_songs(RawTable.of_frame(frame, "songs.csv", first_line=2), con)


def users(**columns: list):
    with connect() as con:
        return clean_users(RawTable.of_frame(pd.DataFrame(columns), "users.csv", first_line=2), con)


def test_a_row_without_an_id_is_kept_aside_with_line_reason_and_content() -> None:
    cleaned = songs(song_id=["a", " ", "b"], title=["A", "B", "C"], artist=["X", "Y", "Z"])
    assert cleaned.frame["song_id"].tolist() == ["a", "b"]
    (reject,) = cleaned.rejects.to_pylist()
    assert (reject["file"], reject["line"], reject["reason"]) == ("songs.csv", 3, "song_id is empty")
    assert json.loads(reject["content"]) == {"song_id": " ", "title": "B", "artist": "Y"}
    assert cleaned.record.rows_in == 3
    assert cleaned.record.kept + sum(cleaned.record.rejected.values()) == 3


def test_a_repeated_id_keeps_its_first_row() -> None:
    cleaned = songs(song_id=["a", "a"], title=["first", "second"], artist=["X", "X"])
    assert cleaned.frame["title"].tolist() == ["first"]
    assert cleaned.rejects.column("reason").to_pylist() == ["song_id was there before"]


def test_impossible_values_become_unknown_and_are_counted() -> None:
    people = users(user_id=["1", "2", "3"], age=["0", "300", "44"])
    assert people.frame["age"].isna().tolist() == [True, True, False]
    assert sum(people.record.repaired.values()) == 2
    sound = songs(song_id=["a", "b"], energy=["0.4", "7"], tempo=["fast", ""], key=["-1", "11"])
    assert sound.frame["energy"].isna().tolist() == [False, True]
    assert sound.frame["key"].isna().tolist() == [True, False]
    assert sum(sound.record.repaired.values()) == 3  # an empty cell is missing, not repaired


def test_a_value_a_little_outside_its_range_is_clipped() -> None:
    sound = songs(song_id=["a", "b", "c"], energy=["1.02", "-0.01", "1.2"], loudness=["-75", "6", "-2000"])
    assert sound.frame["energy"].tolist()[:2] == [1.0, 0.0]
    assert sound.frame["energy"].isna().tolist() == [False, False, True]
    assert sound.frame["loudness"].tolist()[:2] == [-60.0, 5.0]
    assert sound.record.repaired["energy clipped to 0–1"] == 2


def test_text_is_repaired_and_ids_are_not() -> None:
    cleaned = songs(song_id=["BjÃ¶rk", "b"], title=["BjÃ¶rk", "Zero\x00Width"], artist=["A &amp; B", "“Curly”"])
    assert cleaned.frame["song_id"].tolist() == ["BjÃ¶rk", "b"]
    assert cleaned.frame["title"].tolist() == ["Björk", "Zero Width"]
    assert cleaned.frame["artist"].tolist() == ["A & B", "“Curly”"]
    assert cleaned.record.repaired["title repaired (encoding or control characters)"] == 2


def test_people_are_described_in_one_spelling_each() -> None:
    people = users(
        user_id=list("123456"),
        gender=["M", "Female", "other", "?", "", "robot"],
        country=["GH", "usa", "Korea, Republic of", "NA", "unknown", "C017"],
    )
    assert people.frame["gender"].fillna("-").tolist() == ["m", "f", "n", "-", "-", "robot"]
    expected = ["Ghana", "United States", "South Korea", "Namibia", "-", "C017"]
    assert people.frame["country"].fillna("-").tolist() == expected
    assert people.record.repaired["country not recognised, kept as written"] == 1
    assert people.record.repaired["gender says unknown, made unknown"] == 1


def test_integer_ids_from_parquet_become_the_same_text() -> None:
    assert songs(song_id=[1, 2]).frame["song_id"].tolist() == ["1", "2"]
    assert users(user_id=[10.0, None]).frame["user_id"].tolist() == ["10"]


def test_unknown_columns_are_reported_not_refused() -> None:
    assert users(user_id=["1"], mood=["blue"]).record.unknown_columns == ["mood"]


def test_what_can_be_signed_up_at_is_read_in_utc() -> None:
    people = users(user_id=list("1234"), signed_up_at=["2020-05-01T12:00:00+02:00", "20200501", "1588291200", "soon"])
    assert [str(t) for t in people.frame["signed_up_at"]] == [
        "2020-05-01 10:00:00+00:00",
        "2020-05-01 00:00:00+00:00",
        "2020-05-01 00:00:00+00:00",
        "NaT",
    ]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"song_id": ["1"], "title": ["a"]}, "songs.csv: required column 'artist' is missing; found song_id, title"),
        ({"song_id": [], "title": [], "artist": []}, "no usable song is left; the file has a header and no rows"),
        ({"song_id": [""], "title": ["a"], "artist": ["b"]}, "1 row was rejected because: song_id is empty"),
        ({"song_id": [["a"]], "title": ["a"], "artist": ["b"]}, "column 'song_id' holds list"),
    ],
)
def test_songs_without_anything_usable_are_refused_in_one_sentence(columns: dict, says: str) -> None:
    with pytest.raises(DataError) as caught, connect() as con:
        clean_songs(RawTable.of_frame(pd.DataFrame(columns), "songs.csv"), con)
    assert says in str(caught.value)
