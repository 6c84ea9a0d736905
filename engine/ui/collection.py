"""Spare the garbage collector what stays.

Streamlit collects after each run of a script, while the last of what was drawn waits to be sent: with all that a server
holds that takes a tenth of a second and more, at each key typed. What has been loaded by the time a page was drawn once
is set aside, so that the collections between look at what is new alone.
"""

import gc

import streamlit as st


@st.cache_resource(max_entries=50, show_spinner=False)
def settle(page: str) -> None:
    """Collect once more over everything, and set aside what is left: once a server for each page."""
    gc.unfreeze()  # what was set aside before, and has since become garbage, goes too
    gc.collect()
    gc.freeze()
