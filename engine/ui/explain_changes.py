"""What if: songs taken out of the history, another age, gender, country or sound, and where the song would rank."""

from collections.abc import Callable
from difflib import get_close_matches

import streamlit as st

from engine import Engine
from engine.data.schema import SONGS
from engine.explain.change import Change, Place, Smallest
from engine.explain.smallest_change import TOP, smallest_change
from engine.explain.what_if import place, sound_columns
from engine.reporting.change_words import change_words, moved_words
from engine.reporting.variables import variable
from engine.ui import cards, states
from engine.ui.address import choice, number_between, remember, remembered
from engine.ui.explain_state import Someone
from engine.ui.persona import AGES, ids_from_text, ids_to_text
from engine.ui.text import gender_name, plain

MOST_SONGS = 100
MOST_STEPS = 150
MOST_UNKNOWN = 3
_FIGURES = "Rank among what they have not heard", "Score"
_AS_IS = "as it is"
_UNKNOWN = "unknown"


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How what is changed is checked in the address."""
    return {
        "x_if_age": number_between(*AGES),
        "x_if_gender": [*engine.features.genders, _UNKNOWN].__contains__,
        "x_if_country": [*engine.features.countries, _UNKNOWN].__contains__,
        "x_if_sound": sound_columns(engine).__contains__,
        "x_if_value": number_between(-1e9, 1e9),
        "x_drop": ("yes",).__contains__,
    }


def what_if(engine: Engine, someone: Someone, song_id: str) -> None:
    """Draw the controls, where the song would rank, and the search for the smallest change."""
    change = _controls(engine, someone, song_id)
    before, after = (placed(engine.bundle.version, someone, song_id, _key(c), c, engine) for c in (Change(), change))
    with st.container(key="figures-change", horizontal=True, gap="small"):
        was = f"was {before.rank:,}", f"was {before.score:.2f}"
        for title, now, then in zip(_FIGURES, (f"{after.rank:,}", f"{after.score:.2f}"), was, strict=True):
            st.metric(title, now, then if change.size else None, delta_color="off", delta_arrow="off", width=280)
    with st.container(key="says"):
        st.markdown(plain(moved_words(engine, before, after, change), 600))
    _search(engine, someone, song_id)


@st.cache_data(max_entries=1_000, show_spinner=False)
def placed(version: str, someone: Someone, song_id: str, key: str, _change: Change, _engine: Engine) -> Place:
    """Give the place of a song under a change; kept by the bundle's version and all that was asked."""
    return place(_engine, someone.listener(_engine), song_id, _change)


def _controls(engine: Engine, someone: Someone, song_id: str) -> Change:
    without = _taken_out(engine, someone)
    told: dict[str, float | str | None] = {}
    features = engine.features
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        if "age" not in features.off:
            age = st.number_input(
                "Age", *AGES, value=None, step=1, key="x_if_age", bind="query-params", placeholder=_AS_IS, width=120
            )
            told |= {} if age is None else {"age": float(age)}
        if features.genders:
            gender = _select("Gender", "x_if_gender", [*features.genders, _UNKNOWN], gender_name)
            told |= {} if gender is None else {"gender": None if gender == _UNKNOWN else gender}
        if features.countries:
            country = _select("Country", "x_if_country", [*features.countries, _UNKNOWN], str)
            told |= {} if country is None else {"country": None if country == _UNKNOWN else country}
        sound = _sound(engine, song_id)
    return Change(without, told, sound)


def _taken_out(engine: Engine, someone: Someone) -> tuple[str, ...]:
    ids = engine.songs["song_id"].array
    heard = [str(ids[at]) for at in someone.listener(engine).history[:MOST_SONGS]]
    asked = ids_from_text(remembered("x_out"))
    wanted = [song for song in asked if song in heard]
    if not heard:
        return ()
    _not_heard(engine, heard, asked)
    st.session_state["_x_out"] = wanted
    named = {song: " · ".join(dict.fromkeys(cards.words(engine, song))) for song in heard}
    chosen = st.multiselect(
        "Without these songs",
        heard,
        key="_x_out",
        format_func=named.__getitem__,
        placeholder="Take songs out of the history",
        on_change=lambda: remember("x_out", ids_to_text(st.session_state["_x_out"]) or None),
    )
    return tuple(chosen)


def _not_heard(engine: Engine, heard: list[str], asked: list[str]) -> None:
    """Say which songs can't be taken out of a history since they are not in it, and offer the nearest that are."""
    for nth, song in enumerate([song for song in asked if song not in heard][:MOST_UNKNOWN]):
        states.notice(f"“{song[:80]}” is not among the {len(heard)} songs of their history that can be taken out.")

        def take(near: str, instead_of: str = song) -> None:
            remember("x_out", ids_to_text([near if one == instead_of else one for one in asked]))

        near = get_close_matches(song[:80], heard, 3, 0)
        states.offer("The nearest songs they play", near, f"near-out-{nth}", lambda i: cards.words(engine, i), take)


def _sound(engine: Engine, song_id: str) -> dict[str, float]:
    song, columns = engine.song(song_id), sound_columns(engine)
    if not columns:
        return {}
    name = _select("The song’s sound", "x_if_sound", columns, lambda c: variable(c).title.lower())
    if name is None:
        return {}
    own, known = song.get(name), next(column for column in SONGS.columns if column.name == name)
    values = engine.songs[name].dropna()
    low, high = max(known.low, float(values.min())), min(known.high, float(values.max()))
    start = float(own) if own is not None else float(values.median())
    if not low < high:
        return {}
    asked = remembered("x_if_value")
    value = float(asked) if asked and number_between(low, high)(asked) else start
    key = f"_x_if_value_{name}_{song_id}"
    shown, whole = variable(name), bool((values % 1 == 0).all()) and high - low <= MOST_STEPS
    value = min(max(value, low), high)
    options = [float(at) for at in range(int(low), int(high) + 1)] if whole else []
    st.session_state.setdefault(key, float(round(value)) if whole else value)

    def keep() -> None:
        remember("x_if_value", f"{st.session_state[key]:g}")

    if whole:  # a key or a number of beats has nothing between
        moved = float(
            st.select_slider(shown.axis, options, key=key, format_func=shown.write, width=220, on_change=keep)
        )
    else:
        moved = float(st.slider(shown.axis, low, high, key=key, width=220, on_change=keep))
    return {} if own is not None and abs(moved - float(own)) < 1e-9 else {name: float(moved)}


def _select(label: str, name: str, options: list[str], words: Callable[[str], str]) -> str | None:
    key, keep = choice(name, options)
    chosen = st.selectbox(
        label, options, index=None, key=key, on_change=keep, format_func=words, placeholder=_AS_IS, width=170
    )
    return None if chosen is None else str(chosen)


def _search(engine: Engine, someone: Someone, song_id: str) -> None:
    st.subheader("The smallest change", anchor=False)
    asked = f"{someone.user_id or ids_to_text(someone.songs)}:{song_id}"
    if remembered("x_drop") != "yes":
        st.caption(f"What is the least that would drop the song out of the first {TOP}?")
        st.button("Search", key="search-change", on_click=lambda: remember("x_drop", "yes"))
        return
    place_of = st.empty()
    with place_of.container(), st.status("Searching", expanded=False):
        found = smallest(engine.bundle.version, someone, song_id, engine)
    place_of.empty()
    st.markdown(plain(change_words(engine, found, TOP), 900))
    if found.change is not None and found.change.size:
        st.button("Try it", key=f"try-{asked}", on_click=_try, args=(found.change, song_id))


@st.cache_data(max_entries=200, show_spinner=False)
def smallest(version: str, someone: Someone, song_id: str, _engine: Engine) -> Smallest:
    """Search for the smallest change; kept by the bundle's version and all that was asked."""
    return smallest_change(_engine, someone.listener(_engine), song_id)


def _try(change: Change, song_id: str) -> None:
    remember("x_out", ids_to_text(change.without) or None)
    for name in ("gender", "country"):
        value = change.told.get(name, "")
        remember(f"x_if_{name}", (_UNKNOWN if value is None else str(value)) or None)
    age = change.told.get("age")
    st.session_state["x_if_age"] = None if age is None else int(float(age))
    for name, value in list(change.sound.items())[:1] or [("", 0.0)]:
        remember("x_if_sound", name or None)
        remember("x_if_value", f"{value:g}" if name else None)
        st.session_state.pop(f"_x_if_value_{name}_{song_id}", None)


def _key(change: Change) -> str:
    return repr((change.without, sorted(change.told.items()), sorted(change.sound.items())))
