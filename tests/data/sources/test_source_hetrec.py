import zipfile
from pathlib import Path

import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.errors import DataError

FILES = {
    "artists.dat": 'id\tname\turl\tpictureURL\n1\tBjörk\tu\tp\n2\t"Weird" Al\tu\tp\n3\tragged\n4\tPlain\tu\tp\n',
    "user_artists.dat": "userID\tartistID\tweight\r\n5\t1\t10\r\n5\t2\t3\r\n6\t1\r\n6\t9\t1\r\n",
    "user_taggedartists.dat": "userID\tartistID\ttagID\tday\tmonth\tyear\r\n"
    + "".join(
        f"{user}\t1\t{tag}\t1\t1\t2009\r\n" for tag, users in enumerate([3, 2, 1, 1, 1, 1]) for user in range(users)
    )
    + "5\t4\t6\t1\t1\t2009\r\n5\t2\t99\t1\t1\t2009\r\n",
    "tags.dat": "tagID\ttagValue\r\n0\télectro\r\n1\tfolk\r\n2\te\r\n3\tc\r\n4\td\r\n5\tf\r\n6\trock|pop\r\n",
}


@pytest.fixture
def folder(write: Write) -> Path:
    for name, text in FILES.items():
        folder = write(name, text, encoding="latin-1" if name == "tags.dat" else "utf-8")
    return folder


@pytest.fixture
def archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "h.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            archive.write(folder / name, name)
    return folder / "h.zip"


@pytest.mark.parametrize("packed", [True, False])
def test_the_zip_and_its_folder_read_the_same(folder: Path, archive: Path, packed: bool, cells: Collect) -> None:
    tables = read_source("hetrec", archive if packed else folder)
    songs, plays = cells(tables.songs), cells(tables.plays)
    assert songs["song_id"].to_dict() == {2: "1", 3: "2", 5: "4"}
    assert songs["title"].tolist() == songs["artist"].tolist() == ["Björk", '"Weird" Al', "Plain"]
    # The five that most users gave, ties by name; a bar inside a tag would make two of it.
    assert songs["genres"].fillna("").tolist() == ["électro|folk|c|d|e", "", "rock/pop"]
    assert songs.attrs["malformed"] == [("artists.dat", 4, "3\tragged")]
    assert plays.loc[3].to_dict() == {"user_id": "5", "song_id": "2", "play_count": "3"}
    assert plays["play_count"].to_dict() == {2: "10", 3: "3", 5: "1"}
    assert plays.attrs["malformed"] == [("user_artists.dat", 4, "6\t1")]
    assert tables.users is None


def test_what_is_no_zip_is_one_sentence(write: Write) -> None:
    folder = write("h.zip", b"PK\x03\x04 not a zip")
    with pytest.raises(DataError, match=r"h\.zip: not a whole zip file"):
        read_source("hetrec", folder / "h.zip")


def test_a_file_that_the_zip_lacks_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(DataError, match=r"artists\.dat is missing"):
        read_source("hetrec", tmp_path / "h.zip")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("artists.dat", b"", "empty"),
        ("artists.dat", "id\tname\turl\tpictureURL\n1\tBj\xf6rk\tu\tp\n".encode("latin-1"), r"not UTF-8 \(line 2\)"),
        ("tags.dat", b"tagID\tvalue\n", "required column 'tagValue' is missing"),
        ("user_artists.dat", b"userID,artistID,weight\n1,2,3\n", "required column 'userID' is missing"),
    ],
)
def test_a_file_unlike_the_published_one_is_named(
    folder: Path, write: Write, cells: Collect, name: str, data: bytes, says: str
) -> None:
    write(name, data)
    with pytest.raises(DataError, match=says) as caught:
        cells(read_source("hetrec", folder).songs)
    assert name in str(caught.value)


def test_files_with_only_headers_give_empty_tables(folder: Path, write: Write, cells: Collect) -> None:
    for name, text in FILES.items():
        write(name, text.splitlines(keepends=True)[0])
    tables = read_source("hetrec", folder)
    assert cells(tables.songs).empty
    assert cells(tables.plays).columns.tolist() == ["user_id", "song_id", "play_count"]


@pytest.mark.real_data
def test_the_published_archive_is_read_whole(real_data: Path, cells: Collect) -> None:
    tables = read_source("hetrec", real_data / "hetrec2011-raw" / "hetrec2011-lastfm-2k.zip")
    songs, plays = cells(tables.songs), cells(tables.plays)
    assert (len(songs), len(plays), plays["user_id"].nunique()) == (17_632, 92_834, 1_892)
    assert not songs.attrs["malformed"] and not plays.attrs["malformed"]
    genres = songs.set_index("title")["genres"]
    assert "trip-hop" in genres["Portishead"].split("|")
    assert genres.dropna().str.count(r"\|").max() == 4
