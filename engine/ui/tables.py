"""Tables on a page: cells as text, whole numbers with separators, and a button that downloads them as CSV."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine.reporting.words import count, one_line
from engine.ui.export import to_csv

MOST_LETTERS = 1_000


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
