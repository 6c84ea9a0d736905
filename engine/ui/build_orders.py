"""What was ordered to be built: how far each is, what its data are like, and what to do next."""

from pathlib import Path

import streamlit as st

from engine.reporting.words import count
from engine.serving.bundle import Bundle
from engine.serving.data_record import DataRecord
from engine.ui import access, build_steps, builds, data_quality
from engine.ui.address import choice, link, remember
from engine.ui.builds import Order, Progress, Task
from engine.ui.states import notice
from engine.ui.text import plain

PRESETS = {
    "default": "Full: two networks, better by some percent",
    "demo": "Quick: one network, half the time",
    "large": "Large: for catalogues beyond 50,000 songs",
}


def orders(artifacts: Path) -> None:
    """Draw every order that is under way, waits for somebody, or has just been done."""
    for order in builds.orders(artifacts):
        now = builds.progress(artifacts, order.name)
        with st.container(key=f"order-{order.name}", border=True):
            st.header(_heading(order, now), anchor=False)
            _draw(artifacts, order, now)


def _draw(artifacts: Path, order: Order, now: Progress) -> None:
    if now.state == "running":
        build_steps.going_on(artifacts, order)
    elif now.state == "checked":
        _checked(artifacts, order)
    elif now.state == "done" and builds.is_there(artifacts, order.name):
        st.markdown("The bundle is whole and can be opened." + _UPLOAD_GONE * order.uploaded)
        _actions(artifacts, order, open_it=True)
    else:
        if now.state == "failed":
            notice(now.text)
        else:
            st.markdown("It was stopped. What was done so far is kept, and it goes on from there.")
        task: Task = "check" if now.task == "check" else "build"
        _actions(artifacts, order, begin=("Try again" if now.state == "failed" else "Go on", task))


_UPLOAD_GONE = " The files that were uploaded for it have been removed from this machine."


_STATES = {
    "running": "is being built",
    "checked": "can be built",
    "done": "is built",
    "failed": "could not be built",
}


def _heading(order: Order, now: Progress) -> str:
    states = {
        "running": "is being built",
        "checked": "can be built",
        "done": "is built",
        "failed": "could not be built",
    }
    if now.task == "check" and now.state in ("running", "failed"):
        return f"{plain(order.name)} {'is being looked at' if now.state == 'running' else 'can’t be built from this'}"
    return f"{plain(order.name)} {states.get(now.state, 'was stopped')}"


def _checked(artifacts: Path, order: Order) -> None:
    record = DataRecord.load(Bundle(builds.to_look_at(artifacts, order.name), {}))
    st.markdown(f"{data_quality.lead(record)} Nothing has been trained yet.")
    data_quality.loaded(record, name=f"loaded-{order.name}")
    for note in record.quality.get("notes", ()):
        notice(str(note))
    if record.features_off:
        st.caption(f"Not known, so the model will do without: {plain(', '.join(record.features_off), 400)}.")
    if record.rejected:
        details = st.expander(f"The {count(record.rejected)} rejected rows", key=f"b_rejects-{order.name}")
        if details.open:
            with details:
                data_quality.rejects(record, f"order-{order.name}", name=f"rejects-{order.name}")
    key, keep = choice("b_preset", list(PRESETS), order.preset)
    preset = st.selectbox("How", list(PRESETS), key=key, on_change=keep, format_func=PRESETS.__getitem__, width=420)
    _actions(artifacts, order, begin=("Build", "build"), preset=str(preset))


def _actions(
    artifacts: Path,
    order: Order,
    begin: tuple[str, Task] | None = None,
    open_it: bool = False,
    preset: str | None = None,
) -> None:
    """Draw what can be done about an order."""
    other = builds.running(artifacts)
    with st.container(horizontal=True, gap="small", key=f"do-{order.name}"):
        if open_it and st.button("Open it", key=f"open-{order.name}"):
            builds.throw_away(artifacts, order.name)  # the order alone: what was built stays
            remember("bundle", order.name)
            st.switch_page("pages/discover.py", query_params=link())
        if begin is not None and access.may_build():
            label, task = begin
            st.button(
                label,
                key=f"begin-{order.name}",
                disabled=other is not None,
                on_click=_begin,
                args=(artifacts, order, task, preset),
            )
        if access.may_build():
            label = "Leave it out of this list" if open_it else "Throw it away"
            st.button(
                label,
                key=f"away-{order.name}",
                type="tertiary",
                on_click=builds.throw_away,
                args=(artifacts, order.name),
            )
    if begin is not None and other is not None:
        st.caption(f"{plain(other)} is being built; one is built at a time.")


def _begin(artifacts: Path, order: Order, task: Task, preset: str | None) -> None:
    if preset is not None and preset != order.preset:
        builds.write_order(artifacts, Order(order.name, order.source, order.data, preset, order.uploaded))
    builds.start(artifacts, order.name, task)
