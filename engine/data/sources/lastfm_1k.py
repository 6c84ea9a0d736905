"""The `lastfm-1k` source: the whole listening of nearly a thousand Last.fm users, until May 2009.

Format: `userid-timestamp-artid-artname-traid-traname.tsv`, unquoted tabs and no header, one play a row at an ISO time;
`userid-profile.tsv` with the header `#id gender age country registered` and dates like "Aug 13, 2006". The profile is
published with tabs; a copy with commas is about, where dates and countries hold commas too, and is read as well.

A tenth of the plays lack a track's MusicBrainz id. Such a song is known by its artist and title; a play with neither an
id nor a title has no song and is left for cleaning to reject.

Reference: Ò. Celma, Music Recommendation and Discovery in the Long Tail, Springer 2010.
"""

from pathlib import Path

from engine.data.files import open_table
from engine.data.raw import RawTable, RawTables, quoted
from engine.data.sources.columns import iso_date, text
from engine.data.sources.folder import find_file, listed, need_file, open_published, require_folder
from engine.data.text_files import Dialect
from engine.errors import DataError

PLAYS = "userid-timestamp-artid-artname-traid-traname.tsv"
PROFILES = "userid-profile.tsv"
BETWEEN = " :: "  # artist and title in the id of a song without one
_PLAYS = Dialect("\t", ("user_id", "played_at", "artist_id", "artist", "track_id", "title"), quoted=False)
_PROFILES = Dialect("\t", quoted=False)
_WHOLE_LINES = Dialect("\x01", quoted=False)
_PROFILE = ["gender", "age", "country", "registered"]
# A country is what stands between the age and a date at the end of the line, commas and all.
_WITH_COMMAS = r"^([^,]*),([^,]*),([^,]*),(.*),(\w{3} \d{1,2}, \d{4}|)\s*$"


def read(folder: Path) -> RawTables:
    """Read the folder that the published archive unpacks to."""
    require_folder(folder, f"{PLAYS} and, if known, {PROFILES}")
    profiles = find_file(folder, [PROFILES])
    plays = open_published(_plays(folder), _PLAYS).select(
        {
            "user_id": '"user_id"',
            "song_id": f"""CASE WHEN {text("track_id")} != '' THEN {text("track_id")}
                WHEN {text("title")} != '' THEN {text("artist")} || '{BETWEEN}' || {text("title")} ELSE '' END""",
            "played_at": '"played_at"',
            "title": '"title"',
            "artist": '"artist"',
        }
    )
    of_play = {name: quoted(name) for name in ("user_id", "song_id", "played_at")}
    of_song = {name: quoted(name) for name in ("song_id", "title", "artist")}
    return RawTables(
        songs=plays.distinct("song_id").select(of_song),
        plays=plays.select(of_play),
        users=_users(profiles) if profiles else None,
    )


def _plays(folder: Path) -> Path:
    """Find the plays: the published name, or else the only other `.tsv`."""
    others = [file.name for file in sorted(folder.glob("*.tsv")) if file.name not in (PLAYS, PROFILES)]
    if (folder / PLAYS).is_file() or not others:
        return need_file(folder, [PLAYS], "plays")
    if len(others) > 1:
        raise DataError(f"{folder}: {listed(others[:3])} could be the plays; keep one or name it {PLAYS}")
    return folder / others[0]


def _users(path: Path) -> RawTable:
    lines = open_table(path, _WHOLE_LINES)
    (header,) = lines.names
    if "\t" in header or header.count(",") == 0:
        table = open_table(path, _PROFILES).require(_PROFILE)
        user = quoted(table.names[0])  # "#id" as published
        columns = {"user_id": user, **{name: quoted(name) for name in _PROFILE}}
        return _with_dates(table.select(columns))
    if [name.strip() for name in header.split(",")][1:] != _PROFILE:
        raise DataError(
            f"{path}: the header is {header[:80]!r} and not #id,{','.join(_PROFILE)}; is it the published file?"
        )
    names = ["user_id", *_PROFILE]
    return _with_dates(
        lines.select(
            {name: f"regexp_extract({quoted(header)}, '{_WITH_COMMAS}', {n})" for n, name in enumerate(names, 1)}
        )
    )


def _with_dates(table: RawTable) -> RawTable:
    columns = {name: quoted(name) for name in ("user_id", "age", "gender", "country")}
    return table.select({**columns, "signed_up_at": iso_date("registered", "%b %d, %Y")})
