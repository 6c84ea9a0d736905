"""The listeners of one cohort, with a way on to the recommendations of each."""

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting.attributes import cohort_name
from engine.reporting.measures import measure
from engine.reporting.words import count
from engine.ui.address import link
from engine.ui.below_list import below_list
from engine.ui.cohort_figures import members_of
from engine.ui.cohort_state import Chosen
from engine.ui.cohort_view import put_back
from engine.ui.routing import page_named
from engine.ui.segments import one_of
from engine.ui.text import listener_line, plain

MOST = 10
ORDERS = {"lowest": "Lowest first", "highest": "Highest first"}


def cohort_users(engine: Engine, cohort: dict[str, str], chosen: Chosen) -> None:
    """Draw the listeners of a cohort by their value of the metric, each a link to their recommendations."""
    name, what = cohort_name(list(cohort), cohort.values()), measure(chosen.metric)
    users = members_of(engine, cohort, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", key="cohort-head"):
        st.header(plain(name[:1].upper() + name[1:]), anchor=False, width="stretch")
        st.button("Close", key="close-cohort", icon=":material/close:", type="tertiary", on_click=put_back)
    if users.empty:
        st.markdown("Nobody who was judged is in it.")
        return
    differs = chosen.versus is not None
    write = what.difference if differs else what.write
    middle, zero = users["value"].median(), int((users["value"] == 0).sum())
    says = f"{count(len(users))} listeners; {what.title} of the middle one is {write(middle)}"
    st.markdown(plain(f"{says}, and 0 for {count(zero)} of them." if zero else f"{says}.", 300))
    order = one_of("Order", "c_order", ORDERS)
    ordered = users if order == "lowest" else users[::-1]
    for user_id, value in ordered.head(MOST).itertuples(index=False, name=None):
        _row(engine, str(user_id), write(float(value)))
    first = f"The first {MOST} of {count(len(users))}. " if len(users) > MOST else ""
    below_list(
        lambda: _table(engine, ordered, what.title),
        "listeners",
        "listeners",
        f"{first}A listener leads to their recommendations.",
        "Download all as CSV",
    )


def _row(engine: Engine, user_id: str, value: str) -> None:
    name = f"listener-{user_id}"
    with st.container(key=f"row-{name}", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.container(gap=None):
            st.page_link(page_named("recommend"), label=plain(user_id), query_params=link(r_user=user_id))
            with st.container(key=f"meta-{name}"):
                st.markdown(plain(listener_line(engine.user(user_id))))
        with st.container(key=f"end-{name}", width=96, gap=None, horizontal_alignment="right"):
            st.markdown(value, text_alignment="right")


def _table(engine: Engine, users: pd.DataFrame, title: str) -> pd.DataFrame:
    joined = users.merge(engine.evaluation.members(), on="user_id", how="left")
    return joined.rename(columns={"value": title})
