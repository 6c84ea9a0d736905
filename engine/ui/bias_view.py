"""Popularity bias on a page: how much more popular what a cohort is recommended is than what it plays."""

import pandas as pd
import streamlit as st

from engine import Engine
from engine.evaluation.tables import MODEL
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.attributes import attribute_name
from engine.reporting.cohort_tables import LIFT, bias_of_attribute
from engine.reporting.on_show import View
from engine.reporting.words import count
from engine.ui import cohort_state
from engine.ui.cohort_state import Options
from engine.ui.cohort_view import chart_key, pick
from engine.ui.pictures import downloads, draw
from engine.ui.tables import shown
from engine.ui.text import plain


def bias(engine: Engine, found: Options) -> None:
    """Draw how much more popular the recommended songs are than the played ones, by cohort."""
    rows = engine.evaluation.bias()
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        by = cohort_state.choose_attribute(found)
        minimum = cohort_state.choose_minimum()
    frame = bias_of_attribute(rows, by, MODEL, minimum)
    if frame.empty:
        st.markdown("This bundle’s evaluation holds no popularity bias for this attribute.")
        return
    says = cohort_words.of_bias(frame, [by], LIFT, minimum)
    with st.container(key="says"):
        st.markdown(plain(says, 600))
    drawn = cohort_charts.shown_cohorts(frame, [by])
    chart = cohort_charts.dots(drawn, LIFT, None, differs=True, title=LIFT.title)
    draw(chart, f"Popularity lift by {attribute_name(by)}. {says}", chart_key(), pick)
    chosen = [f"Cohorts of fewer than {count(minimum)} listeners are not ranked.", _CAPTION]
    view = View(f"Popularity lift by {attribute_name(by).lower()}", chosen, says)
    downloads("popularity-bias", lambda: frame, lambda: chart, _CAPTION, view)
    details = st.expander("As a table", key="c_table", bind="query-params")
    if details.open:
        with details:
            _table(frame)


_CAPTION = (
    "Popularity is the share of listeners who have played a song; the lift is how much more popular the twenty songs "
    "recommended are than those a listener plays. 0 is no more."
)


def _table(rows: pd.DataFrame) -> None:
    number = st.column_config.NumberColumn
    columns = {
        "history_popularity": "Played: popularity",
        "list_popularity": "Recommended: popularity",
        "history_tail": "Played: from the tail",
        "list_tail": "Recommended: from the tail",
        "lift": "Lift",
    }
    st.dataframe(
        shown(rows[["cohort", "users", *columns]]),
        hide_index=True,
        alt="Popularity of what cohorts play and of what they are recommended",
        column_config={
            "cohort": st.column_config.TextColumn("Cohort", pinned=True),
            "users": number("Listeners", format="localized", width="small"),
            **{name: number(title, format="percent") for name, title in columns.items()},
        },
    )
    st.caption("The tail are the songs outside the most played fifth.")
