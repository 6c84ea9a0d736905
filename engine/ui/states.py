"""What a page says when something is missing or wrong: calm, in one sentence, with a way on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError, UnknownId
from engine.ui.address import junk
from engine.ui.text import plain

if TYPE_CHECKING:
    from engine import Engine

Words = tuple[str, str]


def notice(sentence: str) -> None:
    """Show a sentence, which may hold text from data, as a quiet notice."""
    text = plain(sentence, limit=400)
    st.info(text[:1].upper() + text[1:])


def left_out(checks: Mapping[str, Callable[[str], bool]]) -> None:
    """Say which query parameters make no sense and are ignored; before their widgets are drawn."""
    ignored = junk(checks)
    if ignored:
        notice(f"Some of this link makes no sense here and was left out: {', '.join(ignored[:5])}.")


@contextmanager
def calm() -> Iterator[None]:
    """Show an error of the engine as a notice instead of failing."""
    try:
        yield
    except EngineError as error:
        notice(f"{error}.")


def unknown_id(
    error: UnknownId, noun: str, name: Callable[[str], Words], choose: Callable[[str], None], place: int = 0
) -> None:
    """Say that an id is unknown and offer the nearest known ones.

    Parameters
    ----------
    noun
        What the id names: `song`, `listener`.
    name
        Gives the words to show for a known id: what it is called, and what else to say of it.
    choose
        Called with the id that was clicked.
    place
        Which of several unknown ids on a page it is: two of them may have the same one near.
    """
    notice(f"This bundle knows no {noun} with the id “{error.unknown[:80]}”.")
    offer(f"The nearest {noun}s it knows", error.nearest, f"near-{noun}{f'-{place}' if place else ''}", name, choose)


def offer(
    heading: str, ids: Sequence[str], where: str, name: Callable[[str], Words], choose: Callable[[str], None]
) -> None:
    """List ids to click, each with the words that `name` gives for it."""
    if heading:
        st.caption(plain(heading))
    with st.container(key=f"offer-{where}", gap=None):
        for known in ids:
            called, more = name(known)
            label = f"**{plain(called)}** · {plain(more)}"
            st.button(
                label,
                key=f"{where}-{known}",
                type="tertiary",
                wrap=True,
                width="stretch",
                on_click=choose,
                args=(known,),
            )


def not_evaluated(engine: "Engine") -> None:
    """Say that a bundle was not evaluated listener by listener, and how that is done."""
    notice("This bundle holds no evaluation by listener: it was built before there was one.")
    st.caption("To add one, with baselines and cohorts:")
    st.code(f"python -m engine evaluate --bundle {engine.bundle.folder}", language=None, wrap_lines=True)
