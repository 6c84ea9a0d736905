"""What narrows a list: genres and years, and of recommendations how many and how different; all in the address."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.ui.address import number_between

MOST_GENRES = 300
HOW_MANY = (5, 50)


@dataclass(frozen=True)
class SongChoice:
    """Which songs are wanted."""

    genres: list[str]
    years: tuple[int, int] | None

    @property
    def narrows(self) -> bool:
        """Whether any song is left out."""
        return bool(self.genres or self.years)


@dataclass(frozen=True)
class Filters(SongChoice):
    """What `Engine.recommend` is asked for."""

    k: int
    diversity: float


def choose_filters(engine: Engine) -> Filters:
    """Draw the filters in a row; returns what was chosen."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        songs = _choose_songs(engine, "r")
        k = st.slider("How many", *HOW_MANY, value=20, step=5, key="r_k", bind="query-params", width=170)
        diversity = st.slider(
            "Diversity", 0.0, 1.0, 0.0, 0.1, key="r_div", bind="query-params", width=170, format="percent"
        )
    return Filters(songs.genres, songs.years, int(k), float(diversity))


def choose_songs(engine: Engine, page: str) -> SongChoice:
    """Draw the filters by genre and year alone; `page` is the letter that the page's parameters begin with."""
    with st.container(key="song-filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        return _choose_songs(engine, page)


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How the value of each filter of recommendations in the address is checked."""
    return {**song_checks(engine, "r"), "r_k": number_between(*HOW_MANY), "r_div": number_between(0, 1)}


def song_checks(engine: Engine, page: str) -> dict[str, Callable[[str], bool]]:
    """How the genres and years in the address are checked."""
    genres, years = set(genre_options(engine)), number_between(*year_range(engine))
    return {f"{page}_genres": genres.__contains__, f"{page}_from": years, f"{page}_to": years}


def _choose_songs(engine: Engine, page: str) -> SongChoice:
    first, last = year_range(engine)
    genres = st.multiselect(
        "Genres", genre_options(engine), key=f"{page}_genres", bind="query-params", placeholder="All genres", width=280
    )
    start = end = None
    if first < last:
        start = st.number_input(
            "From", first, last, None, 1, key=f"{page}_from", bind="query-params", placeholder=str(first), width=104
        )
        end = st.number_input(
            "To", first, last, None, 1, key=f"{page}_to", bind="query-params", placeholder=str(last), width=104
        )
    years = None
    if start is not None or end is not None:
        low, high = sorted((first if start is None else int(start), last if end is None else int(end)))
        years = (low, high)
    return SongChoice(list(genres), years)


def genre_options(engine: Engine) -> list[str]:
    """Genres to choose from, the most frequent ones in alphabetical order."""
    return sorted(engine.genres[:MOST_GENRES])


def year_range(engine: Engine) -> tuple[int, int]:
    """First and last release year; (0, 0) where none is known."""
    return engine.years or (0, 0)
