"""Quality: how good the model is, beside what, and how it came about."""

import streamlit as st

from engine import Engine
from engine.reporting import quality_facts as facts
from engine.reporting import quality_words
from engine.reporting.measures import HEADLINE
from engine.ui import quality_state, states
from engine.ui.bundles import current_engine
from engine.ui.quality_bundles import compare
from engine.ui.quality_ranking import headline, ranking, report_button, tables
from engine.ui.quality_training import folds, predictions, training
from engine.ui.routing import require_router
from engine.ui.text import plain

require_router(__file__)


@st.fragment
def look(engine: Engine) -> None:
    """Draw the choice of a view and what it leads to."""
    view = quality_state.choose_view()
    with states.calm():
        if view == "predictions":
            predictions(engine)
        elif view == "training":
            training(engine)
        elif view == "folds":
            folds(engine)
        elif view == "bundles":
            compare(engine, metrics)
        else:
            ranking(table, compared)


engine = current_engine()
table, compared = tables(engine)
metrics = facts.metric_names(table)
st.title("Quality", anchor=False)
with st.container(key="lead"):
    st.markdown(
        "How good is it, beside what, and how sure is that? Judged on plays that the model never saw. "
        + plain(quality_words.in_short(table, compared, HEADLINE[0]), 400)
    )
headline(table)
report_button(engine)
states.left_out(quality_state.checks(metrics))
look(engine)
