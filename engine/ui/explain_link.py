"""The link from a recommendation to why it is one."""

import streamlit as st

from engine.ui.address import link
from engine.ui.asking import Asked
from engine.ui.persona import ids_to_text
from engine.ui.routing import page_named


def who(asked: Asked) -> dict[str, str]:
    """Query parameters of the Explain page that say who is listening: a known listener, or someone new."""
    if asked.user_id is not None:
        return {"x_user": asked.user_id}
    told = {"x_age": asked.age, "x_gender": asked.gender, "x_country": asked.country}
    songs = {"x_songs": ids_to_text(list(asked.history))} if asked.history else {}
    return {**songs, **{name: str(value) for name, value in told.items() if value is not None}}


def why(song_id: str, someone: dict[str, str], bundle: str | None = None) -> None:
    """Draw the link to why a song is recommended to `someone`, as of `who`, by the bundle named or the one shown."""
    to = link(x_song=song_id, **someone) | ({} if bundle is None else {"bundle": bundle})
    st.page_link(page_named("explain"), label="Why?", query_params=to)
