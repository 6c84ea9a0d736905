"""A button that copies the address of what is on show: Streamlit 1.67 has none of its own."""

import streamlit as st

from engine.ui.files import static_text

_HTML = """
<button type="button"><span>Copy link</span></button>
<div role="status"></div>
"""
_CSS = """
button {
  font: inherit; font-size: 0.875rem; cursor: pointer; color: var(--st-text-color); background: transparent;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: var(--st-button-radius);
  padding: 0.4rem 0.9rem; min-height: 2.6rem;
}
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
[role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
_button = st.components.v2.component("lhydra_copy_link", html=_HTML, css=_CSS, js=static_text("copy_link.js"))


def copy_link(params: dict[str, str], key: str, label: str = "Copy link") -> None:
    """Draw a button that copies this page's address with these query parameters and no others."""
    _button(data={"params": params, "label": label}, key=key, width="content", height="content")


def copy_view(bundle: str) -> None:
    """Draw a button that copies the address of all that is on show, and of which bundle."""
    data = {"added": {"bundle": bundle}, "label": "Copy link"}
    _button(data=data, key="copy-view", width="content", height="content")
