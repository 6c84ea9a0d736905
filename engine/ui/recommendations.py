"""Recommendations beside what they come from."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting.words import count
from engine.ui import cards, explain_link
from engine.ui.address import Known, remember, remembered
from engine.ui.below_list import below_list, file_words
from engine.ui.marks import Marks
from engine.ui.moves import Move

MOST_HISTORY = 20
MOST_ALIKE = 5
_LIKE = "r_like"


def checks(engine: Engine) -> dict[str, Callable[[str], bool]]:
    """How the song that others like it are shown of is checked in the address."""
    return {_LIKE: Known(engine.song_position)}


def recommendation_list(
    engine: Engine,
    found: pd.DataFrame,
    someone: dict[str, str],
    *,
    name: str = "pick",
    moved: Sequence[Move] | None = None,
    plays: Mapping[str, float] | None = None,
    more: bool = True,
    bundle: str | None = None,
) -> None:
    """Draw recommendations by rank, each with its chance and the song of the history it is close to.

    Parameters
    ----------
    someone
        Whom they are for, as of `explain_link.who`.
    name
        Of the list, one a page.
    moved
        How each song stood elsewhere.
    plays
        How often the listener played each song of the history.
    more
        Offer more songs like each.
    bundle
        Name of the bundle that the list is of, where it isn't the one that is shown.
    """
    if found.empty:
        st.markdown("No songs are left.")
        st.caption("Widen the years, take a genre away, or leave fewer artists out.")
        return
    stood = [None] * len(found) if moved is None else moved
    marks = map(Marks, range(1, len(found) + 1), bars(found), found["probability"].astype(float), stood)
    songs = cards.songs(engine, list(found["song_id"]))
    for song, reason, mark in zip(songs, reasons(found, plays), marks, strict=True):
        cards.row(
            song,
            name,
            note=reason,
            marks=mark,
            more="Close" if remembered(_LIKE) == song.song_id else "More like this",
            on_more=_toggle if more else None,
            bundle=bundle,
            also=lambda i: explain_link.why(i, someone, bundle),
        )
        if more and remembered(_LIKE) == song.song_id:
            _alike(engine, song.song_id)


def bars(found: pd.DataFrame) -> list[float]:
    """Give lengths of bars, 0–1: of chances as they are, of scores from the lowest to the highest of the list."""
    if found["probability"].notna().any():
        return [float(probability) for probability in found["probability"].fillna(0.0).clip(0, 1)]
    low, high = float(found["score"].min()), float(found["score"].max())
    return [0.04 + 0.96 * (float(score) - low) / max(high - low, 1e-9) for score in found["score"]]


def reasons(found: pd.DataFrame, plays: Mapping[str, float] | None = None) -> list[str]:
    """Say which song of the history each is close to; nothing where that is the same song for all of several."""
    titles = [title if isinstance(title, str) else "" for title in found["closest_title"]]
    if len(titles) > 1 and len(set(titles)) == 1:
        return [""] * len(titles)
    times = [(plays or {}).get(song, 0) if isinstance(song, str) else 0 for song in found.get("closest_song_id", [])]
    played = [f", which they played {_often(float(n))}" if n > 1 else "" for n in times] or [""] * len(titles)
    return [f"close to {title}{often}" if title else "" for title, often in zip(titles, played, strict=True)]


def _often(plays: float) -> str:
    return "twice" if plays == 2 else f"{count(plays)} times"


def explained(engine: Engine, found: pd.DataFrame, own_order: bool = True) -> str:
    """Say what order, bars and percentages mean."""
    order = "In the order that the model ranks them. " if own_order else ""
    if not found["probability"].notna().any():
        return f"{order}Bars compare scores within this list."
    population = engine.bundle.manifest["head"]["population"]
    return f"{order}Bars and percentages are chances that they play a song, in this mix: {population}."


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
        cards.quiet_row(song, "heard", f"{count(float(plays))} {'play' if plays == 1 else 'plays'}")
    more = f"and {count(len(played) - len(top))} more; the file has all." if len(played) > len(top) else ""
    below_list(lambda: played, f"history-{file_words(user_id)}", "heard", more)


def _alike(engine: Engine, song_id: str) -> None:
    """Draw songs that are like one of the list, below its row."""
    similar = engine.similar(song_id, MOST_ALIKE)
    with st.container(key=f"like-{song_id}"):
        for song, cosine in zip(cards.songs(engine, list(similar["song_id"])), similar["score"], strict=True):
            cards.row(song, "alike", value=f"{max(cosine, 0):.0%} alike")


def _toggle(song_id: str) -> None:
    remember(_LIKE, None if remembered(_LIKE) == song_id else song_id)
