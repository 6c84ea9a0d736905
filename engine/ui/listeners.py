"""Choosing a known listener: by id, by a piece of one, or by country."""

import pandas as pd
import streamlit as st

from engine import Engine
from engine.errors import UnknownUser
from engine.ui import states
from engine.ui.text import listener_line, plain

MOST_OFFERED = 6


def choose_listener(engine: Engine, page: str = "r", begin: bool = True, width: int = 420) -> str | None:
    """Draw the field for a listener's id; returns the id of a known listener, or None while there is none.

    Parameters
    ----------
    page
        The letter that the page's parameters begin with.
    begin
        Offer some listeners while nobody is asked for.
    """
    key = f"{page}_user"

    def take(user_id: str) -> None:
        st.session_state[key] = user_id

    typed = st.text_input(
        "Listener",
        key=key,
        type="search",
        live="200ms",
        bind="query-params",
        max_chars=200,
        placeholder="An id, or a country",
        width=width,
    )
    wanted = (typed or "").strip()
    try:
        if wanted:
            facts = engine.user(wanted)
            st.markdown(f"**{plain(wanted)}** · {plain(listener_line(facts))}")
            return wanted
    except UnknownUser as error:
        found = find_listeners(engine, wanted)
        if not found:
            states.unknown_id(error, "listener", lambda i: words(engine, i), take)
            return None
        states.offer(f"Listeners for “{wanted[:60]}”", found, "found-listener", lambda i: words(engine, i), take)
        return None
    if begin:
        states.offer("Or begin with", some_listeners(engine), "some-listener", lambda i: words(engine, i), take)
    return None


def find_listeners(engine: Engine, text: str, most: int = MOST_OFFERED) -> list[str]:
    """Ids that begin with a text, then ids that hold it, then listeners of a country that begins with it."""
    ids, low = engine.users["user_id"], text.casefold()
    folded = ids.str.casefold()
    starts = folded.str.startswith(low)
    found = [*ids[starts].head(most), *ids[folded.str.contains(low, regex=False) & ~starts].head(most)]
    if len(found) < most and "country" in engine.users:
        countries = engine.users["country"].astype("object").where(engine.users["country"].notna(), "")
        found += list(ids[countries.str.casefold().str.startswith(low)].head(most))
    return [str(i) for i in dict.fromkeys(found)][:most]


def some_listeners(engine: Engine, most: int = 4) -> list[str]:
    """Give listeners to begin with: from the one with the longest history to the one with the shortest."""
    heard = pd.Series(engine.histories.counts).sort_values(ascending=False, kind="stable")
    places = [round(i * (len(heard) - 1) / (most - 1)) for i in range(most)] if len(heard) > 1 else [0]
    return [str(engine.users["user_id"].iloc[int(heard.index[place])]) for place in dict.fromkeys(places)]


def words(engine: Engine, user_id: str) -> tuple[str, str]:
    """Id and facts of a known listener; not escaped."""
    return user_id, listener_line(engine.user(user_id))
