"""The link from a recommendation to why it is one."""

import streamlit as st

from engine.ui.address import link
from engine.ui.persona import Persona, ids_to_text


def who(user_id: str | None = None, persona: Persona | None = None) -> dict[str, str]:
    """Query parameters of the Explain page that say who is listening: a known listener, or someone new."""
    if user_id is not None:
        return {"x_user": user_id}
    if persona is None:
        return {}
    told = {"x_age": persona.age, "x_gender": persona.gender, "x_country": persona.country}
    songs = {"x_songs": ids_to_text(persona.songs)} if persona.songs else {}
    return {**songs, **{name: str(value) for name, value in told.items() if value is not None}}


def why(song_id: str, someone: dict[str, str]) -> None:
    """Draw the link to why a song is recommended to `someone`, as of `who`."""
    st.page_link("pages/explain.py", label="Why?", query_params=link(x_song=song_id, **someone))
