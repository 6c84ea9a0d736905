"""Another bundle beside the one that is shown: which ones know the same person, and how their lists differ."""

from difflib import get_close_matches
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import streamlit as st

from engine import Engine
from engine.serving import bundle as files
from engine.ui import bundles, moves, states
from engine.ui.address import choice
from engine.ui.asking import Asked, Order, recommended
from engine.ui.bundles import Found
from engine.ui.quality_bundles import same_data

BESIDE = "r_beside"


def choose_beside(engine: Engine, asked: Asked) -> Found | None:
    """Draw the choice of another bundle that knows the same listener or songs; returns it, or None.

    Nothing is drawn where no other bundle knows them.
    """
    others = [found for found in bundles.find() if found.folder.resolve() != engine.bundle.folder.resolve()]
    fit = [found for found in others if not found.fault and knows(found, asked)]
    wanted = st.query_params.get(BESIDE)
    names = [found.name for found in fit]
    if names:
        key, keep = choice(BESIDE, names)
        st.selectbox(
            "Beside",
            names,
            index=None,
            key=key,
            on_change=keep,
            placeholder="No other bundle",
            width=200,
            help="Another bundle’s answer for the same person. Offered are those that know them.",
        )
    return next((found for found in fit if found.name == wanted), None)


def why_not(engine: Engine, asked: Asked) -> str:
    """Say why the bundle that the address asks for isn't shown beside; "" where it is, or none is asked for."""
    wanted = st.query_params.get(BESIDE)
    found = next((found for found in bundles.find() if found.name == wanted), None)
    if not wanted:
        return ""
    if found is None:
        others = [b.name for b in bundles.find() if b.folder.resolve() != engine.bundle.folder.resolve()]
        near = get_close_matches(wanted[:60], others, 1, 0)
        return f"There is no bundle “{wanted[:60]}” here, so nothing is shown beside{_nearest(near)}."
    if found.folder.resolve() == engine.bundle.folder.resolve():
        return f"“{wanted[:60]}” is the bundle on show; choose another one to see beside it."
    if found.fault:
        return found.fault
    who = "this listener" if asked.user_id else "all of these songs"
    return "" if knows(found, asked) else f"“{wanted[:60]}” doesn’t know {who}, so it isn’t shown beside."


def _nearest(names: list[str]) -> str:
    return f"; the nearest is {names[0]}" if names else ""


def knows(found: Found, asked: Asked) -> bool:
    """Whether a bundle has the listener, or all songs of someone new."""
    if asked.user_id is not None:
        return _has(str(found.folder / files.USERS), found.version, "user_id", (asked.user_id,))
    return not asked.history or _has(str(found.folder / files.SONGS), found.version, "song_id", asked.history)


def in_words(engine: Engine, other: Found, mine: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Say how far the two agree, and whether they are of the same data."""
    says = moves.overlap(list(mine["song_id"]), list(theirs["song_id"]))
    if not same_data(engine.bundle.manifest, other.manifest):
        says += " They were built from different data, where one id may mean two people or songs."
    return says


def of_other(other: Found, asked: Asked, order: Order) -> tuple[Engine, pd.DataFrame] | None:
    """Open the other bundle and ask it the same; None, with a notice, where it can't be opened."""
    opened = bundles.open_bundle(other)
    if opened.engine is None:
        states.notice(opened.fault)
        return None
    return opened.engine, recommended(opened.engine, asked, order)


def both(mine: pd.DataFrame, theirs: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Give two lists as one table to download: each song once, with its rank and score in each."""
    here, there = (
        frame[["song_id", "title", "artist", "score"]]
        .assign(rank=pd.array(range(1, len(frame) + 1), dtype="Int64"))
        .rename(columns={"score": f"score {name}", "rank": f"rank {name}"})
        for frame, name in zip((mine, theirs), names, strict=True)
    )
    joined = here.merge(there, on="song_id", how="outer", suffixes=("", " there"), sort=False)
    for column in ("title", "artist"):
        joined[column] = joined[column].fillna(joined.pop(f"{column} there"))
    ranks = [f"rank {name}" for name in names]
    return joined[["song_id", "title", "artist", *ranks, *(f"score {name}" for name in names)]].sort_values(
        ranks, ignore_index=True
    )


@st.cache_data(max_entries=500, show_spinner=False)
def _has(path: str, version: str, column: str, ids: tuple[str, ...]) -> bool:
    try:
        known = pq.read_table(Path(path), columns=[column])[column]
    except (OSError, pa.ArrowException):
        return False
    return all(bool(pc.any(pc.equal(pc.cast(known, pa.string()), wanted)).as_py()) for wanted in ids)
