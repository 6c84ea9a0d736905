"""What the model is asked, once: for whom, from which songs. All that only puts songs in order asks it nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from engine import Engine
from engine.errors import UnknownArtist
from engine.serving.candidates import Candidates


@dataclass(frozen=True)
class Asked:
    """A known listener by `user_id`, or someone new by the rest; and which songs are wanted."""

    user_id: str | None = None
    history: tuple[str, ...] | None = None
    age: int | None = None
    gender: str | None = None
    country: str | None = None
    k: int = 20
    genres: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    without_artists: tuple[str, ...] = ()

    def of_all_songs(self) -> "Asked":
        """Ask the same for the same person, from all songs."""
        return replace(self, k=50, genres=(), years=None, without_artists=())


@dataclass(frozen=True)
class Order:
    """In which order candidates are put: what `Engine.rerank` takes."""

    diversity: float = 0.0
    novelty: float = 0.0
    freshness: float = 0.0
    max_per_artist: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether the order is the model's own."""
        return not (self.diversity or self.novelty or self.freshness)


def recommended(engine: Engine, asked: Asked, order: Order) -> pd.DataFrame:
    """Recommend; the model is asked only where it hasn't been asked the same before."""
    found: pd.DataFrame = engine.rerank(_candidates(engine.bundle.version, engine, asked), **vars(order))
    return found


def in_own_order(engine: Engine, asked: Asked, order: Order) -> pd.DataFrame:
    """Recommend the same in the model's own order."""
    return recommended(engine, asked, Order(max_per_artist=order.max_per_artist))


def artists_of(engine: Engine, asked: Asked) -> list[str]:
    """Name the artists of the songs that there are to choose from for someone, in alphabetical order."""
    found = _candidates(engine.bundle.version, engine, asked.of_all_songs())
    return sorted(map(str, engine.songs["artist"].array.take(found.songs).unique()), key=str.casefold)


def known_artists(engine: Engine, names: Sequence[str]) -> tuple[list[str], list[UnknownArtist]]:
    """Tell which artists have songs here, and what is wrong with the others."""
    known, unknown = [], []
    for name in names:
        try:
            engine.songs_by(name, 1)
            known.append(name)
        except UnknownArtist as error:
            unknown.append(error)
    return known, unknown


@st.cache_resource(max_entries=500, show_spinner=False)
def _candidates(version: str, _engine: Engine, asked: Asked) -> Candidates:
    values: dict[str, Any] = vars(asked)
    return _engine.candidates(**values)


def play_counts(engine: Engine, asked: Asked) -> dict[str, float]:
    """Give how often a known listener played each song of their history; nothing for someone new."""
    if asked.user_id is None:
        return {}
    return _play_counts(engine.bundle.version, asked.user_id, engine)


@st.cache_resource(max_entries=500, show_spinner=False)
def _play_counts(version: str, user_id: str, _engine: Engine) -> dict[str, float]:
    played = _engine.history(user_id)
    return dict(zip(played["song_id"].astype(str), played["play_count"].astype(float), strict=True))
