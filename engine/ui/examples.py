"""What there is to begin with and to say first, taken from the bundle itself."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine import Engine
from engine.reporting.words import count, one_line

LEAST_LETTERS = 7


@dataclass(frozen=True)
class Examples:
    """Ids of the songs with the most listeners, and searches that find something."""

    popular: tuple[str, ...]
    searches: tuple[str, ...]


@st.cache_data(max_entries=20, show_spinner=False)
def examples(version: str, _engine: Engine, songs: int = 6) -> Examples:
    """Give a bundle's popular songs and three searches: a title misspelled, an artist, a title half typed."""
    popular = _engine.songs.nlargest(50, "listeners")
    rows = list(popular[["song_id", "title", "artist"]].itertuples(index=False, name=None))
    searches = []
    for song_id, title, _ in rows:
        typed = misspell(title)
        if typed and _finds(_engine, typed, song_id):
            searches.append(typed)
            break
    searches += [artist.lower() for _, _, artist in rows[1:12] if artist.isascii() and len(artist) < 28][:1]
    for song_id, title, _ in rows[2:]:
        typed = title[: max(6, len(title) // 2)].strip().lower()
        if title.isascii() and len(title) > 12 and _finds(_engine, typed, song_id):
            searches.append(typed)
            break
    return Examples(tuple(song_id for song_id, _, _ in rows[:songs]), tuple(dict.fromkeys(searches)))


@st.cache_data(max_entries=20, show_spinner=False)
def heard_most(version: str, _engine: Engine) -> str:
    """Say what is heard most, and how few songs make half of the plays; not escaped."""
    songs, users = _engine.songs, len(_engine.users)
    if songs.empty or not songs["listeners"].max():
        return f"There are {count(len(songs))} songs; nobody has played one yet."
    top = songs.loc[songs["listeners"].idxmax()]
    plays = np.sort(songs["plays"].to_numpy(np.float64))[::-1].cumsum()
    half = int(np.searchsorted(plays, plays[-1] / 2)) + 1
    return (
        f"Most heard here is {one_line(top['title'], 60)} by {one_line(top['artist'], 60)}, by "
        f"{count(int(top['listeners']))} of {count(users)} listeners; {count(half)} of {count(len(songs))} songs make "
        "half of all plays."
    )


def misspell(title: str) -> str | None:
    """Misspell a title as fingers do: two letters of its longest word change places; None if it is too short."""
    words = title.lower().split()
    longest = max(words, key=len, default="")
    if len(longest) < LEAST_LETTERS or not longest.isascii() or not longest.isalpha() or len(title) > 40:
        return None
    at = len(longest) // 2
    swapped = longest[: at - 1] + longest[at] + longest[at - 1] + longest[at + 1 :]
    return None if swapped == longest else " ".join(swapped if word == longest else word for word in words)


def _finds(engine: Engine, text: str, song_id: str) -> bool:
    return song_id in set(engine.search(text, 3)["song_id"])
