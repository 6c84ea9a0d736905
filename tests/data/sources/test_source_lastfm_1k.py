from pathlib import Path

import pytest
from fixture_types import Collect, Write

from engine.data.sources import read_source
from engine.data.sources.lastfm_1k import PLAYS, PROFILES
from engine.errors import DataError

EVENTS = (
    "user_000001\t2009-05-04T23:08:57Z\tA1\tDeep Dish\t\tFuck Me I'm Famous\n"
    'user_000001\t2009-05-04T13:54:10Z\tA2\t坂本龍一\tM2\t"Composition\n'
    "user_000002\t2009-05-03T00:00:00Z\tA2\t坂本龍一\tM2\tComposition 0919\n"
    "user_000002\tbroken\n"
    "user_000002\tyesterday\tA3\tGhost\t\t\n"
    "user_000002\t2009-05-01T00:00:00Z\t\tDeep Dish\t\tFuck Me I'm Famous\n"
    "user_000002\t2009-05-01T00:00:00Z\tA4\tMute\tM9\t\n"
)
TABS = "#id\tgender\tage\tcountry\tregistered\nuser_000001\tm\t\tJapan\tAug 13, 2006\nuser_000003\t\t103\t\t\n"
COMMAS = (
    "#id,gender,age,country,registered\n"
    "user_000001,m,,Japan,Aug 3, 2006\n"
    "user_000003,,103,Korea, Democratic People's Republic of,Feb 4, 2007\n"
    "user_000004,f,,Korea, Republic of,\n"
    "user_000005,,,,\n"
    "user_000006,f,22,,Feb 31, 2006\n"
    "broken\n"
)


def test_a_play_a_row_and_songs_by_id_or_else_by_artist_and_title(write: Write, cells: Collect) -> None:
    tables = read_source("lastfm-1k", write(PLAYS, EVENTS))
    songs, plays = cells(tables.songs), cells(tables.plays)
    named = "Deep Dish :: Fuck Me I'm Famous"
    assert plays["song_id"].to_dict() == {1: named, 2: "M2", 3: "M2", 5: "", 6: named, 7: "M9"}
    assert plays["played_at"].to_dict()[1] == "2009-05-04T23:08:57Z"
    assert plays["played_at"].to_dict()[5] == "yesterday"  # for cleaning to reject
    assert plays.attrs["malformed"] == [(PLAYS, 4, "user_000002\tbroken")]
    assert songs.to_dict("index") == {
        1: {"song_id": named, "title": "Fuck Me I'm Famous", "artist": "Deep Dish"},
        2: {"song_id": "M2", "title": '"Composition', "artist": "坂本龍一"},  # a quotation mark is a letter here
        7: {"song_id": "M9", "title": "", "artist": "Mute"},
    }
    assert tables.users is None


def test_profiles_are_read_as_published_with_tabs(write: Write, cells: Collect) -> None:
    write(PROFILES, TABS)
    users = cells(read_source("lastfm-1k", write(PLAYS, EVENTS)).users)
    assert users.to_dict("index") == {
        2: {"user_id": "user_000001", "age": "", "gender": "m", "country": "Japan", "signed_up_at": "2006-08-13"},
        3: {"user_id": "user_000003", "age": "103", "gender": "", "country": "", "signed_up_at": ""},
    }


def test_profiles_with_commas_in_dates_and_countries_are_read_right(write: Write, cells: Collect) -> None:
    write(PROFILES, COMMAS)
    users = cells(read_source("lastfm-1k", write(PLAYS, EVENTS)).users)
    assert users["user_id"].tolist() == ["user_000001", "user_000003", "user_000004", "user_000005", "user_000006", ""]
    assert users["country"].tolist()[:4] == [
        "Japan",
        "Korea, Democratic People's Republic of",
        "Korea, Republic of",
        "",
    ]
    assert users["signed_up_at"].tolist() == ["2006-08-03", "2007-02-04", "", "", "Feb 31, 2006", ""]
    assert users["age"].tolist()[:2] == ["", "103"]


def test_plays_under_another_name_are_found_when_there_is_one(write: Write, cells: Collect) -> None:
    write(PROFILES, TABS)
    folder = write("sample.tsv", EVENTS)
    assert len(cells(read_source("lastfm-1k", folder).plays)) == 6
    with pytest.raises(DataError, match=r"other\.tsv or sample\.tsv could be the plays"):
        read_source("lastfm-1k", write("other.tsv", EVENTS))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        (PLAYS, b"", "empty"),
        (PLAYS, b"a,b,c,d,e,f\n", "line 1 doesn't have 6 fields"),
        (PLAYS, EVENTS.replace("坂本龍一", "Björk").encode("latin-1"), r"not UTF-8 \(line 2\)"),
        (PROFILES, b"", "empty"),
        (PROFILES, b"id\tsex\n1\tm\n", "required column 'gender' is missing"),
        (PROFILES, b"#id,gender,country,age,registered\n", "is it the published file"),
    ],
)
def test_a_file_unlike_the_published_one_is_named(write: Write, name: str, data: bytes, says: str) -> None:
    write(PLAYS, EVENTS)
    with pytest.raises(DataError, match=says) as caught:
        read_source("lastfm-1k", write(name, data))
    assert name in str(caught.value)


def test_missing_plays_are_asked_for(write: Write) -> None:
    with pytest.raises(DataError, match=f"no plays; put {PLAYS} there"):
        read_source("lastfm-1k", write(PROFILES, TABS))


@pytest.mark.real_data
def test_the_real_profiles_and_events_are_read_whole(real_data: Path, cells: Collect) -> None:
    tables = read_source("lastfm-1k", real_data / "lastfm1k-raw")
    songs, plays, users = cells(tables.songs), cells(tables.plays), cells(tables.users)
    assert len(users) == users["user_id"].nunique() == 992
    assert users["user_id"].str.fullmatch(r"user_\d{6}").all()
    countries = users.set_index("user_id")["country"]
    assert countries["user_000214"] == "Korea, Democratic People's Republic of"
    assert countries["user_000224"] == "Congo, the Democratic Republic of the"
    assert (users["signed_up_at"].str.fullmatch(r"200\d-\d\d-\d\d") | users["signed_up_at"].eq("")).all()
    assert users["signed_up_at"].eq("").sum() == 8
    assert len(plays) == 5_000 and not plays.attrs["malformed"]
    assert plays["user_id"].nunique() == 2
    assert set(plays["song_id"]) - {""} == set(songs["song_id"])
