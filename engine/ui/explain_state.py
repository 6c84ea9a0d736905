"""What the Explain page shows, as its address says it: for whom, which song, how and against what."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.errors import UnknownSong, UnknownUser
from engine.explain.explanation import Explanation
from engine.explain.questions import LISTENERS, METHODS, SONGS, Baseline
from engine.serving.recommender import Listener
from engine.ui.address import choice, number_between, remember, remembered
from engine.ui.persona import AGES, ids_from_text
from engine.ui.segments import one_of
from engine.ui.text import listener_line

VIEWS = {"why": "Why", "what-if": "What if", "all": "On the whole"}
METHOD_NAMES = {
    "integrated_gradients": "Integrated gradients",
    "gradient_shap": "Gradient SHAP",
    "feature_ablation": "Ablation",
}
_LISTENERS = {"average": "an average listener", "unknown": "someone unknown", "peers": "the same person, no history"}
_SONGS = {"average": "an average song", "popular": "the average of what is played"}
_PARAMETERS = ("x_user", "x_songs", "x_age", "x_gender", "x_country")


@dataclass(frozen=True)
class Someone:
    """Who is listening: a known listener's id, or what is known of someone new."""

    user_id: str | None = None
    songs: tuple[str, ...] = ()
    age: float | None = None
    gender: str | None = None
    country: str | None = None

    def listener(self, engine: Engine) -> Listener:
        """Give them as the engine reads them."""
        if self.user_id is not None:
            return engine.listener(self.user_id)
        told = {"age": self.age, "gender": self.gender, "country": self.country}
        return engine.listener(history=self.songs, **told)  # type: ignore[arg-type]

    def explain(self, engine: Engine, song_id: str, method: str, baseline: Baseline) -> Explanation:
        """Explain a song's score for them."""
        if self.user_id is not None:
            return engine.explain(self.user_id, song_id, method=method, baseline=baseline)
        return engine.explain(
            song_id=song_id, history=self.songs, age=self.age, gender=self.gender, country=self.country,
            method=method, baseline=baseline,
        )  # fmt: skip

    def recommended(self, engine: Engine, k: int) -> list[str]:
        """Ids of what is recommended to them."""
        if self.user_id is not None:
            return list(engine.recommend(self.user_id, k=k)["song_id"])
        found = engine.recommend(
            history=self.songs, age=self.age, gender=self.gender, country=self.country, k=k
        )  # fmt: skip
        return list(found["song_id"])

    def line(self, engine: Engine) -> str:
        """Describe them in a line; not escaped."""
        if self.user_id is not None:
            return listener_line(engine.user(self.user_id))
        facts = {"age": self.age, "gender": self.gender, "country": self.country, "songs_heard": len(self.songs)}
        return listener_line(facts)


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How what the page keeps in its address is checked; ids are answered by the nearest known ones instead."""
    return {
        "x_by": attributes(engine).__contains__,
        "x_view": VIEWS.__contains__,
        "x_method": METHODS.__contains__,
        "x_listener": LISTENERS.__contains__,
        "x_than": SONGS.__contains__,
        "x_age": number_between(*AGES),
        "x_gender": engine.features.genders.__contains__,
        "x_country": engine.features.countries.__contains__,
    }


def attributes(engine: Engine) -> list[str]:
    """By which cohorts what counts may be shown."""
    members = engine.evaluation.members()
    return [name for name in members.columns if name != "user_id" and members[name].nunique() > 1]


def choose_view() -> str:
    """Draw the choice of a view; returns it."""
    with st.container(key="views"):
        return one_of("Show", "x_view", VIEWS)


def someone(engine: Engine) -> Someone | None:
    """Give who the address says is listening; None if nobody. Raises UnknownUser."""
    user_id = (remembered("x_user") or "").strip()
    if user_id:
        engine.user_position(user_id)
        return Someone(user_id)
    sensible = checks(engine)
    age, gender, country = (_sensible(name, sensible[name]) for name in _PARAMETERS[2:])
    songs = tuple(song for song in ids_from_text(remembered("x_songs")) if _known(engine, song))
    if not (songs or age or gender or country):
        return None
    return Someone(None, songs, None if age is None else float(age), gender, country)


def choose_method() -> str:
    """Draw the choice of a method; returns it."""
    key, keep = choice("x_method", list(METHODS), METHODS[0])
    chosen = st.selectbox("Method", METHODS, key=key, on_change=keep, format_func=METHOD_NAMES.__getitem__, width=210)
    return str(chosen)


def choose_baseline() -> Baseline:
    """Draw the choice of what a score is held against; returns it."""
    key, keep = choice("x_than", list(SONGS), SONGS[0])
    song = st.selectbox("Held against", SONGS, key=key, on_change=keep, format_func=_SONGS.__getitem__, width=240)
    key, keep = choice("x_listener", list(LISTENERS), LISTENERS[0])
    listener = st.selectbox("for", LISTENERS, key=key, on_change=keep, format_func=_LISTENERS.__getitem__, width=240)
    return Baseline(str(listener), str(song))


def explain_for(user_id: str) -> None:
    """Look at a known listener, and at no song yet."""
    for name in (*_PARAMETERS, "x_song"):
        remember(name, None)
    remember("x_user", user_id)


def explain_song(song_id: str | None) -> None:
    """Look at a song; None to choose another one."""
    remember("x_song", song_id)


def known_listener(engine: Engine, user_id: str) -> bool:
    """Tell whether a listener is known."""
    try:
        engine.user_position(user_id)
    except UnknownUser:
        return False
    return True


def _known(engine: Engine, song_id: str) -> bool:
    try:
        engine.song_position(song_id)
    except UnknownSong:
        return False
    return True


def _sensible(name: str, sensible: Callable[[str], bool]) -> str | None:
    value = remembered(name)
    return value if value and sensible(value) else None
