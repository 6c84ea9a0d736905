"""The `kkbox` source: the WSDM Cup 2018 music recommendation challenge of KKBOX.

Format: CSV. `train.csv` (`msno, song_id, source_system_tab, source_screen_name, source_type, target`) is one first play
a row, without a time; `members.csv` has `bd` (age), `gender` and `registration_init_time` (20170301); `songs.csv`
`song_length` (ms), `genre_ids` ("465|458") and `artist_name`; `song_extra_info.csv` `name` and `isrc`. Artists of one
song stay as they are written. `city` is a number that stands for no known place, so no country is made of it.

A song that `song_extra_info.csv` doesn't name has an empty title; one that `songs.csv` lacks is left for cleaning to
reject its plays. The year is that of the ISRC (ISO 3901): when the recording was registered, so at times a re-issue's.
"""

from pathlib import Path

from engine.data.files import open_table
from engine.data.raw import RawTable, RawTables
from engine.data.sources.columns import iso_date, text
from engine.data.sources.folder import find_file, need_file, require_folder, table_files
from engine.data.sources.lookup import look_up

LAST_YEAR = 17  # of an ISRC's two digits that is 20…; the data end in 2017
_ISRC = "^[A-Z]{2}[A-Z0-9]{3}([0-9]{2})[0-9]{5}$"


def read(folder: Path) -> RawTables:
    """Read the folder that the challenge's files were unpacked to."""
    require_folder(folder, "train.csv, songs.csv, song_extra_info.csv and members.csv")
    plays = _open(folder, "train").require(["msno", "song_id"])
    songs = _open(folder, "songs").require(["song_id", "song_length", "genre_ids", "artist_name"])
    extra = _open(folder, "song_extra_info").require(["song_id", "name", "isrc"])
    return RawTables(
        songs=_songs(songs, extra),
        plays=plays.select({"user_id": '"msno"', "song_id": '"song_id"'}),
        users=_users(folder),
    )


def _open(folder: Path, name: str) -> RawTable:
    return open_table(need_file(folder, table_files(name), f"{name} table"))


def _songs(songs: RawTable, extra: RawTable) -> RawTable:
    digits = f"regexp_extract(replace(upper({text('isrc')}), '-', ''), '{_ISRC}', 1)"
    named = look_up(songs, "song_id", extra, ["name", "isrc"])
    return named.select(
        {
            "song_id": '"song_id"',
            "title": text("name"),
            "artist": '"artist_name"',
            "genres": '"genre_ids"',
            "duration_ms": '"song_length"',
            "release_year": f"""CASE WHEN {digits} = '' THEN ''
                WHEN {digits} <= '{LAST_YEAR}' THEN '20' || {digits} ELSE '19' || {digits} END""",
        }
    )


def _users(folder: Path) -> RawTable | None:
    if find_file(folder, table_files("members")) is None and not (folder / "members.csv.7z").is_file():
        return None
    members = _open(folder, "members").require(["msno", "bd", "gender", "registration_init_time"])
    return members.select(
        {
            "user_id": '"msno"',
            "age": '"bd"',
            "gender": '"gender"',
            "signed_up_at": iso_date("registration_init_time", "%Y%m%d"),
        }
    )
