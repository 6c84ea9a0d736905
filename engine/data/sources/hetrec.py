"""The `hetrec` source: HetRec 2011 Last.fm as published, where a "song" is an artist.

Format: tab-separated `.dat` files in a zip or a folder (Cantador, Brusilovsky & Kuflik, HetRec 2011 workshop).
`artists.dat` is UTF-8, `tags.dat` latin-1. An artist's genres are the tags that most users gave it.
"""

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd

from engine.data.clean import RawTable, RawTables
from engine.errors import DataError

TAGS_AN_ARTIST = 5


def read(path: Path) -> RawTables:
    """Read the published zip or the folder it unpacks to."""
    artists = _table(path, "artists.dat", ["id", "name"])
    plays = _table(path, "user_artists.dat", ["userID", "artistID", "weight"])
    given = _table(path, "user_taggedartists.dat", ["userID", "artistID", "tagID"])
    tags = _table(path, "tags.dat", ["tagID", "tagValue"], encoding="latin-1")

    named = given.merge(tags, on="tagID")
    counts = named.groupby(["artistID", "tagValue"], sort=False).size().rename("n").reset_index()
    counts = counts.sort_values(["artistID", "n", "tagValue"], ascending=[True, False, True])
    top = counts.groupby("artistID").head(TAGS_AN_ARTIST)
    genres = top.groupby("artistID")["tagValue"].agg("|".join)

    songs = pd.DataFrame(
        {
            "song_id": artists["id"],
            "title": artists["name"],
            "artist": artists["name"],
            "genres": artists["id"].map(genres).fillna(""),
        }
    )
    plays = plays.rename(columns={"userID": "user_id", "artistID": "song_id", "weight": "play_count"})
    return RawTables(
        songs=RawTable(_by_line(songs), "artists.dat"),
        plays=RawTable(_by_line(plays), "user_artists.dat"),
        users=None,
    )


def _by_line(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(2, len(frame) + 2), axis=0)


def _table(path: Path, name: str, columns: list[str], encoding: str = "utf-8") -> pd.DataFrame:
    try:
        if path.is_dir():
            data = (path / name).read_bytes()
        else:
            with zipfile.ZipFile(path) as archive:
                inside = [n for n in archive.namelist() if n.rsplit("/", 1)[-1] == name]
                if not inside:
                    raise FileNotFoundError
                data = archive.read(inside[0])
        text = data.decode(encoding)
        frame = pd.read_csv(
            io.StringIO(text),
            sep="\t",
            dtype=str,
            keep_default_na=False,
            quoting=csv.QUOTE_NONE,
            index_col=False,
        )
    except FileNotFoundError as error:
        raise DataError(f"{path}: {name} is missing; give the published zip or its folder") from error
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: not a whole zip file; fetch it again") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: {name} is not {encoding} text; fetch it again") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        raise DataError(f"{path}: {name} can't be read ({str(error).splitlines()[0][:120]})") from error
    for column in columns:
        if column not in frame.columns:
            raise DataError(f"{path}: {name} has no column {column!r}; is it the published file?")
    return frame[columns]
