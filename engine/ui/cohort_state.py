"""What the Cohorts page shows, as its address says it: which metric, for whom, of which model, who is looked into."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from engine import Engine
from engine.evaluation.tables import MODEL
from engine.reporting.attributes import attribute_name
from engine.reporting.measures import measure, model_name
from engine.ui.address import FLAG, choice, number_between, remember, remembered
from engine.ui.segments import one_of

VIEWS = {"cohorts": "Cohorts", "slices": "Weak slices", "popularity": "Popularity bias"}
SIZES = (2, 1_000)
MINIMUM = 30
_COHORT = "c_cohort"


@dataclass(frozen=True)
class Options:
    """What there is to choose from in a bundle's evaluation."""

    metrics: list[str]
    attributes: list[str]
    models: list[str]


@dataclass(frozen=True)
class Chosen:
    """What is on show. `attributes` are one or two; `versus` is a second model, or None."""

    metric: str
    attributes: tuple[str, ...]
    model: str
    versus: str | None
    minimum: int


@st.cache_data(max_entries=20, show_spinner=False)
def options(version: str, _engine: Engine) -> Options:
    """Give what there is to choose from; empty lists where the bundle has no evaluation."""
    per_user, members = _engine.evaluation.per_user(), _engine.evaluation.members()
    metrics = [c for c in per_user.columns if c not in ("model", "user_id") and per_user[c].notna().any()]
    attributes = [c for c in members.columns if c != "user_id" and members[c].nunique() > 1]
    models = [str(name) for name in per_user["model"].unique()]
    return Options(metrics, attributes, sorted(models, key=lambda name: name != MODEL))


def checks(found: Options) -> dict[str, Callable[[str], bool]]:
    """How what the page keeps in its address is checked; a cohort is answered by the nearest ones instead."""
    return {
        "c_view": VIEWS.__contains__,
        "c_metric": found.metrics.__contains__,
        "c_by": found.attributes.__contains__,
        "c_and": found.attributes.__contains__,
        "c_model": found.models.__contains__,
        "c_versus": found.models.__contains__,
        "c_min": number_between(*SIZES),
        "c_table": FLAG.__contains__,
    }


def choose_view() -> str:
    """Draw the choice of a view; returns it."""
    with st.container(key="views"):
        return one_of("Show", "c_view", VIEWS, lambda: look_into(None))


def choose(found: Options) -> Chosen:
    """Draw the choices of metric, attributes, models and minimum size in a row; returns what is chosen."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        metric = _select("Metric", "c_metric", found.metrics, lambda name: measure(name).title, 180)
        by = _select("By", "c_by", found.attributes, attribute_name, 148, closes=True)
        others = [name for name in found.attributes if name != by]
        crossed = _optional("Crossed with", "c_and", others, attribute_name, "nothing", 148)
        model = _select("Model", "c_model", found.models, model_name, 148)
        rivals = [name for name in found.models if name != model]
        versus = _optional("Compared with", "c_versus", rivals, model_name, "no other", 148)
        minimum = choose_minimum()
    attributes = (by,) if crossed is None else (by, crossed)
    return Chosen(metric, attributes, model, versus, minimum)


def choose_attribute(found: Options) -> str:
    """Draw the choice of one attribute; returns it."""
    return _select("By", "c_by", found.attributes, attribute_name, 148, closes=True)


def choose_minimum() -> int:
    """Draw the choice of the smallest cohort that is ranked; returns it."""
    minimum = st.number_input(
        "Smallest ranked",
        *SIZES,
        MINIMUM,
        10,
        key="c_min",
        bind="query-params",
        width=126,
        help="Listeners in a cohort",
    )
    return int(minimum)


def looked_into() -> str | None:
    """Give the key of the cohort that is looked into, which need not be one."""
    return remembered(_COHORT)


def look_into(key: str | None) -> None:
    """Look into a cohort, by its key; None looks away."""
    remember(_COHORT, key)


def _select(
    label: str, name: str, options: list[str], words: Callable[[str], str], width: int, closes: bool = False
) -> str:
    key, keep = choice(name, options, options[0])
    on_change = _and_close(keep) if closes else keep
    chosen = st.selectbox(label, options, key=key, on_change=on_change, format_func=words, width=width)
    return str(chosen)


def _optional(
    label: str, name: str, options: list[str], words: Callable[[str], str], none: str, width: int
) -> str | None:
    key, keep = choice(name, options)
    chosen = st.selectbox(
        label,
        options,
        key=key,
        on_change=_and_close(keep),
        format_func=words,
        width=width,
        index=None,
        placeholder=none,
    )
    return None if chosen is None else str(chosen)


def _and_close(keep: Callable[[], None]) -> Callable[[], None]:
    def changed() -> None:
        keep()
        look_into(None)

    return changed
