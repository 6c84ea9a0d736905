"""Cohorts on a page: a sentence, a chart of dots or a grid, its downloads and its table."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.charts import Spec
from engine.reporting.intervals import PICK
from engine.reporting.measures import Measure, measure, model_name
from engine.reporting.on_show import View
from engine.reporting.words import count
from engine.ui.cohort_figures import Figures, figures
from engine.ui.cohort_state import Chosen, look_into
from engine.ui.pictures import downloads, draw
from engine.ui.tables import shown
from engine.ui.text import plain

_TURN = "_cohort_turn"


@dataclass(frozen=True)
class Picture:
    """A chart, the sentence that says what it shows, and what stands below it."""

    says: str
    chart: Spec
    caption: str


def cohorts(engine: Engine, chosen: Chosen) -> None:
    """Draw the cohorts that were chosen."""
    drawn, what = picture(engine.bundle.version, chosen, engine), measure(chosen.metric)
    with st.container(key="says"):
        st.markdown(plain(drawn.says, 600))
    draw(drawn.chart, f"{what.title} by {cohort_words.about(chosen.attributes)}. {drawn.says}", chart_key(), pick)
    view = View(f"{what.title} by {cohort_words.about(chosen.attributes)}", in_words(chosen), drawn.says)
    downloads("cohorts", lambda: figures(engine, chosen).table, lambda: drawn.chart, drawn.caption, view)
    details = st.expander("As a table", key="c_table", bind="query-params")
    if details.open:
        with details:
            table(figures(engine, chosen).table, what, chosen)


@st.cache_data(max_entries=300, show_spinner=False)
def picture(version: str, chosen: Chosen, _engine: Engine) -> Picture:
    """Make the picture of a choice; kept, since that of another choice and back is what people look at."""
    found, what = figures(_engine, chosen), measure(chosen.metric)
    chart, left_out = _chart(found, chosen, what)
    return Picture(sentence(found, chosen, what), chart, _caption(found, chosen, left_out))


def in_words(chosen: Chosen) -> list[str]:
    """Say what was chosen, for those who did not choose; not escaped."""
    what = measure(chosen.metric)
    says = [f"{what.title}: {what.says}." if what.says else f"{what.title}.", f"Model: {model_name(chosen.model)}."]
    if chosen.versus is not None:
        says.append(f"Compared with {model_name(chosen.versus)}, listener by listener.")
    return [*says, f"Cohorts of fewer than {count(chosen.minimum)} listeners are not ranked."]


def sentence(found: Figures, chosen: Chosen, what: Measure) -> str:
    """Say what the cohorts that were chosen show; not escaped."""
    if chosen.versus is None:
        return cohort_words.of_cohorts(found.table, chosen.attributes, what, found.gap, chosen.minimum)
    return cohort_words.of_difference(found.table, chosen.attributes, what, chosen.model, chosen.versus, chosen.minimum)


def table(frame: pd.DataFrame, what: Measure, chosen: Chosen) -> None:
    """Draw all cohorts as a table."""
    first = what.title if chosen.versus is None else f"Difference in {what.title}"
    named = {"value": first, "low": "from", "high": "to"}
    named |= {"difference": "From the rest", "difference_low": "from ", "difference_high": "to "}
    digits = f"%.{3 if what.share else what.digits}f"
    st.dataframe(
        shown(frame[["cohort", "users", *named, "small"]]),
        hide_index=True,
        alt=f"Cohorts with {first}, its interval and the difference from the rest",
        column_config={
            "cohort": st.column_config.TextColumn("Cohort", pinned=True),
            "users": st.column_config.NumberColumn("Listeners", format="localized", width="small"),
            **{c: st.column_config.NumberColumn(title, format=digits) for c, title in named.items()},
            "small": st.column_config.CheckboxColumn("Too few", width="small"),
        },
    )


def chart_key() -> str:
    """Key of a chart to pick from; a new one forgets what was picked."""
    return f"cohorts-{st.session_state.setdefault(_TURN, 0)}"


def pick() -> None:
    """Look into the cohort that was picked in the chart."""
    state = st.session_state[chart_key()]
    picked = state["selection"].get(PICK) or []
    if picked:
        look_into(str(picked[0]["key"]))


def put_back() -> None:
    """Look away from a cohort, in the chart too."""
    look_into(None)
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _chart(found: Figures, chosen: Chosen, what: Measure) -> tuple[Spec, int]:
    differs = chosen.versus is not None
    if len(chosen.attributes) == 2:
        frame = cohort_charts.shown_cohorts(found.table, chosen.attributes, most=len(found.table))
        drawn = cohort_charts.within_grid(frame, chosen.attributes)
        chart = cohort_charts.grid(drawn, chosen.attributes, what, differs=differs)
    else:
        drawn = cohort_charts.shown_cohorts(found.table, chosen.attributes)
        chart = cohort_charts.dots(drawn, what, found.overall, differs=differs)
    return chart, len(found.table) - len(drawn)


def _caption(found: Figures, chosen: Chosen, left_out: int) -> str:
    crossed = len(chosen.attributes) == 2
    says = [f"{'Means' if crossed else '95 % intervals'} over listeners, {plain(model_name(chosen.model))}"]
    if chosen.versus is not None:
        says = [f"{plain(model_name(chosen.model))} less {plain(model_name(chosen.versus))}, paired by listener"]
    if found.table["small"].any():
        says.append(f"{'' if crossed else 'hollow and '}dashed: under {count(chosen.minimum)} listeners, not ranked")
    if left_out:
        says.append(f"{count(left_out)} more in the table and the CSV")
    return "; ".join(says) + ". Click a cohort to see its listeners."
