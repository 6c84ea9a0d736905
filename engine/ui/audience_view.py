"""Who listens to a song, by age, gender and country, beside all listeners."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from engine import Engine
from engine.evaluation.audience import MINIMUM, Audience
from engine.reporting import song_charts
from engine.reporting.attributes import attribute_name, value_name
from engine.reporting.audience_words import of_audience
from engine.reporting.words import count, listed
from engine.ui.pictures import downloads, draw
from engine.ui.text import plain


def who_listens(engine: Engine, song_id: str) -> None:
    """Draw what is known of a song's listeners; where they are few, say so."""
    audience = engine.audience(song_id)
    st.header("Who listens", anchor=False)
    with st.container(key="says"):
        st.markdown(plain(of_audience(audience), 600))
    shown = list(dict.fromkeys(audience.table["attribute"]))
    if not shown:
        return
    for column, name in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            st.subheader(attribute_name(name), anchor=False)
            rows = audience.table[audience.table["attribute"] == name]
            chart = song_charts.beside(_rows(name, rows), f"listeners by {name}")
            draw(chart, f"{attribute_name(name)} of its listeners: {_in_words(name, rows)}.", f"audience-{name}")
            downloads(f"audience-{name}", partial(_same, rows), partial(_same, chart))
    known = [f"{attribute_name(name).lower()} of {count(audience.known[name])}" for name in shown]
    st.caption(f"Bars are its listeners, ticks all listeners. Known are {listed(known)}{_left_out(audience, shown)}.")


def _same(thing: Any) -> Any:
    return thing


def _left_out(audience: Audience, shown: list[str]) -> str:
    few = [f"{attribute_name(name).lower()} of {count(n)}" for name, n in audience.known.items() if name not in shown]
    return f"; {listed(few)}, fewer than {MINIMUM}, so it is not shown" if few else ""


def _rows(attribute: str, rows: pd.DataFrame) -> pd.DataFrame:
    labels = [value_name(attribute, value, beside_title=True) for value in rows["value"]]
    words = [
        f"{share:.0%} ({count(n)}), among all listeners {everyone:.0%}"
        for share, n, everyone in zip(rows["share"], rows["listeners"].astype(int), rows["everyone"], strict=True)
    ]
    return song_charts.rows_of(labels, rows["share"].tolist(), rows["everyone"].tolist(), words)


def _in_words(attribute: str, rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{value_name(attribute, value, beside_title=True)} {share:.0%} against {everyone:.0%}"
        for value, share, everyone in rows[["value", "share", "everyone"]].itertuples(index=False)
    )
