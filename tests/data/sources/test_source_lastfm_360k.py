import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.data.sources.lastfm_360k import PLAYS, PROFILES
from engine.errors import DataError

EVENTS = 'aa\tm1\tBetty Blowtorch\t2137\naa\t\t"Weird" Al\t1099\nbb\tm1\tbetty blowtorch\t-3\nbb\tm2\ncc\t\t\t1\n'
USERS = "aa\tf\t\tGermany\tFeb 1, 2007\nbb\t\t-1337\tCôte d'Ivoire\tbefore\ncc\tm\n"


def test_an_artist_is_a_song_by_its_id_or_else_by_its_name(write: Write, cells: Collect) -> None:
    write(PROFILES, USERS)
    tables = read_source("lastfm-360k", write(PLAYS, EVENTS))
    songs, plays, users = cells(tables.songs), cells(tables.plays), cells(tables.users)
    assert plays.to_dict("index") == {
        1: {"user_id": "aa", "song_id": "m1", "play_count": "2137"},
        2: {"user_id": "aa", "song_id": '"Weird" Al', "play_count": "1099"},
        3: {"user_id": "bb", "song_id": "m1", "play_count": "-3"},
        5: {"user_id": "cc", "song_id": "", "play_count": "1"},
    }
    assert plays.attrs["malformed"] == [(PLAYS, 4, "bb\tm2")]
    assert songs.to_dict("index") == {
        1: {"song_id": "m1", "title": "Betty Blowtorch", "artist": "Betty Blowtorch"},
        2: {"song_id": '"Weird" Al', "title": '"Weird" Al', "artist": '"Weird" Al'},
    }
    assert users.to_dict("index") == {
        1: {"user_id": "aa", "age": "", "gender": "f", "country": "Germany", "signed_up_at": "2007-02-01"},
        2: {"user_id": "bb", "age": "-1337", "gender": "", "country": "Côte d'Ivoire", "signed_up_at": "before"},
    }
    assert users.attrs["malformed"] == [(PROFILES, 3, "cc\tm")]


def test_profiles_are_optional(write: Write) -> None:
    assert read_source("lastfm-360k", write(PLAYS, EVENTS)).users is None


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        (PLAYS, b"", "empty"),
        (PLAYS, EVENTS.replace("\t", ",").encode(), "line 1 doesn't have 4 fields"),
        (PROFILES, b"aa\tf\n", "line 1 doesn't have 5 fields"),
        (PROFILES, USERS.encode("latin-1"), r"not UTF-8 \(line 2\)"),
    ],
)
def test_a_file_unlike_the_published_one_is_named(write: Write, name: str, data: bytes, says: str) -> None:
    write(PLAYS, EVENTS)
    with pytest.raises(DataError, match=says) as caught:
        read_source("lastfm-360k", write(name, data))
    assert name in str(caught.value)


def test_missing_plays_are_asked_for(write: Write) -> None:
    with pytest.raises(DataError, match=f"no plays; put {PLAYS} there"):
        read_source("lastfm-360k", write(PROFILES, USERS))
