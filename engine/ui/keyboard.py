"""The Discover page by keyboard: where the focus goes, and what arrows, Escape and / do."""

import streamlit as st

from engine.ui.files import static_text

_keys = st.components.v2.component("lhydra_keyboard", html="<span hidden></span>", js=static_text("keyboard.js"))


def keyboard(view: str) -> None:
    """Listen to keys; when `view` changes, a focus that was lost goes to the field ("search") or to the way back."""
    _keys(data={"view": view}, key="d_keys", height="content")
