"""The `hetrec` source: HetRec 2011 Last.fm as published, where a "song" is an artist.

Format: unquoted tab-separated `.dat` files with a header, in a zip or a folder. `artists.dat` is UTF-8, `tags.dat`
latin-1. An artist's genres are the tags that most users gave it.

Reference: Cantador, Brusilovsky and Kuflik, Second Workshop on Information Heterogeneity and Fusion in Recommender
Systems (HetRec), RecSys 2011.
"""

import zipfile
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from engine.data.files import open_table
from engine.data.raw import RawTable, RawTables
from engine.data.sources.lookup import look_up
from engine.data.sql import connect
from engine.data.text_files import Dialect, open_text
from engine.errors import DataError

TAGS_AN_ARTIST = 5
_UTF8 = Dialect("\t", quoted=False)
_LATIN1 = Dialect("\t", quoted=False, encoding="latin-1")


def read(path: Path) -> RawTables:
    """Read the published zip or the folder it unpacks to."""
    artists = _open(path, "artists.dat").require(["id", "name"])
    given = _open(path, "user_taggedartists.dat").require(["userID", "artistID", "tagID"])
    tags = _open(path, "tags.dat", _LATIN1).require(["tagID", "tagValue"])
    plays = _open(path, "user_artists.dat").require(["userID", "artistID", "weight"])

    artists = artists.select({"song_id": '"id"', "title": '"name"', "artist": '"name"'})
    return RawTables(
        songs=look_up(artists, "song_id", _genres(given, tags), ["genres"]),
        plays=plays.select({"user_id": '"userID"', "song_id": '"artistID"', "play_count": '"weight"'}),
    )


def _genres(given: RawTable, tags: RawTable) -> RawTable:
    """Give each artist's most given tags as `song_id`, `genres`; both files are small."""
    with connect() as con:
        con.register("given", _whole(given))
        con.register("tags", _whole(tags))
        frame = con.execute(
            f"""WITH counted AS (
                SELECT artistID AS song_id, replace(tagValue, '|', '/') AS tag, count(DISTINCT userID) AS users
                FROM given JOIN tags USING (tagID) GROUP BY artistID, tag
            ), ranked AS (
                SELECT *, row_number() OVER (PARTITION BY song_id ORDER BY users DESC, tag) AS place FROM counted
            )
            SELECT song_id, string_agg(tag, '|' ORDER BY place) AS genres FROM ranked
            WHERE place <= {TAGS_AN_ARTIST} GROUP BY song_id"""
        ).df()
    return RawTable.of_frame(frame, "user_taggedartists.dat")


def _whole(table: RawTable) -> pa.Table:
    return pa.concat_tables([batch.table for batch in table.batches()])


def _open(path: Path, name: str, dialect: Dialect = _UTF8) -> RawTable:
    if path.is_dir():
        if not (path / name).is_file():
            raise DataError(f"{path}: {name} is missing; give the published zip or its folder")
        return open_table(path / name, dialect)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [member for member in archive.namelist() if member.rsplit("/", 1)[-1] == name]
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{path}: not a whole zip file; fetch it again") from error
    if not inside:
        raise DataError(f"{path}: {name} is missing; give the published zip or its folder")
    return open_text(name, f"{path}/{inside[0]}", lambda: _member(path, inside[0]), dialect)


def _member(path: Path, name: str) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:  # the member keeps the file open, the archive needn't be
        return cast(BinaryIO, archive.open(name))
