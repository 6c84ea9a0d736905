"""The address of a view: what is on show is in the query parameters, so that a link shows it again.

Most widgets are bound to a parameter by Streamlit itself (`bind="query-params"`). This is for the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote, unquote, urlencode, urlsplit, urlunsplit

import streamlit as st

from engine.errors import UnknownId

MOST_NAMED = 6
FLAG = ("true", "false")  # what an expander's parameter may be
_PAGE, _ARRIVED = "_page", "_arrived"


def address() -> dict[str, list[str]]:
    """All query parameters, each with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def shown_at() -> str:
    """The whole address of what is on show."""
    place = urlsplit(st.context.url or "")._replace(query=urlencode(address(), doseq=True), fragment="")
    return urlunsplit(place)


def arrive(page: str) -> None:
    """Take notice of which page is run; before anything asks for what is `remembered`."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page


def remembered(name: str, everywhere: bool = False) -> str | None:
    """Give a query parameter, which comes back to the address when somebody comes back to its page.

    While they stay on the page, the address alone counts: it lacks what they went back from in their browser. One that
    is the same `everywhere` is never lost.
    """
    key = f"_url_{name}"
    if name in st.query_params:
        st.session_state[key] = st.query_params[name]
    elif st.session_state.get(key) and (everywhere or st.session_state.get(_ARRIVED, True)):
        st.query_params[name] = st.session_state[key]
    else:
        st.session_state[key] = None
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


def ids_to_text(song_ids: tuple[str, ...] | list[str]) -> str:
    """Write ids for the address, separated by commas; a comma within an id is escaped."""
    return ",".join(quote(song_id, safe="") for song_id in song_ids)


def ids_from_text(text: str | None) -> list[str]:
    """Read what `ids_to_text` wrote; each id once."""
    return list(dict.fromkeys(unquote(part).strip() for part in (text or "").split(",") if part.strip()))


def junk(checks: Mapping[str, Callable[[str], bool]]) -> list[str]:
    """Query parameters whose values make no sense, as `name = value`, each with the nearest that does where one is.

    Ask before their widgets are drawn.
    """
    found = []
    for name, sensible in checks.items():
        for value in st.query_params.get_all(name):
            if value and not sensible(value):
                near = _nearest(value, sensible)
                found.append(f"{name} = {value[:40]}" + (f" ({near})" if near else ""))
    return found


@dataclass(frozen=True)
class Between:
    """A check that a text is a number from `low` to `high`."""

    low: float
    high: float

    def __call__(self, text: str) -> bool:
        """Tell whether it is."""
        try:
            return self.low <= float(text) <= self.high
        except ValueError:
            return False


@dataclass(frozen=True)
class Known:
    """A check that a text is an id which `find` finds; it raises an error with the nearest ones for any other."""

    find: Callable[[str], object]

    def __call__(self, text: str) -> bool:
        """Tell whether it is."""
        return self.nearest(text) is None

    def nearest(self, text: str) -> Sequence[str] | None:
        """Give the nearest ids, or None where it is one itself."""
        try:
            self.find(text)
        except UnknownId as error:
            return error.nearest
        return None


def number_between(low: float, high: float) -> Between:
    """Check that a text is a number from `low` to `high`."""
    return Between(low, high)


def _nearest(value: str, sensible: Callable[[str], bool]) -> str:
    """Say what a value that makes no sense may have been: the nearest that does, or all where there are few."""
    if isinstance(sensible, Between):
        return f"there are {sensible.low:g} to {sensible.high:g}"
    if isinstance(sensible, Known):
        return f"nearest: {', '.join(sensible.nearest(value[:80]) or ())}"
    options = [str(option) for option in getattr(sensible, "__self__", ())]  # where the check is `__contains__`
    near = get_close_matches(value[:40], options, 1, 0.5)
    if near:
        return f"nearest: {near[0]}"
    return f"there are {', '.join(options)}" if 0 < len(options) <= MOST_NAMED else ""
