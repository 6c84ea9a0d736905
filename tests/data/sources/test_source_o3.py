from pathlib import Path

import pandas as pd
import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.errors import DataError

FLAT = """\
track_id,user_id,playcount,name,artist,tags,genre,main_genre,year,duration_ms,danceability,age,gender,region,country,\
monthly_hours,top_genre,avg_danceability
T1,U1,3,"Halo, live",Beyoncé,"pop, rnb, female_vocalists",RnB,Pop,2008,261640,0.5,31,f,Africa,Ghana,12.5,Pop,0.4
T2,U1,1,One,U2,,Rock,,1991,276000,0.4,31,f,Africa,Ghana,12.5,Pop,0.4
T1,U2,x,"Halo, live",Beyoncé,ignored,,,,,,,,Asia,,,,
T3,U2
T1,,7,"Halo, live",Beyoncé,,,,,,,,,,,,,
"""


def test_one_row_a_user_and_track_becomes_three_tables(write: Write, cells: Collect) -> None:
    tables = read_source("o3", write("o3.csv", FLAT) / "o3.csv")
    songs, plays, users = cells(tables.songs), cells(tables.plays), cells(tables.users)
    assert songs.set_index("song_id").loc["T1"].to_dict() == {
        "title": "Halo, live",
        "artist": "Beyoncé",
        "release_year": "2008",
        "genres": "RnB|Pop|female_vocalists",  # genre, main_genre, tags; rnb and pop were there
        "duration_ms": "261640",
        "danceability": "0.5",
    }
    assert songs["song_id"].to_dict() == {2: "T1", 3: "T2"}
    assert plays.columns.tolist() == ["user_id", "song_id", "play_count"]
    assert plays["play_count"].to_dict() == {2: "3", 3: "1", 4: "x", 6: "7"}
    assert plays.attrs["malformed"] == [("o3.csv", 5, "T3,U2")]
    assert users.set_index("user_id")["country"].to_dict() == {"U1": "Ghana", "U2": ""}
    assert users["age"].to_dict() == {2: "31", 4: ""}
    # Kept with the users, so that cleaning reports what isn't used.
    assert {"region", "monthly_hours", "top_genre", "avg_danceability"} <= set(users.columns)


def test_only_ids_and_names_are_needed(write: Write, cells: Collect) -> None:
    tables = read_source("o3", write("a.csv", "user_id,track_id,name,artist\nU1,T1,One,U2\n") / "a.csv")
    assert cells(tables.songs).to_dict("records") == [{"song_id": "T1", "title": "One", "artist": "U2"}]
    assert cells(tables.plays).to_dict("records") == [{"user_id": "U1", "song_id": "T1"}]
    assert cells(tables.users).to_dict("records") == [{"user_id": "U1"}]


@pytest.mark.parametrize("missing", ["track_id", "user_id", "name", "artist"])
def test_a_missing_column_is_named(write: Write, missing: str) -> None:
    names = [name for name in ("track_id", "user_id", "name", "artist", "year") if name != missing]
    with pytest.raises(DataError, match=f"required column '{missing}' is missing"):
        read_source("o3", write("a.csv", ",".join(names) + "\n"))


@pytest.mark.parametrize("inside", ["", "o3_data/"])
def test_parts_with_different_columns_are_read_as_one(write: Write, cells: Collect, inside: str) -> None:
    write(f"{inside}b.csv", "track_id,user_id,name,artist,region,playcount\nT1,U1,One,U2,Asia,2\nT2,U2,Two,U3,Asia,2\n")
    write(f"{inside}._b.csv", b"\x00\x05")  # what a Mac leaves beside an unpacked file
    folder = write(f"{inside}notes.txt", "not read")
    part = {
        "user_id": [1, 1],
        "track_id": ["T2", "T1"],
        "artist": ["U3", "U2"],
        "name": ["Two", "One"],
        "year": [1990, 0],
    }
    pd.DataFrame(part).to_parquet(folder / inside / "c.parquet")
    tables = read_source("o3", folder)
    songs, plays, users = cells(tables.songs), cells(tables.plays), cells(tables.users)
    assert songs["song_id"].tolist() == ["T1", "T2"]  # each once, though both parts have them
    assert songs["release_year"].fillna("").tolist() == ["", ""]
    assert plays["play_count"].fillna("").tolist() == ["2", "2", "", ""]
    assert plays.index.tolist() == [2, 3, 1, 2]  # lines are those of the parts
    assert users["user_id"].tolist() == ["U1", "U2", "1"]
    assert users["country"].fillna("").tolist() == ["Asia", "Asia", ""]  # the region, where a part has no country


def test_a_header_alone_gives_empty_tables(write: Write, cells: Collect) -> None:
    tables = read_source("o3", write("o3.csv", FLAT.splitlines(keepends=True)[0]))
    assert cells(tables.songs).empty
    assert "country" in cells(tables.users).columns


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("o3.csv", b"", "empty"),
        ("o3.parquet", b"PAR1 but not really", "Parquet"),
        ("o3.csv", FLAT.encode("latin-1"), r"not UTF-8 \(line 2\)"),
        ("o3.txt", FLAT.encode(), r"no \.parquet, \.csv or \.csv\.gz file"),
    ],
)
def test_an_unreadable_file_is_one_sentence(write: Write, cells: Collect, name: str, data: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        cells(read_source("o3", write(name, data)).plays)


def test_plays_are_never_in_memory_whole(tmp_path: Path) -> None:
    row = "T{0},U{0},3,A rather long name of a song number {0},An artist\n"
    with (tmp_path / "big.csv").open("w") as file:
        file.write("track_id,user_id,playcount,name,artist\n")
        file.writelines(row.format(n) for n in range(300_000))
    batches = list(read_source("o3", tmp_path).plays.batches())
    assert len(batches) > 1
    assert sum(len(batch.lines) for batch in batches) == 300_000
    assert batches[-1].lines[-1] == 300_001
