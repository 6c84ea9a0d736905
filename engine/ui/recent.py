"""Recent searches of this session. Not each key counts: only what someone stayed with or opened something from."""

import time

import streamlit as st

MOST = 8
STAYED = 2.0  # seconds
_TEXTS, _LAST = "_recent_searches", "_last_search"


def recent() -> tuple[str, ...]:
    """Give the searches, the newest first."""
    texts: tuple[str, ...] = st.session_state.get(_TEXTS, ())
    return texts


def watch(query: str) -> None:
    """Take notice of what is searched for now; the search before it counts if someone stayed with it."""
    before, since = st.session_state.get(_LAST, ("", 0.0))
    if query == before:
        return
    now = time.monotonic()
    if now - since >= STAYED:
        st.session_state[_TEXTS] = remembering(recent(), before)
    st.session_state[_LAST] = (query, now)


def opened_from(query: str) -> None:
    """Take notice that something was opened that a search had found."""
    st.session_state[_TEXTS] = remembering(recent(), query, deliberate=True)


def forget() -> None:
    """Forget all searches."""
    st.session_state[_TEXTS] = ()


def remembering(texts: tuple[str, ...], text: str, deliberate: bool = False) -> tuple[str, ...]:
    """Put a search before the others, each once whatever its case.

    A search that only begins the newest one is somebody deleting letters, unless it was `deliberate`; one that goes on
    from the newest takes its place.
    """
    text = " ".join(text.split())
    key = text.casefold()
    newest = texts[0].casefold() if texts else ""
    if not key or (newest.startswith(key) and not deliberate):
        return texts
    others = texts[1:] if newest and key.startswith(newest) else texts
    return (text, *(other for other in others if other.casefold() != key))[:MOST]
