"""What the three tables may hold: columns, types, ranges; and the pandera schemas that typed tables satisfy."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

Kind = Literal["id", "text", "number", "time"]


@dataclass(frozen=True)
class Column:
    """One column: what it holds, whether a table needs it, and the values that make sense.

    A number outside `low`–`high` (both included) is unknown, not an error. One no further out than `clip_low` or
    `clip_high`, where they are given, is brought to the nearest end of the range instead.
    """

    name: str
    kind: Kind
    required: bool = False
    low: float = float("-inf")
    high: float = float("inf")
    clip_low: float | None = None
    clip_high: float | None = None


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


def _share(name: str) -> Column:
    # A rounding or averaging error may carry a share a little past 0 or 1; further out it is something else.
    return Column(name, "number", low=0, high=1, clip_low=-0.05, clip_high=1.05)


# Ranges as documented for the audio features of the Spotify Web API: loudness is in dB, typically between -60 and 0;
# tempo in beats a minute, 0 where none was found; key -1 where none was found.
SONGS = Table(
    "songs",
    (
        Column("song_id", "id", required=True),
        Column("title", "text", required=True),
        Column("artist", "text", required=True),
        Column("genres", "text"),
        Column("release_year", "number", low=1000, high=2100),
        Column("duration_ms", "number", low=1, high=86_400_000),
        _share("danceability"),
        _share("energy"),
        Column("key", "number", low=0, high=11),
        Column("loudness", "number", low=-60, high=5, clip_low=-100, clip_high=20),
        Column("mode", "number", low=0, high=1),
        _share("speechiness"),
        _share("acousticness"),
        _share("instrumentalness"),
        _share("liveness"),
        _share("valence"),
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


@cache
def typed_schema(table: str) -> "DataFrameSchema":
    """Give the schema of a typed users or songs table: every column there, of its type, in its range, ids unique."""
    import pandera.pandas as pandera

    dtypes = {"number": "float64", "time": "datetime64[us, UTC]"}
    columns = {
        column.name: pandera.Column(
            dtypes.get(column.kind, "str"),
            checks=pandera.Check.in_range(column.low, column.high) if column.kind == "number" else None,
            nullable=not column.required,
            unique=column.kind == "id",
        )
        for column in TABLES[table].columns
    }
    return pandera.DataFrameSchema(columns, strict=True, name=table)
