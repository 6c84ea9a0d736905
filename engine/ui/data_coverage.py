"""How much is known: the share of each feature that the data hold, and what the model does without."""

from functools import partial
from typing import Any

import streamlit as st

from engine.reporting import charts
from engine.reporting.variables import variable
from engine.reporting.words import listed
from engine.serving.bundle import COVERAGE
from engine.serving.data_record import TABLES, DataRecord
from engine.ui import states
from engine.ui.pictures import downloads, draw, made
from engine.ui.tables import table
from engine.ui.text import plain, share


def coverage(record: DataRecord) -> None:
    """Draw the known share of each feature by table, and say what is switched off."""
    st.markdown(_off(record))
    if COVERAGE in record.faults:
        states.notice(f"{record.faults[COVERAGE]}.")
        return
    st.caption(
        "A circle is the share of users or songs for which a feature is known; a diamond is the share of the plays "
        "trained on whose user or song has it. The model learns from plays, so the diamond matters more."
    )
    for name in TABLES:
        rows = record.coverage[record.coverage["table"] == name]
        if len(rows):
            st.header(name.capitalize(), anchor=False)
            facts = [
                f"{variable(f).title.lower()} {share(k, 1)}"
                for f, k in zip(rows["feature"], rows["known"], strict=True)
            ]
            chart = made(("coverage", name), partial(charts.coverage, rows, name))
            draw(chart, f"Known of {name}: {', '.join(facts)}.", f"coverage-{name}")
            downloads(f"coverage-{name}", partial(_same, rows), partial(_same, chart))
    table(
        record.coverage,
        "coverage",
        "Known share of each feature",
        columns={
            "table": "Table",
            "feature": "Feature",
            "known": st.column_config.NumberColumn("Known", format="percent"),
            "known_plays": st.column_config.NumberColumn("Known, by plays", format="percent"),
            "used": st.column_config.CheckboxColumn("Used by the model"),
        },
    )


def _same(thing: Any) -> Any:
    return thing


def _off(record: DataRecord) -> str:
    off = [variable(name).title.lower() for name in record.features_off]
    if not off:
        return "Nothing is switched off: each feature that the model can use is known for some of the plays."
    it = "it" if len(off) == 1 else "them"
    return (
        f"**Switched off: {plain(listed(off), 400)}.** No play that the model was trained on knows {it}, so it learned "
        f"without, and recommendations do not depend on {it}."
    )
