"""What narrows a list of recommendations: genres, years, how many and how different; all in the address."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.ui.address import number_between

MOST_GENRES = 300
HOW_MANY = (5, 50)


@dataclass(frozen=True)
class Filters:
    """What `Engine.recommend` is asked for."""

    genres: list[str]
    years: tuple[int, int] | None
    k: int
    diversity: float


def choose_filters(engine: Engine) -> Filters:
    """Draw the filters in a row; returns what was chosen."""
    first, last = year_range(engine)
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        genres = st.multiselect(
            "Genres", genre_options(engine), key="r_genres", bind="query-params", placeholder="All genres", width=280
        )
        start = end = None
        if first < last:
            start = st.number_input(
                "From", first, last, None, 1, key="r_from", bind="query-params", placeholder=str(first), width=104
            )
            end = st.number_input(
                "To", first, last, None, 1, key="r_to", bind="query-params", placeholder=str(last), width=104
            )
        k = st.slider("How many", *HOW_MANY, value=20, step=5, key="r_k", bind="query-params", width=170)
        diversity = st.slider(
            "Diversity", 0.0, 1.0, 0.0, 0.1, key="r_div", bind="query-params", width=170, format="percent"
        )
    years = None
    if start is not None or end is not None:
        low, high = sorted((first if start is None else int(start), last if end is None else int(end)))
        years = (low, high)
    return Filters(list(genres), years, int(k), float(diversity))


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How the value of each filter in the address is checked."""
    genres, years = set(genre_options(engine)), number_between(*year_range(engine))
    return {
        "r_genres": genres.__contains__,
        "r_from": years,
        "r_to": years,
        "r_k": number_between(*HOW_MANY),
        "r_div": number_between(0, 1),
    }


def genre_options(engine: Engine) -> list[str]:
    """Genres to choose from, the most frequent ones in alphabetical order."""
    return sorted(engine.genres[:MOST_GENRES])


def year_range(engine: Engine) -> tuple[int, int]:
    """First and last release year; (0, 0) where none is known."""
    years = engine.songs["release_year"].dropna()
    return (int(years.min()), int(years.max())) if len(years) else (0, 0)
