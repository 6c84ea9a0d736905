"""Bundles: what there is to look at, and how to add data of your own."""

import streamlit as st

from engine.ui import access, build_form, build_page, bundle_list, bundles, states
from engine.ui.address import FLAG
from engine.ui.build_orders import PRESETS, orders
from engine.ui.routing import require_router
from engine.ui.segments import one_of

require_router(__file__)

VIEWS = {"here": "Here now", "bring": "Bring your own data"}

found = bundles.find()
faults = [bundle_list.fault_of(bundle) for bundle in found]
shown = bundles.shown()
st.title("Bundles", anchor=False)
with st.container(key="lead"):
    st.markdown(
        "A bundle is a trained model with its songs and listeners. "
        + bundle_list.says(found, faults, shown.bundle.name if shown else None)
    )
states.left_out(
    {
        "b_view": VIEWS.__contains__,
        "b_table": FLAG.__contains__,
        "b_preset": PRESETS.__contains__,
        **build_form.checks(),
    }
)
with st.container(key="views"):
    view = one_of("Show", "b_view", VIEWS)
where = bundles.artifacts()
with states.calm():
    if view == "bring":
        if access.may_build():
            orders(where)
        st.header("New data", anchor=False)
        build_form.form(where)
    else:
        bundle_list.bundle_list(found, faults, shown.bundle.name if shown else None)
        if not found:
            build_page.build_demo()
