"""On the whole: how much each group counts over some listeners, and by cohort."""

import pandas as pd
import streamlit as st

from engine import Engine
from engine.explain.explanation import ANY_SONG
from engine.explain.overview import by_cohort, sample_listeners, sizes
from engine.explain.questions import Baseline
from engine.reporting import overview_charts
from engine.reporting.attributes import attribute_name
from engine.reporting.explain_words import against, group_title, on_the_whole
from engine.ui.address import choice
from engine.ui.explain_state import attributes, choose_baseline, choose_method
from engine.ui.explained import get_ready
from engine.ui.pictures import downloads, draw
from engine.ui.text import plain

LISTENERS = 60


def overview(engine: Engine) -> None:
    """Draw the mean size of each group over a sample of listeners, of everyone or by cohort."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        method, baseline = choose_method(), choose_baseline()
        by = _choose_cohorts(engine)
    get_ready(engine)
    place = st.empty()
    with place.container(), st.status(f"Explaining the first recommendation of {LISTENERS} listeners", expanded=False):
        found = sampled(engine.bundle.version, method, baseline, engine)
    place.empty()
    if found.empty:
        st.caption("Nobody here is recommended anything.")
        return
    members = engine.evaluation.members()
    means = by_cohort(found, members, by)
    everyone = by_cohort(found, members, None)
    first = [name for name in everyone["group"] if name != ANY_SONG][:3]
    says = on_the_whole(first, int(everyone["users"].max()))
    with st.container(key="says"):
        st.markdown(plain(says, 400))
    chart = overview_charts.means(everyone) if by is None else overview_charts.cohorts(means, by)
    draw(chart, f"Mean size of each group’s share. {says}", "overview")
    sure = "95 % intervals over listeners" if by is None else f"under {overview_charts.LEAST} listeners only framed"
    caption = f"Mean size of a group’s share of a score, held against {against(baseline)}; {sure}"
    downloads("explanation-overview", lambda: _table(means), lambda: chart, caption + ".")


def _choose_cohorts(engine: Engine) -> str | None:
    names = attributes(engine)
    if not names:
        return None
    key, keep = choice("x_by", names)
    by = st.selectbox(
        "By", names, index=None, key=key, on_change=keep, format_func=attribute_name, placeholder="everyone",
        width=170,
    )  # fmt: skip
    return None if by is None else str(by)


@st.cache_data(max_entries=20, show_spinner=False)
def sampled(version: str, method: str, baseline: Baseline, _engine: Engine) -> pd.DataFrame:
    """Explain a sample of listeners; kept by the bundle's version, method and baseline."""
    members = _engine.evaluation.members()
    known = list(members["user_id"]) if len(members) else list(_engine.users["user_id"])
    return sizes(_engine, sample_listeners(known, LISTENERS), method=method, baseline=baseline)


def _table(means: pd.DataFrame) -> pd.DataFrame:
    return means.assign(group=means["group"].map(group_title))
