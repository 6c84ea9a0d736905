"""Deep links on a fresh server.

Until someone has run app.py, Streamlit serves a file of `pages/` on its own: wrong menu, no frame. So each page asks
for the router first, and the router sends its visitor back with the address they came with.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import streamlit as st

from engine.ui.address import address

_ROUTED, _PAGES = "_routed", "_pages"
_TO = "_to"

Visibility = Literal["visible", "hidden"]


def require_router(file: str) -> None:
    """Go to app.py and come back if this page was reached without it; first line of every page."""
    if not st.session_state.get(_ROUTED):
        st.switch_page("app.py", query_params={**address(), _TO: [Path(file).stem]})


def forward(pages: Mapping[str, Any]) -> None:
    """Say that app.py ran, and send a visitor whom `require_router` brought here on to their page."""
    st.session_state[_ROUTED] = True
    st.session_state[_PAGES] = pages
    target = st.query_params.get(_TO)
    if target is None:
        return
    del st.query_params[_TO]
    if target in pages:
        st.switch_page(pages[target], query_params=address())


def page_named(page: str) -> Any:
    """Give a page by its name, to link to: of one that is named by its path Streamlit looks at the disk each time."""
    return st.session_state[_PAGES][page]


def visibility() -> tuple[Visibility, Visibility]:
    """Which entry of the menu is shown: that of the page at the bare address, or that of the same page by name."""
    at_root = urlsplit(st.context.url or "").path.strip("/") == ""
    return ("visible", "hidden") if at_root else ("hidden", "visible")
