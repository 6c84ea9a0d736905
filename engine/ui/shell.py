"""The frame of every page: look, name, and the trust strip that says which data is on show."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

import streamlit as st

from engine.reporting.words import count, day, listed, one_line
from engine.ui import access, bundles
from engine.ui.address import remember, remembered
from engine.ui.build_page import offer_demo
from engine.ui.bundles import Found, Opened
from engine.ui.copy_link import copy_view
from engine.ui.files import STATIC
from engine.ui.states import notice
from engine.ui.text import plain

FAVICON = STATIC / "favicon.svg"
ABOUT = "Lhydra is an open hybrid music recommender that people can look into."


def frame(title: str, needs_bundle: bool = True) -> bool:
    """Draw what every page has and open the bundle; returns whether there is what the page needs to be shown.

    Parameters
    ----------
    title
        The page's, shown while the bundle is opened.
    needs_bundle
        Whether the page has nothing to show without one.
    """
    st.html(STATIC / "lhydra.css")
    st.logo(STATIC / "logo.svg", size="large")
    if not access.door():
        return False
    found = bundles.find()
    with _opening(title, found):
        shown, opened, notices = _choose(found)
    bundles.show(opened.engine)
    if shown is None or (opened.engine is None and len(found) == 1):
        if needs_bundle:
            offer_demo(notices)
        return not needs_bundle
    _strip(shown, found)
    if opened.engine is None and not needs_bundle:
        return True
    if opened.engine is None:
        st.title("This bundle can’t be opened", anchor=False)
    for sentence in notices:
        notice(sentence)
    if opened.engine is None:
        st.markdown("The others are not affected: choose one above.")
        return False
    return True


@contextmanager
def _opening(title: str, found: Sequence[Found]) -> Iterator[None]:
    """Say what is going on while a bundle is read into memory, which takes a second or two."""
    place = st.empty()
    asked = remembered("bundle", everywhere=True)
    first = next((b for b in found if b.name == asked), next((b for b in found if not b.fault), None))
    if first is not None and not first.fault and not bundles.is_loaded(first):
        with place.container():
            st.title(title, anchor=False)
            st.markdown(":material/hourglass_top: Opening the bundle …")
    yield
    place.empty()


def _choose(found: Sequence[Found]) -> tuple[Found | None, Opened, list[str]]:
    """Open the bundle that the address asks for, else the first that can be opened; with what there is to say."""
    asked = remembered("bundle", everywhere=True)
    notices = []
    for bundle in found:
        if bundle.name == asked:
            opened = bundles.open_bundle(bundle)
            return bundle, opened, [opened.fault] if opened.fault else []
    if asked:
        notices.append(f"There is no bundle “{asked[:60]}” here, so this is another one.{_nearest(asked, found)}")
    for bundle in found:
        opened = bundles.open_bundle(bundle)
        if opened.engine is not None:
            if len(found) > 1 and not asked:
                remember("bundle", bundle.name)  # so that a newer one doesn't take its place while somebody looks
            return bundle, opened, notices
        notices.append(opened.fault)
    return None, Opened(None, "", 0.0), notices


def _nearest(asked: str, found: Sequence[Found]) -> str:
    near = get_close_matches(asked, [bundle.name for bundle in found], 3, 0.4)
    return f" Here are, close to that name: {listed(near)}." if near else ""


def _strip(shown: Found, found: Sequence[Found]) -> None:
    """Say in a line which bundle this is, of which data, when and how much of it; switch bundles where there are more.

    The figures are the manifest's own; they are shown as they are and never reckoned with.
    """
    with st.container(key="trust", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_facts(shown), width="stretch")
        if len(found) > 1:
            names = [bundle.name for bundle in found]
            st.session_state["_bundle"] = shown.name
            st.selectbox(
                "Bundle",
                names,
                key="_bundle",
                label_visibility="collapsed",
                width=170,
                on_change=_switch,
                format_func=one_line,
            )
        copy_view(shown.name)
        if access.signed_in() and st.button("Sign out", key="sign-out", type="tertiary"):
            st.logout()


def _facts(shown: Found) -> str:
    manifest = shown.manifest
    if not manifest:
        return f"**{plain(shown.name)}**"
    data, counts = manifest.get("data") or {}, manifest.get("counts") or {}
    badge = ":orange-badge[SIMULATED]" if manifest.get("simulated", True) else ":green-badge[REAL DATA]"
    facts = [
        f"**{plain(shown.name, 40)}**",
        f"source {plain(data.get('source', 'unknown'), 40)}",
        day(manifest.get("created")),
        *(f"{count(counts.get(name))} {name}" for name in ("users", "songs", "plays")),
    ]
    return f"{badge} &nbsp; " + " · ".join(facts)


def _switch() -> None:
    remember("bundle", st.session_state["_bundle"])
