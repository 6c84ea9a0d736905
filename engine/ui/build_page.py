"""What the app shows without a bundle: what that means, a demo built at a click, and the way to data of one's own."""

from collections.abc import Sequence

import streamlit as st

from engine.ui import access, build_steps, builds
from engine.ui.builds import Order
from engine.ui.bundles import artifacts
from engine.ui.routing import page_named
from engine.ui.states import notice

DEMO = Order("demo", "simulated", None, "demo")


def offer_demo(notices: Sequence[str]) -> None:
    """Say that there is no bundle to open, and what to do about it."""
    st.title("Nothing to show yet", anchor=False)
    with st.container(key="lead"):
        st.markdown(
            "Lhydra shows a *bundle*: a trained model with its songs and listeners. "
            "There is none here that can be opened."
        )
    for sentence in notices:
        notice(sentence)
    with st.container(key="about-demo"):
        st.markdown(
            "Build the demo to look around. It invents 5,000 listeners and 20,000 songs, trains on their plays, and is "
            "labelled as simulated wherever a figure is shown. It takes some minutes, and goes on without this page."
        )
    build_demo()
    st.page_link(
        page_named("bundles"),
        label="Or bring your own data",
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params={"b_view": "bring"},
    )


def build_demo() -> None:
    """Draw the button that builds the demo, or how far it is."""
    where = artifacts()
    other = builds.running(where)
    if other == DEMO.name:
        build_steps.going_on(where, DEMO)
        return
    now = builds.progress(where, DEMO.name)
    if now.state == "failed":
        notice(now.text)
    label = {"failed": "Try again", "stopped": "Go on building the demo"}.get(now.state, "Build the demo")
    if not access.may_build():
        st.caption(access.WHO_BUILDS)
        return
    if other is not None:
        st.caption(f"Another bundle, {other}, is being built; one is built at a time.")
    if st.button(label, key="build-demo", disabled=other is not None):
        builds.write_order(where, DEMO)
        builds.start(where, DEMO.name, "build")
        st.rerun(scope="app")
