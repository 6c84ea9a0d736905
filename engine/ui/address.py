"""The address of a view: what is on show is in the query parameters, so that a link shows it again.

Most widgets are bound to a parameter by Streamlit itself (`bind="query-params"`). This is for the others.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, unquote

import streamlit as st


def address() -> dict[str, list[str]]:
    """All query parameters, each with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def remembered(name: str) -> str | None:
    """Give a query parameter, which stays in the address from page to page until `remember` changes it."""
    key = f"_url_{name}"
    if name in st.query_params:
        st.session_state[key] = st.query_params[name]
    elif st.session_state.get(key):
        st.query_params[name] = st.session_state[key]
    return st.session_state.get(key) or None


def remember(name: str, value: str | None) -> None:
    """Set a query parameter for `remembered`, or remove it."""
    st.session_state[f"_url_{name}"] = value
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def choice(name: str, options: Sequence[str], default: str | None = None) -> tuple[str, Callable[[], None]]:
    """Key and callback of a widget that keeps one of `options` as query parameter `name`.

    For widgets with words of their own for each option, which `bind` would write into the address.
    """
    key = f"_{name}"
    value = remembered(name)
    st.session_state[key] = value if value in options else default
    return key, lambda: remember(name, st.session_state[key])


def link(**params: str) -> dict[str, str]:
    """Query parameters of a link within the app: those given, and the bundle that is shown."""
    bundle = st.session_state.get("_url_bundle")
    return {**({"bundle": bundle} if bundle else {}), **params}


def shared(page: str) -> list[tuple[str, str]]:
    """Query parameters of a link to what a page shows now; `page` is the letter that they begin with."""
    own = [(name, v) for name in st.query_params if name.startswith(f"{page}_") for v in st.query_params.get_all(name)]
    return [*link().items(), *own]


def ids_to_text(song_ids: tuple[str, ...] | list[str]) -> str:
    """Write ids for the address, separated by commas; a comma within an id is escaped."""
    return ",".join(quote(song_id, safe="") for song_id in song_ids)


def ids_from_text(text: str | None) -> list[str]:
    """Read what `ids_to_text` wrote; each id once."""
    return list(dict.fromkeys(unquote(part).strip() for part in (text or "").split(",") if part.strip()))


def junk(checks: Mapping[str, Callable[[str], bool]]) -> list[str]:
    """Query parameters whose values make no sense, as `name = value`; ask before their widgets are drawn."""
    found = []
    for name, sensible in checks.items():
        found += [f"{name} = {v[:40]}" for v in st.query_params.get_all(name) if v and not sensible(v)]
    return found


def number_between(low: float, high: float) -> Callable[[str], bool]:
    """Check that a text is a number from `low` to `high`."""

    def sensible(text: str) -> bool:
        try:
            return low <= float(text) <= high
        except ValueError:
            return False

    return sensible
