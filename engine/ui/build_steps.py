"""A build as it goes on: its steps, how far it is, and what there is to do about it."""

from pathlib import Path

import streamlit as st

from engine.ui import access, builds
from engine.ui.builds import Order, Progress
from engine.ui.text import plain

STEPS = {
    "data": "Invent listeners and songs",
    "prepare": "Prepare their plays",
    "train": "Train the model",
    "publish": "Evaluate and publish",
}
_MARKS = (":material/check:", ":material/arrow_forward:", ":gray[:material/radio_button_unchecked:]")


@st.fragment(run_every="1s")
def going_on(artifacts: Path, order: Order) -> None:
    """Draw a build that is running, anew each second; once it isn't, the whole page."""
    now = builds.progress(artifacts, order.name)
    if now.state != "running":
        st.rerun(scope="app")
    with st.container(key=f"steps-{order.name}", gap="xsmall"):
        for mark, words in zip(*_steps(order, now), strict=True) if now.task == "build" else ():
            st.markdown(f"{mark} {words}")
    st.progress(min(max(now.fraction or 0.0, 0.0), 1.0), text=plain(says(now)))
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption("It goes on without this page, and can be stopped and gone on with.")
    if not access.may_build():
        return
    with right, st.container(horizontal_alignment="right"):
        st.button(
            "Stop",
            key=f"stop-{order.name}",
            icon=":material/stop_circle:",
            on_click=builds.stop,
            args=(artifacts, order.name),
        )


def says(now: Progress) -> str:
    """Say what a build is doing and when that will be done; not escaped."""
    left = f" · about {duration(now.seconds_left)} left in this step" if now.seconds_left is not None else ""
    return f"{now.text or 'working'}{left}"


def duration(seconds: float) -> str:
    """Write a time to wait as people say it."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _steps(order: Order, now: Progress) -> tuple[list[str], list[str]]:
    """The mark of each step, done, under way or to come, and its words."""
    names = [name for name in STEPS if name != "data" or order.data is None]
    at = names.index(now.stage) if now.stage in names else 0
    marks = [_MARKS[(i > at) + (i >= at)] for i in range(len(names))]
    words = [
        f"**{STEPS[n]}**" if i == at else f":gray[{STEPS[n]}]" if i > at else STEPS[n] for i, n in enumerate(names)
    ]
    return marks, words
