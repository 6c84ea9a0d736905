"""Recommendations beside what they come from."""

import math

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting.words import count
from engine.ui import cards, explain_link
from engine.ui.export import to_csv

MOST_HISTORY = 20


def recommendation_list(engine: Engine, found: pd.DataFrame, name: str, someone: dict[str, str]) -> None:
    """Draw recommendations by rank, each with its score, its chance and the song of the history it is close to.

    `someone`, as of `explain_link.who`, is whom they are for.
    """
    if found.empty:
        st.markdown("No songs are left.")
        st.caption("Widen the years or take a genre away.")
        return
    chances = [chance(float(probability)) for probability in found["probability"]]
    rows = zip(cards.songs(engine, list(found["song_id"])), bars(found), reasons(found), chances, strict=True)
    for rank, (song, bar, reason, likely) in enumerate(rows, start=1):
        cards.row(
            song, "pick", rank=rank, note=reason, value=likely, share=bar, also=lambda i: explain_link.why(i, someone)
        )
    with st.container(horizontal=True, vertical_alignment="center", key="below-picks"):
        st.caption(explained(engine, any(chances)), width="stretch")
        st.download_button(
            "Download as CSV",
            data=lambda: to_csv(table(found)),
            file_name=f"lhydra-{name}.csv",
            mime="text/csv",
            on_click="ignore",
        )


def bars(found: pd.DataFrame) -> list[float]:
    """Give lengths of bars, 0–1: of chances as they are, of scores from the lowest to the highest of the list."""
    if found["probability"].notna().any():
        return [float(probability) for probability in found["probability"].fillna(0.0).clip(0, 1)]
    low, high = float(found["score"].min()), float(found["score"].max())
    return [0.04 + 0.96 * (float(score) - low) / max(high - low, 1e-9) for score in found["score"]]


def reasons(found: pd.DataFrame) -> list[str]:
    """Say which song of the history each is close to; nothing where that is the same song for all of several."""
    titles = [title if isinstance(title, str) else "" for title in found["closest_title"]]
    if len(titles) > 1 and len(set(titles)) == 1:
        return [""] * len(titles)
    return [f"close to {title}" if title else "" for title in titles]


def explained(engine: Engine, with_chances: bool) -> str:
    """Say what order, bars and percentages mean."""
    if not with_chances:
        return "Bars compare scores within this list."
    population = engine.bundle.manifest["head"]["population"]
    return (
        "In the order that the model ranks them. Bars and percentages are chances that they play a song, in this mix: "
        f"{population}."
    )


def chance(probability: float) -> str:
    """Write a probability as people read one, never as certain; empty where there is none."""
    if math.isnan(probability):
        return ""
    return "<1 %" if probability < 0.01 else ">99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Give recommendations as a table to download: rank first."""
    ranked = found.copy()
    ranked.insert(0, "rank", range(1, len(found) + 1))
    return ranked


def history_list(engine: Engine, user_id: str) -> None:
    """Draw what a listener has played, the most played first."""
    played = engine.history(user_id)
    if played.empty:
        st.caption("They have played nothing yet, so the recommendations come from what is known of them.")
        return
    top = played.head(MOST_HISTORY)
    for song, plays in zip(cards.songs(engine, list(top["song_id"])), top["play_count"], strict=True):
        cards.row(song, "heard", value=f"{count(float(plays))} {'play' if plays == 1 else 'plays'}")
    if len(played) > len(top):
        st.caption(f"and {count(len(played) - len(top))} more")
