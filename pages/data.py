"""Data: what was loaded, what was rejected and why, what is known, and how the values lie."""

import streamlit as st

from engine import Engine
from engine.ui import data_distributions, data_quality, states
from engine.ui.bundles import current_engine
from engine.ui.data_coverage import coverage
from engine.ui.data_distributions import distributions
from engine.ui.data_quality import quality
from engine.ui.routing import require_router
from engine.ui.segments import one_of

require_router(__file__)

VIEWS = {"quality": "Quality", "coverage": "Coverage", "distributions": "Distributions"}


@st.fragment
def look_closer(engine: Engine) -> None:
    """Draw the choice of a view and what it leads to."""
    record = engine.data_record
    with st.container(key="views"):
        view = one_of("Show", "data_view", VIEWS)
    with states.calm():
        if view == "coverage":
            coverage(record)
        elif view == "distributions":
            distributions(record)
        else:
            quality(record, engine.bundle.version)


engine = current_engine()
st.title("Data", anchor=False)
with st.container(key="lead"):
    st.markdown(data_quality.lead(engine.data_record))
states.left_out(
    {
        "data_view": VIEWS.__contains__,
        **data_quality.checks(engine.data_record),
        **data_distributions.checks(engine.data_record),
    }
)
data_quality.loaded(engine.data_record)
look_closer(engine)
