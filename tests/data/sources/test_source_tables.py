from pathlib import Path

import pandas as pd
import pytest
from fixture_types import Collect, Write

from engine.data.sources import is_simulated, read_source, simulated
from engine.errors import DataError

SONGS = "song_id,title,artist\n007,Halo,Beyoncé\n8,NA,null\n"
PLAYS = "user_id,song_id,play_count,mood\n1,007,3,sad\n2\n2,8,x,\n"


def test_cells_are_text_as_found_on_their_lines_and_ragged_rows_stand_aside(write: Write, cells: Collect) -> None:
    write("songs.csv", SONGS)
    tables = read_source("tables", write("plays.csv.gz", PLAYS))
    songs, plays = cells(tables.songs), cells(tables.plays)
    assert songs["song_id"].tolist() == ["007", "8"]
    assert songs["title"].tolist() == ["Halo", "NA"]
    assert plays["play_count"].to_dict() == {2: "3", 4: "x"}
    assert plays["mood"].tolist() == ["sad", ""]  # unknown columns stay
    assert plays.attrs["malformed"] == [("plays.csv.gz", 3, "2")]
    assert tables.users is None


def test_parquet_and_csv_may_be_mixed(write: Write, cells: Collect) -> None:
    folder = write("plays.csv", PLAYS)
    pd.DataFrame({"song_id": [7], "title": ["Halo"], "artist": ["Beyoncé"]}).to_parquet(folder / "songs.parquet")
    write("users.csv", "user_id,age\n1,33\n")
    tables = read_source("tables", folder)
    assert cells(tables.songs)["song_id"].to_dict() == {1: 7}
    assert cells(tables.users)["age"].tolist() == ["33"]


def test_two_files_of_one_table_are_not_guessed_between(write: Write) -> None:
    write("songs.csv", SONGS)
    write("songs.csv.gz", SONGS)
    with pytest.raises(DataError, match=r"songs\.csv and songs\.csv\.gz are there; keep one"):
        read_source("tables", write("plays.csv", PLAYS))


def test_a_missing_table_is_named(write: Write) -> None:
    with pytest.raises(DataError, match=r"no plays table; put plays\.parquet, plays\.csv or plays\.csv\.gz there"):
        read_source("tables", write("songs.csv", SONGS))


def test_a_missing_column_is_named(write: Write) -> None:
    write("songs.csv", "song_id,artist\n1,a\n")
    with pytest.raises(DataError, match=r"songs\.csv: required column 'title' is missing; found song_id, artist"):
        read_source("tables", write("plays.csv", PLAYS))


def test_a_file_is_no_folder(write: Write) -> None:
    with pytest.raises(DataError, match="not a folder"):
        read_source("tables", write("songs.csv", SONGS) / "songs.csv")


def test_a_folder_is_a_simulated_world_by_its_mark(write: Write, cells: Collect) -> None:
    write("songs.csv", SONGS)
    folder = write("plays.csv", PLAYS)
    with pytest.raises(DataError, match=r"world\.json is missing"):
        read_source("simulated", folder)
    assert not is_simulated("tables", folder)
    simulated.mark(folder, {"seed": 1})
    assert is_simulated("tables", folder)  # whichever source reads it
    assert len(cells(read_source("simulated", folder).plays)) == 2


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "users", "songs", "plays"),
    [
        ("hetrec2k", 1_892, 17_632, 92_834),
        ("lastfm15k", 15_000, 1_004, 289_953),
        ("playlists", 335, 73_361, 114_979),
    ],
)
def test_real_tables_are_read_whole(
    real_data: Path, cells: Collect, folder: str, users: int, songs: int, plays: int
) -> None:
    tables = read_source("tables", real_data / folder)
    assert len(cells(tables.users)) == users
    assert len(cells(tables.songs)) == songs
    assert len(cells(tables.plays)) == plays
    assert not any(cells(table).attrs["malformed"] for table in (tables.users, tables.songs, tables.plays))
