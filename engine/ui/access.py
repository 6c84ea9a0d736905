"""Who may do what: anyone who gets here may look, unless sign-in is set up; building is for fewer.

Building reads files, fills the disk and takes minutes of the processor. So it is for whoever sits at this machine, and
for those who have signed in. A folder of this machine may be named by whoever sits at it; by others, only below the one
that `$LHYDRA_FOLDERS` sets apart, for a stranger must not learn what lies on the disk.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitAuthError

from engine.ui import bundles
from engine.ui.states import notice
from engine.ui.text import plain

WHO_BUILDS = (
    "Building is for whoever sits at the machine that serves this app, or has signed in. On its command line: "
    "`python -m engine build --source tables --data FOLDER --out artifacts/NAME`"
)
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via")


def signs_in() -> bool:
    """Whether sign-in is set up: `[auth]` in Streamlit's secrets."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def signed_in() -> bool:
    """Whether this visitor has signed in."""
    return signs_in() and bool(st.user.get("is_logged_in"))


def sits_here() -> bool:
    """Whether this visitor is at the machine that serves: it listens to itself alone, and nothing stands between.

    The name in the address counts too, or a page elsewhere whose name leads to this machine could ask in their stead.
    """
    if signs_in() or st.get_option("server.address") not in _THIS_MACHINE:
        return False
    headers = st.context.headers
    host = urlsplit(f"//{headers.get('Host') or 'localhost'}").hostname
    return host in _THIS_MACHINE and not any(headers.get(name) for name in _FORWARDED)


def may_build() -> bool:
    """Whether this visitor may upload, build and stop builds."""
    return sits_here() or signed_in()


def may_name_folders() -> bool:
    """Whether this visitor may name a folder of this machine to build from."""
    return may_build() and (sits_here() or bundles.folders() is not None)


def folder_named(text: str) -> Path | None:
    """Give the folder or file that a text names, if this visitor may name it and it is there; else None.

    What may not be named and what isn't there are not told apart.
    """
    if not text.strip() or not may_name_folders():
        return None
    inside = bundles.folders()
    try:
        path = Path(text.strip()).expanduser()
        path = (path if inside is None else inside / path).resolve()
        there = path.exists()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if there and (inside is None or path.is_relative_to(inside)) else None


def door() -> bool:
    """Where sign-in is set up, ask for it; returns whether this visitor may come in."""
    if not signs_in() or signed_in():
        return True
    st.title("Lhydra", anchor=False)
    st.markdown("Sign in to look at recommendations, listeners and data.")
    for provider in _providers():
        label = "Sign in" if provider is None else f"Sign in with {plain(provider, 40)}"
        if st.button(label, key=f"sign-in-{provider}", icon=":material/login:"):
            try:
                st.login(provider)
            except StreamlitAuthError:
                notice("Sign-in is set up, but not whole: see the README, “Let others in”.")
    return False


def _providers() -> list[str | None]:
    """Those that `[auth.NAME]` names; None is the one of `[auth]` itself."""
    named = [str(name) for name, value in st.secrets["auth"].items() if isinstance(value, Mapping)]
    return [*named] or [None]
