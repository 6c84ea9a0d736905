"""Someone new: up to five songs they like and what is known of them, all in the address."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.errors import UnknownSong
from engine.ui import cards, states
from engine.ui.address import choice, ids_from_text, ids_to_text, number_between, remember, remembered
from engine.ui.examples import examples
from engine.ui.text import gender_name

MOST_SONGS = 5
AGES = (10, 100)


@dataclass(frozen=True)
class Persona:
    """What is known of someone new."""

    songs: tuple[str, ...] = ()
    age: int | None = None
    gender: str | None = None
    country: str | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all is known."""
        return not (self.songs or self.age or self.gender or self.country)


def make_persona(engine: Engine) -> Persona:
    """Draw the fields that make a persona; returns it."""
    songs, details = st.columns([3, 2], gap="large")
    with songs:
        chosen = _songs(engine)
    with details:
        age, gender, country = _details(engine)
    return Persona(chosen, age, gender, country)


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How the value of each detail in the address is checked."""
    return {
        "r_age": number_between(*AGES),
        "r_gender": engine.features.genders.__contains__,
        "r_country": engine.features.countries.__contains__,
    }


def _details(engine: Engine) -> tuple[int | None, str | None, str | None]:
    features = engine.features
    age = gender = country = None
    if "age" not in features.off:
        age = st.number_input(
            "Age", *AGES, value=None, step=1, key="r_age", bind="query-params", placeholder="Not known"
        )
    if features.genders:
        key, keep = choice("r_gender", features.genders)
        gender = st.selectbox(
            "Gender",
            features.genders,
            key=key,
            on_change=keep,
            placeholder="Not known",
            index=None,
            format_func=gender_name,
        )
    if features.countries:
        country = st.selectbox(
            "Country", features.countries, index=None, key="r_country", bind="query-params", placeholder="Not known"
        )
    return age, gender, country


def _songs(engine: Engine) -> tuple[str, ...]:
    wanted = ids_from_text(remembered("r_songs"))
    known: list[str] = []
    unknown: list[UnknownSong] = []
    for song_id in wanted:
        try:
            engine.song_position(song_id)
            known.append(song_id)
        except UnknownSong as error:
            unknown.append(error)
    if len(known) > MOST_SONGS:
        states.notice(f"A persona has at most {MOST_SONGS} songs, so the first {MOST_SONGS} are used.")
        known = known[:MOST_SONGS]
    text = st.text_input(
        "Songs they like",
        key="r_find",
        type="search",
        live="150ms",
        max_chars=200,
        placeholder="Find a song to add"
        if len(known) < MOST_SONGS
        else f"{MOST_SONGS} songs: take one away to add another",
        disabled=len(known) >= MOST_SONGS,
    )
    for place, fault in enumerate(unknown[:3]):
        states.unknown_id(fault, "song", lambda i: cards.words(engine, i), lambda i: _put([*known, i]), place)
    for song in cards.songs(engine, known):
        cards.chosen(song, lambda i: _put([k for k in known if k != i]))
    if len(known) < MOST_SONGS:
        if text and text.strip():
            found = [str(i) for i in engine.search(text, 8)["song_id"] if i not in known][:5]
            heading = "Add" if found else f"Nothing matches “{text[:60]}”."
        else:
            found = [i for i in examples(engine.bundle.version, engine).popular if i not in known][: 3 if known else 5]
            heading = "Popular here"
        states.offer(heading, found, "add-song", lambda i: cards.words(engine, i), lambda i: _put([*known, i]))
    return tuple(known)


def _put(song_ids: list[str]) -> None:
    remember("r_songs", ids_to_text(song_ids[:MOST_SONGS]))
    st.session_state["r_find"] = ""
