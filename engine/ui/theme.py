"""The theme that the browser has, for what is drawn in colours of its own: all else follows it by itself."""

import streamlit as st

from engine.ui.files import static_text

_watch = st.components.v2.component("lhydra_theme", html="<span hidden></span>", js=static_text("theme.js"))


def theme() -> str:
    """Name the theme, `light` or `dark`."""
    return "dark" if st.context.theme.type == "dark" else "light"


def watch_theme(key: str) -> None:
    """Run what draws this anew once the browser has another theme."""
    _watch(data={"theme": theme()}, key=key, height="content", on_theme_change=lambda: None)
