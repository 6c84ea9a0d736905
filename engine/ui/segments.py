"""A choice of one of a few, side by side, that the address keeps."""

from collections.abc import Callable, Mapping

import streamlit as st

from engine.ui.address import choice


def one_of(
    label: str,
    name: str,
    words: Mapping[str, str],
    also: Callable[[], None] = lambda: None,
) -> str:
    """Draw the choice of one of `words`, the first unless the address says otherwise; returns its key.

    Parameters
    ----------
    label
        For screen readers; not shown.
    name
        The query parameter that keeps it.
    words
        What each option is called on the page, by what the address says.
    also
        What else to do when it changes.
    """
    key, keep = choice(name, list(words), next(iter(words)))

    def changed() -> None:
        keep()
        also()

    chosen = st.segmented_control(
        label,
        list(words),
        key=key,
        on_change=changed,
        required=True,
        label_visibility="collapsed",
        format_func=lambda option: words[option],
    )
    return str(chosen)
