"""Cohorts: for whom the model works, and for whom less; down to the listeners themselves."""

import streamlit as st

from engine import Engine
from engine.reporting.attributes import attribute_name, attribute_says
from engine.reporting.measures import measure
from engine.ui import cohort_state, gaps, states
from engine.ui.bias_view import bias
from engine.ui.bundles import current_engine
from engine.ui.cohort_state import Options
from engine.ui.cohort_users import ORDERS, cohort_users
from engine.ui.cohort_view import cohorts
from engine.ui.near_cohorts import known_cohort, offer_nearest
from engine.ui.routing import require_router
from engine.ui.slices_view import as_chosen, slices
from engine.ui.text import plain

require_router(__file__)


@st.fragment
def look(engine: Engine, found: Options) -> None:
    """Draw the choice of a view and what it leads to."""
    view = cohort_state.choose_view()
    with states.calm():
        if view == "slices":
            chosen = as_chosen(cohort_state.MINIMUM)
            slices(engine)
        elif view == "popularity":
            chosen = as_chosen(cohort_state.MINIMUM)
            bias(engine, found)
        else:
            chosen = cohort_state.choose(found)
            st.caption(plain(explained(chosen.metric, chosen.attributes), 500))
            cohorts(engine, chosen)
    asked = cohort_state.looked_into()
    if not asked:
        return
    cohort = known_cohort(engine.evaluation.members(), found.attributes, asked)
    with states.calm():
        if cohort is None:
            offer_nearest(engine, found, asked)
        else:
            cohort_users(engine, cohort, chosen)


def explained(metric: str, attributes: tuple[str, ...]) -> str:
    """Say what is measured and what the attributes are, where their names don't."""
    what = measure(metric)
    says = [f"{what.title}: {what.says}" if what.says else what.title]
    says += [f"{attribute_name(name)}: {attribute_says(name)}" for name in attributes if attribute_says(name)]
    return ". ".join(says) + "."


engine = current_engine()
st.title("Cohorts", anchor=False)
with st.container(key="lead"):
    st.markdown(f"For whom does it work, and for whom less? {plain(gaps.gap_says(engine.bundle.version, engine), 400)}")
found = cohort_state.options(engine.bundle.version, engine)
if not (found.metrics and found.attributes):
    states.not_evaluated(engine)
else:
    states.left_out({**cohort_state.checks(found), "c_order": ORDERS.__contains__})
    look(engine, found)
