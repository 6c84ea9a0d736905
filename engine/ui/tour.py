"""The tour for a first visitor: three examples of what the app is for, each a click away, taken from the bundle.

Who dismisses it is not shown it again: a cookie says so, the only one that the app sets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.ui.address import link
from engine.ui.examples import examples
from engine.ui.files import static_text
from engine.ui.persona import ids_to_text
from engine.ui.routing import page_named
from engine.ui.text import gender_name, plain

COOKIE, DISMISSED = "lhydra_tour", "dismissed"
_GONE = "_tour_gone"
_remember = st.components.v2.component("lhydra_tour", html="<span hidden></span>", js=static_text("tour.js"))


@dataclass(frozen=True)
class Someone:
    """A persona to begin with: songs, and the most frequent gender and country and the middle age where known."""

    songs: tuple[str, ...]
    age: int | None
    gender: str | None
    country: str | None

    @property
    def params(self) -> dict[str, str]:
        """What the address of their recommendations says."""
        known = {"r_age": self.age, "r_gender": self.gender, "r_country": self.country}
        songs = {"r_songs": ids_to_text(self.songs)} if self.songs else {}
        return {"r_mode": "persona", **songs, **{k: str(v) for k, v in known.items() if v is not None}}


def tour(engine: Engine, search_for: Callable[[str], None]) -> bool:
    """Draw the tour, unless it was dismissed here or in an earlier visit; tells whether it is there."""
    if st.session_state.get(_GONE):
        _remember(data={"cookie": COOKIE, "value": DISMISSED}, key="tour_gone", height="content")
        return False
    if st.context.cookies.get(COOKIE) == DISMISSED:
        return False
    version = engine.bundle.version
    with st.container(key="tour", border=True, gap="small"):
        with st.container(key="tour-head", horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown("**New here?** Three things to try, from the data on show.", width="stretch")
            st.button("No, thanks", key="tour-away", type="tertiary", icon=":material/close:", on_click=_dismiss)
        for column, step in zip(st.columns(3, gap="medium"), (_search, _someone, _gap), strict=True):
            with column:
                step(engine, version, search_for)
    return True


def _search(engine: Engine, version: str, search_for: Callable[[str], None]) -> None:
    found = examples(version, engine)
    if not found.searches:
        return
    st.markdown("Find a song whose title you can’t spell")
    text = found.searches[0]
    st.button(plain(text, 60), key="tour-search", icon=":material/search:", on_click=search_for, args=(text,))


def _someone(engine: Engine, version: str, search_for: Callable[[str], None]) -> None:
    someone = somebody(version, engine)
    known = [
        "" if someone.gender is None else gender_name(someone.gender),
        "" if someone.age is None else str(someone.age),
        "" if someone.country is None else f"from {someone.country}",
    ]
    described = ", ".join(part for part in known if part) or "someone with two favourites"
    st.markdown("Recommend to somebody made up")
    st.page_link(
        page_named("recommend"),
        label=plain(described[:1].upper() + described[1:], 80),
        icon=":material/person_add:",
        query_params=link(**someone.params),
    )


def _gap(engine: Engine, version: str, search_for: Callable[[str], None]) -> None:
    from engine.ui.gaps import widest_gap  # brings scipy, for which the first words of the page needn't wait

    apart = widest_gap(version, engine)
    st.markdown("See for whom it works less well" if apart else "See for whom it works")
    st.page_link(
        page_named("cohorts"),
        label=plain(f"{apart.worst} against {apart.best}" if apart else "Listeners by who they are", 80),
        icon=":material/groups:",
        query_params=link(**({"c_by": apart.attribute, "c_cohort": apart.worst_key} if apart else {})),
    )


@st.cache_data(max_entries=20, show_spinner=False)
def somebody(version: str, _engine: Engine) -> Someone:
    """Make up somebody whom the bundle can answer, from what is most frequent in it."""
    users, features = _engine.users, _engine.features
    age = None
    if "age" not in features.off and "age" in users and users["age"].notna().any():
        age = int(users["age"].median())
    gender, country = (
        next((str(value) for value in users[name].value_counts().index if str(value) in known), None)
        if name in users
        else None
        for name, known in (("gender", features.genders), ("country", features.countries))
    )
    return Someone(examples(version, _engine).popular[1:3], age, gender, country)


def _dismiss() -> None:
    st.session_state[_GONE] = True
