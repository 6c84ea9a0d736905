"""What stands below a list that is no table on the page: a few words, and the button that downloads its rows."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from engine import Engine
from engine.ui.export import to_csv

_COLUMNS = ("song_id", "title", "artist", "genres", "release_year", "listeners")
_MOST_LETTERS = 40


def below_list(
    rows: Callable[[], pd.DataFrame], name: str, where: str, caption: str = "", label: str = "Download as CSV"
) -> None:
    """Draw the download of a list, and words beside it where there are any.

    Parameters
    ----------
    rows
        Called once someone asks for the file.
    name
        Of the file: lower case, see `file_words` for what comes from data.
    where
        Name of the list, one a page.
    caption
        Markdown. Without it there is one element alone, for lists that are drawn anew at each key.
    """
    if not caption:
        _button(rows, name, where, label)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"below-{where}"):
        st.caption(caption, width="stretch")
        _button(rows, name, where, label)


def song_rows(engine: Engine, song_ids: Sequence[str], **more: Any) -> pd.DataFrame:
    """Give songs as rows to download: their rank in the list, what is known of them, and `more` columns."""
    places = engine.song_positions(pd.Series(song_ids, dtype="str"))
    known = engine.songs[[name for name in _COLUMNS if name in engine.songs]].iloc[places].reset_index(drop=True)
    known.insert(0, "rank", range(1, len(known) + 1))
    return known.assign(**more)


def file_words(text: str) -> str:
    """Write text from data as part of a file's name: letters and digits in lower case, hyphens between."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:_MOST_LETTERS].strip("-")


def _button(rows: Callable[[], pd.DataFrame], name: str, where: str, label: str) -> None:
    st.download_button(
        label,
        data=lambda: to_csv(rows()),
        file_name=f"lhydra-{name.strip('-')}.csv",
        mime="text/csv",
        key=f"csv-{where}",
        on_click="ignore",
    )
