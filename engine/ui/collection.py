"""Spare the garbage collector what stays.

Streamlit collects after each run of a script, while the last of what was drawn waits to be sent: with all that a server
holds that takes a tenth of a second and more, at each key typed. So what is there is set aside now and then, and the
collections between look at what is new alone. What was set aside and has since become garbage is sought more rarely.
"""

import gc
import threading

import streamlit as st

OFTEN, SELDOM = 50, 1_000  # runs of the app: twenty-five visitors leave so much in fifty that a collection takes 10 ms


class _Runs:
    """How many times the app ran in this process."""

    def __init__(self) -> None:
        self._lock, self._count, self._pages = threading.Lock(), 0, set[str]()

    def another(self, page: str) -> None:
        """Count a run, and set aside what there is where it is time to."""
        with self._lock:
            self._count += 1
            whole = page not in self._pages or self._count % SELDOM == 0
            some = whole or self._count % OFTEN == 0
            self._pages.add(page)
        if whole:
            gc.unfreeze()
        if some:
            gc.collect()
            gc.freeze()


@st.cache_resource(show_spinner=False)
def _runs() -> _Runs:
    return _Runs()


def set_aside() -> None:
    """Set aside what there is without looking for garbage in it, which takes some tenths of a second."""
    gc.freeze()


def settle(page: str) -> None:
    """Count a run of a page; the first of each page, and then one in `OFTEN`, sets aside what is left of it."""
    _runs().another(page)
