"""What the three tables may hold: columns, types, ranges."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "time"]


@dataclass(frozen=True)
class Column:
    """One column: what it holds, whether a table needs it, and the values that make sense.

    A number outside `low`–`high` (both included) is unknown, not an error.
    """

    name: str
    kind: Kind
    required: bool = False
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True)
class Table:
    """One of the tables a user brings."""

    name: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> list[str]:
        """Names of the columns the table can't do without."""
        return [c.name for c in self.columns if c.required]

    @property
    def names(self) -> list[str]:
        """Names of all known columns, in the order of the documentation."""
        return [c.name for c in self.columns]


USERS = Table(
    "users",
    (
        Column("user_id", "id", required=True),
        Column("age", "number", low=10, high=100),
        Column("gender", "text"),
        Column("country", "text"),
        Column("signed_up_at", "time"),
    ),
)

# Ranges as documented for the audio features of the Spotify Web API; loudness is in dB, tempo in beats a minute.
SONGS = Table(
    "songs",
    (
        Column("song_id", "id", required=True),
        Column("title", "text", required=True),
        Column("artist", "text", required=True),
        Column("genres", "text"),
        Column("release_year", "number", low=1000, high=2100),
        Column("duration_ms", "number", low=1, high=86_400_000),
        Column("danceability", "number", low=0, high=1),
        Column("energy", "number", low=0, high=1),
        Column("key", "number", low=0, high=11),
        Column("loudness", "number", low=-100, high=20),
        Column("mode", "number", low=0, high=1),
        Column("speechiness", "number", low=0, high=1),
        Column("acousticness", "number", low=0, high=1),
        Column("instrumentalness", "number", low=0, high=1),
        Column("liveness", "number", low=0, high=1),
        Column("valence", "number", low=0, high=1),
        Column("tempo", "number", low=1, high=400),
        Column("time_signature", "number", low=1, high=12),
    ),
)

PLAYS = Table(
    "plays",
    (
        Column("user_id", "id", required=True),
        Column("song_id", "id", required=True),
        Column("play_count", "number"),
        Column("played_at", "time"),
    ),
)

TABLES = {table.name: table for table in (USERS, SONGS, PLAYS)}

AUDIO_COLUMNS = [
    "duration_ms",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "time_signature",
]
