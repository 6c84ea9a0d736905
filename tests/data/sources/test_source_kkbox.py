from pathlib import Path

import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.errors import DataError

FILES = {
    "train.csv": "msno,song_id,source_system_tab,source_screen_name,source_type,target\n"
    "u1=,s1=,explore,Explore,online-playlist,1\nu1=,s2=,,,,0\nu2=\nu2=,s9=,explore,Explore,song,1\n",
    "songs.csv": "song_id,song_length,genre_ids,artist_name,composer,lyricist,language\n"
    's1=,247640,465|458,張信哲 (Jeff Chang),董貞,何啟弘,3.0\ns2=,197328,444,"A, B| C",,,31.0\ns3=,1,,D,,,-1.0\n',
    "song_extra_info.csv": "song_id,name,isrc\n"
    's1=,我們,TWUM71200043\ns2=,"Loud, ""live""",usrc18512345\ns4=,unheard,\ns3=\n',
    "members.csv": "msno,city,bd,gender,registered_via,registration_init_time,expiration_date\n"
    "u1=,13,29,female,9,20110911,20170920\nu2=,1,0,,7,sometime,20170622\n",
}


@pytest.fixture
def folder(write: Write) -> Path:
    for name, text in FILES.items():
        folder = write(name, text)
    return folder


def test_a_row_of_train_is_one_play(folder: Path, cells: Collect) -> None:
    plays = cells(read_source("kkbox", folder).plays)
    assert plays.to_dict("index") == {
        2: {"user_id": "u1=", "song_id": "s1="},
        3: {"user_id": "u1=", "song_id": "s2="},
        5: {"user_id": "u2=", "song_id": "s9="},  # not among the songs: for cleaning to reject
    }
    assert plays.attrs["malformed"] == [("train.csv", 4, "u2=")]


def test_songs_have_their_names_and_years_from_the_extra_table(folder: Path, cells: Collect) -> None:
    songs = cells(read_source("kkbox", folder).songs)
    assert songs.loc[2].to_dict() == {
        "song_id": "s1=",
        "title": "我們",
        "artist": "張信哲 (Jeff Chang)",
        "genres": "465|458",
        "duration_ms": "247640",
        "release_year": "2012",
    }
    assert songs["title"].to_dict() == {2: "我們", 3: 'Loud, "live"', 4: ""}
    assert songs["artist"].tolist()[1] == "A, B| C"
    assert songs.attrs["malformed"] == [("song_extra_info.csv", 5, "s3=")]


@pytest.mark.parametrize(
    ("isrc", "year"),
    [
        ("TWUM71700043", "2017"),
        ("TWUM71800043", "1918"),  # after the data's end, so a mistake: cleaning or people will see
        ("US-RC1-00-12345", "2000"),
        ("usrc19912345", "1999"),
        ("", ""),
        ("none", ""),
        ("TWUM7170004", ""),
    ],
)
def test_the_year_is_that_of_the_isrc(folder: Path, write: Write, cells: Collect, isrc: str, year: str) -> None:
    write("song_extra_info.csv", f"song_id,name,isrc\ns1=,x,{isrc}\n")
    assert cells(read_source("kkbox", folder).songs)["release_year"].tolist() == [year, "", ""]


def test_members_have_an_age_a_gender_and_a_day(folder: Path, cells: Collect) -> None:
    users = cells(read_source("kkbox", folder).users)
    assert users.to_dict("index") == {
        2: {"user_id": "u1=", "age": "29", "gender": "female", "signed_up_at": "2011-09-11"},
        3: {"user_id": "u2=", "age": "0", "gender": "", "signed_up_at": "sometime"},
    }
    (folder / "members.csv").unlink()
    assert read_source("kkbox", folder).users is None


@pytest.mark.parametrize("name", FILES)
def test_a_packed_file_is_to_be_unpacked(folder: Path, name: str) -> None:
    (folder / name).rename(folder / f"{name}.7z")
    with pytest.raises(DataError, match=f"{name}.7z is still packed; unpack it there with `7z x {name}.7z`"):
        read_source("kkbox", folder)


@pytest.mark.parametrize("name", ["train.csv", "songs.csv", "song_extra_info.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"no {Path(name).stem} table"):
        read_source("kkbox", folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty"), (b"song,user\n1,2\n", "required column"), ("id,é\n".encode("latin-1"), "not UTF-8")],
)
def test_a_file_unlike_the_published_one_is_named(
    folder: Path, write: Write, name: str, data: bytes, says: str
) -> None:
    write(name, data)
    with pytest.raises(DataError, match=says) as caught:
        read_source("kkbox", folder)
    assert name in str(caught.value)


def test_headers_alone_give_empty_tables(folder: Path, write: Write, cells: Collect) -> None:
    for name, text in FILES.items():
        write(name, text.splitlines(keepends=True)[0])
    tables = read_source("kkbox", folder)
    assert [len(cells(table)) for table in (tables.songs, tables.plays, tables.users)] == [0, 0, 0]


def test_gzipped_files_are_read(write: Write, cells: Collect) -> None:
    for name, text in FILES.items():
        folder = write(f"{name}.gz", text)
    assert len(cells(read_source("kkbox", folder).plays)) == 3
