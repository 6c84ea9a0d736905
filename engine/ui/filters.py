"""What narrows a list: genres, years and artists; and how many songs there are in it. All in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.errors import UnknownArtist
from engine.ui.address import ids_from_text, ids_to_text, number_between, remember, remembered
from engine.ui.asking import Order, known_artists
from engine.ui.states import notice

MOST_GENRES = 300
HOW_MANY = (5, 50)
PER_ARTIST = (1, 10)
MOST_ARTISTS = 30
_WITHOUT = "r_without"


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
    """What `Engine.recommend` is asked for: also which artists to leave out, and how many songs."""

    without_artists: tuple[str, ...]
    max_per_artist: int | None
    k: int


def choose_filters(engine: Engine, artists: Sequence[str]) -> Filters:
    """Draw the filters of recommendations in a row, with `artists` to leave out; returns what was chosen."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        songs = _choose_songs(engine, "r", width=224)
        without, unknown = _choose_artists(engine, artists)
        most = st.number_input(
            "Most per artist", *PER_ARTIST, None, 1, key="r_max", bind="query-params", placeholder="Any", width=124
        )
        k = st.slider("How many", *HOW_MANY, value=20, step=5, key="r_k", bind="query-params", width=140)
    for error in unknown[:2]:
        nearest = f"; the nearest is {error.nearest[0]}" if error.nearest else ""
        notice(f"No artist here is called “{error.unknown[:60]}”, so nobody was left out for it{nearest}.")
    return Filters(songs.genres, songs.years, tuple(without), None if most is None else int(most), int(k))


def choose_order(engine: Engine, max_per_artist: int | None) -> Order:
    """Draw what counts beside the score; returns it."""
    diversity = _share("Diversity", "r_div", "How much being unlike the songs above it counts.")
    novelty = _share("Novelty", "r_novel", "How much being little known counts.")
    freshness = 0.0
    if year_range(engine)[0] < year_range(engine)[1]:
        freshness = _share("Freshness", "r_fresh", "How much being recent counts.")
    return Order(diversity, novelty, freshness, max_per_artist)


def choose_songs(engine: Engine, page: str) -> SongChoice:
    """Draw the filters by genre and year alone; `page` is the letter that the page's parameters begin with."""
    with st.container(key="song-filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        return _choose_songs(engine, page)


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How the value of each filter of recommendations in the address is checked."""
    shares = {name: number_between(0, 1) for name in ("r_div", "r_novel", "r_fresh")}
    numbers = {"r_k": number_between(*HOW_MANY), "r_max": number_between(*PER_ARTIST)}
    return {**song_checks(engine, "r"), **numbers, **shares}


def song_checks(engine: Engine, page: str) -> dict[str, Callable[[str], bool]]:
    """How the genres and years in the address are checked."""
    genres, years = set(genre_options(engine)), number_between(*year_range(engine))
    return {f"{page}_genres": genres.__contains__, f"{page}_from": years, f"{page}_to": years}


def _choose_songs(engine: Engine, page: str, width: int = 280) -> SongChoice:
    first, last = year_range(engine)
    genres = st.multiselect(
        "Genres",
        genre_options(engine),
        key=f"{page}_genres",
        bind="query-params",
        placeholder="All genres",
        width=width,
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


def _choose_artists(engine: Engine, artists: Sequence[str]) -> tuple[list[str], list[UnknownArtist]]:
    """Draw the choice of artists to leave out: of those who would be recommended, or any that is typed.

    Returns those that are known here, and what is wrong with the others.
    """
    known, unknown = known_artists(engine, ids_from_text(remembered(_WITHOUT))[:MOST_ARTISTS])
    key = f"_{_WITHOUT}"
    st.session_state[key] = known
    st.multiselect(
        "Leave out artists",
        list(dict.fromkeys([*known, *artists])),
        key=key,
        on_change=lambda: remember(_WITHOUT, ids_to_text(st.session_state[key][:MOST_ARTISTS])),
        accept_new_options=True,
        placeholder="Nobody",
        width=224,
    )
    return known, unknown


def _share(label: str, key: str, help_: str) -> float:
    share = st.slider(label, 0.0, 1.0, 0.0, 0.1, key=key, bind="query-params", width=150, format="percent", help=help_)
    return float(share)


def genre_options(engine: Engine) -> list[str]:
    """Genres to choose from, the most frequent ones in alphabetical order."""
    return sorted(engine.genres[:MOST_GENRES])


def year_range(engine: Engine) -> tuple[int, int]:
    """First and last release year; (0, 0) where none is known."""
    return engine.years or (0, 0)
