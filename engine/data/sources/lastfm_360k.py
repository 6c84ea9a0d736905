"""The `lastfm-360k` source: the most played artists of 360,000 Last.fm users; a "song" is an artist.

Format: `usersha1-artmbid-artname-plays.tsv` (user, MusicBrainz id, artist, plays) and `usersha1-profile.tsv` (user,
gender, age, country, signup like "Feb 1, 2007"), unquoted tabs, no headers. An artist without a MusicBrainz id is
known by its name.

Reference: Ò. Celma, Music Recommendation and Discovery in the Long Tail, Springer 2010.
"""

from pathlib import Path

from engine.data.raw import RawTable, RawTables, quoted
from engine.data.sources.columns import iso_date, text
from engine.data.sources.folder import find_file, need_file, open_published, require_folder
from engine.data.text_files import Dialect

PLAYS = "usersha1-artmbid-artname-plays.tsv"
PROFILES = "usersha1-profile.tsv"
_PLAYS = Dialect("\t", ("user_id", "artist_id", "artist", "play_count"), quoted=False)
_PROFILES = Dialect("\t", ("user_id", "gender", "age", "country", "signup"), quoted=False)


def read(folder: Path) -> RawTables:
    """Read the folder that the published archive unpacks to."""
    require_folder(folder, f"{PLAYS} and, if known, {PROFILES}")
    profiles = find_file(folder, [PROFILES])
    plays = open_published(need_file(folder, [PLAYS], "plays"), _PLAYS).select(
        {
            "user_id": '"user_id"',
            "song_id": f"CASE WHEN {text('artist_id')} != '' THEN {text('artist_id')} ELSE {text('artist')} END",
            "play_count": '"play_count"',
            "artist": '"artist"',
        }
    )
    return RawTables(
        songs=plays.distinct("song_id").select({"song_id": '"song_id"', "title": '"artist"', "artist": '"artist"'}),
        plays=plays.select({name: quoted(name) for name in ("user_id", "song_id", "play_count")}),
        users=_users(profiles) if profiles else None,
    )


def _users(path: Path) -> RawTable:
    columns = {name: quoted(name) for name in ("user_id", "age", "gender", "country")}
    return open_published(path, _PROFILES).select({**columns, "signed_up_at": iso_date("signup", "%b %d, %Y")})
