"""Tables on a page: cells as text, whole numbers with separators, and a button that downloads them as CSV."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from engine.reporting.words import count, one_line
from engine.ui.export import to_csv
from engine.ui.text import plain

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

MOST_LETTERS = 1_000
FEW = 25  # rows that are drawn as plain text: a grid to sort and search in takes a third of a second longer


def table(
    frame: pd.DataFrame,
    name: str,
    alt: str,
    *,
    columns: Mapping[str, Any] | None = None,
    most: int = 1_000,
    caption: str = "",
) -> None:
    """Draw a table with its download below.

    Parameters
    ----------
    name
        Of the file to download: lower case, one a page.
    alt
        What the table is, for those who can't see it.
    columns
        How columns are shown, as Streamlit's `column_config`; whole numbers need none.
    most
        How many rows to draw; the download has all.
    caption
        Markdown beside the button.
    """
    whole = [str(c) for c in frame.columns if pd.api.types.is_integer_dtype(frame[c])]
    numbers = {c: st.column_config.NumberColumn(format="localized", width="small") for c in whole}
    config = {**numbers, **(columns or {})}
    if len(frame) <= FEW:
        st.table(_written(frame, config), border="horizontal", hide_index=True, alt=alt)
    else:
        st.dataframe(shown(frame.head(most)), hide_index=True, alt=alt, column_config=config, placeholder="–")
    if len(frame) > most:
        caption = f"The first {count(most)} of {count(len(frame))} rows; the file has all. {caption}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"below-{name}"):
        st.caption(caption, width="stretch")
        st.download_button(
            "Download as CSV",
            data=lambda: to_csv(frame),
            file_name=f"lhydra-{name}.csv",
            mime="text/csv",
            key=f"csv-{name}",
            on_click="ignore",
        )


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table whose texts are each a line of bounded length, without what turns text round."""
    texts = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
    return frame.assign(**{c: frame[c].map(lambda v: one_line(v, MOST_LETTERS), na_action="ignore") for c in texts})


def _written(frame: pd.DataFrame, config: Mapping[str, Any]) -> "Styler":
    """Write the cells of a table as its `column_config` asks for, numbers still being numbers, so that they align."""
    labels: dict[str, str] = {}
    ways: dict[str, Callable[[Any], str]] = {}
    for name in frame.columns:
        asked: Any = config.get(str(name)) or {}
        told: dict[str, Any] = {"label": asked} if isinstance(asked, str) else asked
        labels[name] = plain(told.get("label") or name)
        ways[labels[name]] = partial(_cell, form=(told.get("type_config") or {}).get("format"))
    return shown(frame).rename(columns=labels).reset_index(drop=True).style.format(ways)


def _cell(value: Any, form: str | None) -> str:
    """Write a value: `form` is of a number, as Streamlit's `NumberColumn` has it."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.number):
        if form == "percent":
            return f"{value:.1%}"
        return form % value if form and "%" in form else f"{value:,}"
    return plain(one_line(value, MOST_LETTERS), MOST_LETTERS)
