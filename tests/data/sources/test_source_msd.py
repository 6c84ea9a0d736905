import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.errors import DataError

TRIPLETS = "u1\tSO1\t1\nu1\tSO2\t5\nu2\tSO1\nu2\tSO9\tx\n"
INDEX = (
    "TR1<SEP>SO1<SEP>AC/DC<SEP>T.N.T.\nTR2<SEP>SO2<SEP>Björk<SEP>Jóga\nTR3<SEP>SO2<SEP>Björk<SEP>Jóga, again\nbroken\n"
)
MUSIC = """\
track_id,name,artist,spotify_preview_url,spotify_id,tags,genre,year,duration_ms,danceability,time_signature
TR1,TNT,AC/DC,http,id,"rock, hard_rock",Rock,1976,214000,0.5,4
TR2,Joga,Bjork,http,id,,,0,,0.3,
TR2,again,Bjork,http,id,,,1999,,0.9,
"""
HISTORY = "track_id,user_id,playcount\nTR1,u1,4\nTR7,u2,1\n"


def test_triplets_with_titles_from_the_index(write: Write, cells: Collect) -> None:
    write("unique_tracks.txt", INDEX)
    tables = read_source("msd", write("train_triplets.txt", TRIPLETS))
    songs, plays = cells(tables.songs), cells(tables.plays)
    assert plays.to_dict("index") == {
        1: {"user_id": "u1", "song_id": "SO1", "play_count": "1"},
        2: {"user_id": "u1", "song_id": "SO2", "play_count": "5"},
        4: {"user_id": "u2", "song_id": "SO9", "play_count": "x"},
    }
    assert plays.attrs["malformed"] == [("train_triplets.txt", 3, "u2\tSO1")]
    assert songs.loc[1].to_dict() == {"song_id": "SO1", "title": "T.N.T.", "artist": "AC/DC"}
    assert songs["title"].fillna("").tolist() == ["T.N.T.", "Jóga", "Jóga, again", ""]
    assert songs["song_id"].fillna("").tolist() == ["SO1", "SO2", "SO2", ""]  # for cleaning to reject the last two
    assert tables.users is None


def test_the_index_joins_triplets_to_features_of_tracks(write: Write, cells: Collect) -> None:
    write("unique_tracks.txt", INDEX)
    write("Music Info.csv", MUSIC + "TR9,ragged\n")
    songs = cells(read_source("msd", write("train_triplets.txt", TRIPLETS)).songs)
    assert songs.attrs["malformed"] == [("Music Info.csv", 5, "TR9,ragged")]
    assert songs.index.tolist() == [1, 2, 3, 4]
    assert songs.loc[1].to_dict() == {
        "song_id": "SO1",
        "title": "T.N.T.",
        "artist": "AC/DC",
        "release_year": "1976",
        "genres": "Rock|hard_rock",
        "duration_ms": "214000",
        "danceability": "0.5",
        "time_signature": "4",
    }
    assert songs["danceability"].fillna("").tolist() == ["0.5", "0.3", "", ""]  # the first row of TR2
    assert songs["release_year"].fillna("").tolist() == ["1976", "0", "", ""]  # 0 is for cleaning to make unknown


def test_triplets_with_a_table_of_songs_alone(write: Write, cells: Collect) -> None:
    write("features.csv", "song_id,title,artist_name,tempo\nSO1,TNT,AC/DC,120\n")
    write("README.csv", "about,this\n")  # has no ids, so isn't it
    songs = cells(read_source("msd", write("my_triplets_sample.txt", TRIPLETS)).songs)
    assert songs.to_dict("records") == [{"song_id": "SO1", "title": "TNT", "artist": "AC/DC", "tempo": "120"}]


def test_the_pair_of_csv_files_goes_by_track_ids(write: Write, cells: Collect) -> None:
    write("Music Info.csv", MUSIC)
    tables = read_source("msd", write("User Listening History.csv", HISTORY))
    assert cells(tables.plays).to_dict("index") == {
        2: {"user_id": "u1", "song_id": "TR1", "play_count": "4"},
        3: {"user_id": "u2", "song_id": "TR7", "play_count": "1"},
    }
    songs = cells(tables.songs)
    assert songs["song_id"].tolist() == ["TR1", "TR2", "TR2"]
    assert songs["title"].tolist() == ["TNT", "Joga", "again"]
    assert songs["genres"].tolist() == ["Rock|hard_rock", "", ""]


def test_plays_without_titles_are_refused(write: Write) -> None:
    with pytest.raises(DataError, match=r"plays without titles; put unique_tracks\.txt .* or Music Info\.csv beside"):
        read_source("msd", write("train_triplets.txt", TRIPLETS))


def test_features_by_track_dont_fit_plays_by_song(write: Write) -> None:
    write("Music Info.csv", MUSIC)
    with pytest.raises(DataError, match=r"no song_id, which the plays go by; put unique_tracks\.txt beside it"):
        read_source("msd", write("train_triplets.txt", TRIPLETS))


def test_features_without_titles_dont_do_alone(write: Write) -> None:
    write("features.csv", "song_id,tempo\nSO1,120\n")
    with pytest.raises(DataError, match=r"features\.csv: required column 'title' is missing"):
        read_source("msd", write("train_triplets.txt", TRIPLETS))


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a_triplets.txt", "b_triplets.txt"], "keep one"),
        (["train_triplets.txt.zip"], r"train_triplets\.txt\.zip is still packed; unpack it there with `unzip"),
        (["notes.md"], r"no plays; put train_triplets\.txt, User Listening History\.parquet"),
    ],
)
def test_plays_that_arent_clear_are_asked_for(write: Write, names: list[str], says: str) -> None:
    for name in names:
        folder = write(name, TRIPLETS)
    with pytest.raises(DataError, match=says):
        read_source("msd", folder)


def test_two_tables_of_tracks_are_not_guessed_between(write: Write) -> None:
    write("a.csv", "song_id,title,artist\n")
    write("b.csv", "song_id,title,artist\n")
    with pytest.raises(DataError, match=r"a\.csv or b\.csv could be the tracks; keep one"):
        read_source("msd", write("train_triplets.txt", TRIPLETS))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("train_triplets.txt", b"", "empty"),
        ("train_triplets.txt", b"user,song,plays\n", "line 1 doesn't have 3 fields"),
        ("unique_tracks.txt", b"", "empty"),
        ("unique_tracks.txt", b"TR1\tSO1\tAC/DC\tTNT\n", "no <SEP> between its fields"),
        ("unique_tracks.txt", INDEX.encode("latin-1"), r"not UTF-8 \(line 2\)"),
    ],
)
def test_a_file_unlike_the_published_one_is_named(write: Write, name: str, data: bytes, says: str) -> None:
    write("unique_tracks.txt", INDEX)
    write("train_triplets.txt", TRIPLETS)
    with pytest.raises(DataError, match=says) as caught:
        read_source("msd", write(name, data))
    assert name in str(caught.value)
