"""The `msd` source: the Echo Nest taste profile of the Million Song Dataset, with what is known of its songs.

Plays are `train_triplets.txt` (user, song, count; tabs, no header) or another `*triplets*.txt`, or else
`User Listening History.csv` (`track_id, user_id, playcount`). Titles are `unique_tracks.txt` (track, song, artist and
title, with `<SEP>` between) or a table of tracks: `Music Info.csv` (`track_id, name, artist, tags, genre, year,
duration_ms, danceability … time_signature`) or the only other table there with a `track_id` or `song_id`. With both,
the titles are those of `unique_tracks.txt`, and the table adds genres, year and sound.

Reference: Bertin-Mahieux, Ellis, Whitman and Lamere, The Million Song Dataset, ISMIR 2011.
"""

from pathlib import Path

import pyarrow.compute as pc

from engine.data.files import SUFFIXES, open_table
from engine.data.raw import RawTable, RawTables, missing_column, quoted
from engine.data.sources.columns import song_columns
from engine.data.sources.folder import find_file, listed, need_file, open_published, require_folder, table_files
from engine.data.sources.lookup import look_up
from engine.data.text_files import Dialect
from engine.errors import DataError

TRIPLETS = "train_triplets.txt"
HISTORY = "User Listening History"
INDEX = "unique_tracks.txt"
TRACKS = "Music Info"
_TRIPLETS = Dialect("\t", ("user_id", "song_id", "play_count"), quoted=False)
_LINES = Dialect("\x01", ("line",), quoted=False)
_SEPARATOR = "<SEP>"


def read(folder: Path) -> RawTables:
    """Read a folder with plays and titles."""
    require_folder(folder, f"{TRIPLETS} and {INDEX}, or {HISTORY}.csv and {TRACKS}.csv")
    triplets = _triplets(folder)
    if triplets:
        return RawTables(songs=_songs(folder, "song_id"), plays=open_published(triplets, _TRIPLETS))
    history = need_file(folder, [TRIPLETS, *table_files(HISTORY)], "plays")
    plays = open_table(history).require(["track_id", "user_id", "playcount"])
    columns = {"user_id": '"user_id"', "song_id": '"track_id"', "play_count": '"playcount"'}
    return RawTables(songs=_songs(folder, "track_id"), plays=plays.select(columns))


def _triplets(folder: Path) -> Path | None:
    found = find_file(folder, [TRIPLETS, f"{TRIPLETS}.gz"])
    others = [file.name for file in sorted(folder.glob("*triplets*")) if file.name.endswith((".txt", ".txt.gz"))]
    return found or find_file(folder, others)


def _songs(folder: Path, key: str) -> RawTable:
    """Read the songs that plays name by their `key`, track or song id."""
    index, tracks = find_file(folder, [INDEX]), _tracks(folder)
    if index is None and tracks is None:
        raise DataError(
            f"{folder}: plays without titles; put {INDEX} (millionsongdataset.com) or {TRACKS}.csv beside them"
        )
    if tracks is None:
        assert index is not None
        return _index(index).select({"song_id": quoted(key), "title": '"title"', "artist": '"artist"'})

    table = open_table(tracks)
    names = table.names
    known = song_columns(names)
    if index is None:
        if key not in names:
            raise DataError(f"{tracks}: no {key}, which the plays go by; put {INDEX} beside it, which has both ids")
        for column in ("title", "artist"):
            if column not in known:
                raise missing_column(tracks.name, column, names)
        return table.select({"song_id": quoted(key), **known})

    by = "song_id" if "song_id" in names else "track_id"
    more = {name: expression for name, expression in known.items() if name not in ("title", "artist")}
    songs = _index(index)
    if more:
        songs = look_up(songs, by, table.select({by: quoted(by), **more}), list(more))
    columns = {name: quoted(name) for name in ("title", "artist", *more)}
    return songs.select({"song_id": quoted(key), **columns})


def _tracks(folder: Path) -> Path | None:
    """Find the table of tracks: by its name, or else the only one with ids of tracks or songs."""
    named = find_file(folder, table_files(TRACKS))
    if named:
        return named
    files = [file for file in sorted(folder.iterdir()) if file.name.endswith(SUFFIXES) and file.name[0] not in "._"]
    others = [file for file in files if file.name not in table_files(HISTORY)]
    with_ids = [file.name for file in others if {"track_id", "song_id"} & set(open_table(file).names)]
    if len(with_ids) > 1:
        raise DataError(f"{folder}: {listed(with_ids[:3])} could be the tracks; keep one or name it {TRACKS}.csv")
    return folder / with_ids[0] if with_ids else None


def _index(path: Path) -> RawTable:
    """Read `unique_tracks.txt`. A few songs have several tracks; the first one counts, as with any doubled id."""
    lines = open_table(path, _LINES)
    first = next(iter(lines.batches()))
    if not pc.any(pc.match_substring(first.table["line"], _SEPARATOR)).as_py():
        raise DataError(f"{path}: no {_SEPARATOR} between its fields; is it the published file?")
    parts = f"string_split(\"line\", '{_SEPARATOR}')"
    names = ("track_id", "song_id", "artist", "title")
    return lines.select({name: f"trim({parts}[{n}])" for n, name in enumerate(names, start=1)})
