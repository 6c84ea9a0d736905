"""What the app shows without a bundle: what that means, and a demo built at a click."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from engine.ui import build_demo
from engine.ui.bundles import artifacts
from engine.ui.states import notice
from engine.ui.text import plain

STAGES = {
    "data": "Invent listeners and songs",
    "prepare": "Prepare their plays",
    "train": "Train the model",
    "publish": "Evaluate and publish",
}


def offer_demo(notices: Sequence[str]) -> None:
    """Say that there is no bundle to open, and build the demo on request, with live progress."""
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
    _builder(artifacts() / "demo")
    st.caption("With data of your own: `python -m engine build --source tables --data FOLDER --out artifacts/NAME`")


@st.fragment(run_every="1s")
def _builder(out: Path) -> None:
    now = build_demo.progress(out)
    if now.state == "running":
        _show(now)
        return
    if now.state == "done" and (out / "manifest.json").is_file():
        st.rerun(scope="app")
    if now.state == "failed":
        notice(now.text)
    label = "Try again" if now.state == "failed" else "Build the demo"
    if st.button(label, key="build-demo"):
        build_demo.start(out)
        st.rerun(scope="fragment")


def _show(now: build_demo.Progress) -> None:
    names = list(STAGES)
    at = names.index(now.stage) if now.stage in names else 0
    with st.container(key="build-steps", gap="xsmall"):
        for i, name in enumerate(names):
            if i < at:
                st.markdown(f":material/check: {STAGES[name]}")
            elif i == at:
                st.markdown(f":material/arrow_forward: **{STAGES[name]}**")
            else:
                st.markdown(f":gray[:material/radio_button_unchecked: {STAGES[name]}]")
    st.progress(min(max(now.fraction or 0.0, 0.0), 1.0), text=plain(now.text) or "working")
