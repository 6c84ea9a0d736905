"""Searches and songs to begin with, taken from the bundle itself."""

from dataclasses import dataclass

import streamlit as st

from engine import Engine

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
