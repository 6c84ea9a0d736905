"""SQL for cells that public data sets write each in their own way: dates, genres, what is known of a song.

The expressions are for `RawTable.select`. What they can't make sense of they leave as found, for cleaning to report.
"""

from collections.abc import Sequence

from engine.data.raw import quoted
from engine.data.schema import AUDIO_COLUMNS

_CALLED = {
    "title": ("title", "name", "track_name"),
    "artist": ("artist", "artist_name"),
    "release_year": ("release_year", "year"),
}
_GENRES = ("genres", "genre", "main_genre", "tags")


def text(column: str) -> str:
    """Give a column as text without surrounding blanks; nothing is the empty text."""
    return f"coalesce(trim(CAST({quoted(column)} AS VARCHAR)), '')"


def iso_date(column: str, written: str) -> str:
    """Rewrite a date in the `strptime` format `written` as ISO 8601."""
    found = text(column)
    return f"coalesce(strftime(try_strptime({found}, '{written}'), '%Y-%m-%d'), {found})"


def genres(columns: Sequence[str]) -> str:
    """Put lists of genres or tags (split at commas and bars) together as `a|b|c`.

    Of genres that differ only in case the first spelling stays; the order is that of `columns`.
    """
    cells = ", ".join(text(column) for column in columns)
    parts = f"list_transform(regexp_split_to_array(concat_ws(',', {cells}), '[,|]'), lambda x: trim(x))"
    # A list of one list, so that the lambda gives `parts` a name and it is worked out once.
    return f"""list_transform([{parts}], lambda l: array_to_string(list_filter(l, lambda x, i:
        x != '' AND list_position(list_transform(l, lambda y: lower(y)), lower(x)) = i), '|'))[1]"""


def song_columns(names: Sequence[str]) -> dict[str, str]:
    """Map a table of tracks with columns `names` to the columns of songs that it knows, but for `song_id`."""
    found = {}
    for column, called in _CALLED.items():
        there = [name for name in called if name in names]
        if there:
            found[column] = quoted(there[0])
    there = [name for name in _GENRES if name in names]
    if there:
        found["genres"] = genres(there)
    return found | {name: quoted(name) for name in AUDIO_COLUMNS if name in names}
