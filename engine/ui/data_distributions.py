"""How the values of one variable lie: a chart and a sentence that says what it shows."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from engine.reporting import charts
from engine.reporting.on_show import View
from engine.reporting.variables import sentence, variable
from engine.serving.bundle import DISTRIBUTIONS
from engine.serving.data_record import DataRecord
from engine.ui import states
from engine.ui.address import choice
from engine.ui.pictures import downloads, draw, made
from engine.ui.text import plain


def checks(record: DataRecord) -> dict[str, Callable[[str], bool]]:
    """How what this section keeps in the address is checked."""
    return {"data_variable": record.variables.__contains__}


def distributions(record: DataRecord) -> None:
    """Draw the choice of a variable and its distribution."""
    if DISTRIBUTIONS in record.faults:
        states.notice(f"{record.faults[DISTRIBUTIONS]}.")
        return
    if not record.variables:
        st.markdown("There is nothing to show: the data hold none of the variables that have a distribution.")
        return
    key, keep = choice("data_variable", record.variables, record.variables[0])
    name = st.selectbox(
        "Variable",
        record.variables,
        key=key,
        on_change=keep,
        format_func=lambda n: variable(n).title,
        width=320,
    )
    rows = record.distribution(name)
    st.header(plain(variable(name).title), anchor=False)
    says = sentence(rows)
    st.markdown(plain(says, 400))
    chart, title = made(("distribution", name), partial(charts.distribution, rows)), variable(name).title
    draw(chart, f"{title}. {says}", f"distribution-{name}")
    downloads("-".join(title.lower().split()), lambda: rows, lambda: chart, view=View(title, [], says))
