"""Why one song: a sentence, a waterfall of groups, the songs of the history for and against, and whether it adds up."""

import pandas as pd
import streamlit as st

from engine import Engine
from engine.explain.explanation import Explanation
from engine.explain.questions import FEATURE_ABLATION, LARGEST_ERROR
from engine.reporting import explain_charts
from engine.reporting.explain_words import against, agreement, completeness, group_title, sentence
from engine.reporting.words import count
from engine.ui.pictures import downloads, draw
from engine.ui.text import plain


def why(engine: Engine, found: Explanation, other: Explanation) -> None:
    """Draw an explanation, and whether `other`, by another method, agrees."""
    with st.container(key="says"):
        st.markdown(plain(sentence(found, engine.song(found.song_id), found.user_id or ""), 600))
    st.markdown(f"{badge(found)} &nbsp; {_agrees(found, other)}")
    if found.completeness_error is None:
        st.caption("There is no difference to take apart. Hold it against something else.")
        return
    chart = explain_charts.waterfall(found)
    draw(chart, f"What leads from {against(found.baseline)} to this score: {_listed(found)}.", "waterfall")
    caption = (
        f"Bars to the right speak for the song, bars to the left against it. Held against {against(found.baseline)}."
    )
    downloads("explanation", lambda: table(found), lambda: explain_charts.waterfall(found), caption)
    _history(found)


def badge(found: Explanation) -> str:
    """Say in a badge whether the parts add up, in Markdown."""
    error = found.completeness_error
    words = plain(completeness(found)[:1].upper() + completeness(found)[1:])
    if error is None:
        return f":gray-badge[{words}]"
    good = found.method != FEATURE_ABLATION and error < LARGEST_ERROR
    return f":{'green' if good else 'orange'}-badge[{words}]"


def _agrees(found: Explanation, other: Explanation) -> str:
    same = set(found.largest()) == set(other.largest())
    return f":{'green' if same else 'gray'}-badge[{plain(agreement(found, other))}]"


def table(found: Explanation) -> pd.DataFrame:
    """Give groups and songs as one table to download."""
    groups = found.groups.assign(kind="group", title=found.groups["name"].map(group_title))
    songs = found.history.rename(columns={"song_id": "name"}).assign(kind="song of the history")
    return pd.concat([groups, songs])[["kind", "name", "title", "artist", "attribution"]]


def _history(found: Explanation) -> None:
    st.subheader("Which of their songs", anchor=False)
    if found.history.empty:
        st.caption("They have played nothing yet, so only what is known of them and of the song counts.")
        return
    up = int((found.history["attribution"] > 0).sum())
    down = int((found.history["attribution"] < 0).sum())
    st.caption(f"{count(up)} of the songs they play speak for it, {count(down)} against it. Those that count most:")
    shown = explain_charts.heard(found)
    if shown.empty:
        st.caption("None of them counts for more than a hundredth of a point.")
        return
    listed = ", ".join(
        f"{label} {explain_charts.signed(a)}" for label, a in zip(shown["label"], shown["attribution"], strict=True)
    )
    draw(explain_charts.songs(found), f"Songs of the history for and against it: {listed}.", "heard")
    downloads("explanation-songs", lambda: found.history, lambda: explain_charts.songs(found))


def _listed(found: Explanation) -> str:
    top = found.groups.head(explain_charts.MOST_GROUPS)
    return ", ".join(f"{group_title(n)} {explain_charts.signed(a)}" for n, a in top.itertuples(index=False, name=None))
