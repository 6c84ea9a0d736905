"""How well the model ranks, beside its baselines: headline, chart of one metric, table of all."""

from functools import partial

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting import quality_charts, quality_words
from engine.reporting import quality_facts as facts
from engine.reporting.measures import HEADLINE, OURS, measure, model_name
from engine.reporting.on_show import View
from engine.ui.pictures import downloads, draw, made
from engine.ui.quality_state import choose_metric
from engine.ui.text import plain


def tables(engine: Engine) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give a bundle's metrics and how the model compares with each baseline."""
    evaluation, manifest = engine.evaluation, engine.bundle.manifest
    return facts.ranking(evaluation.metrics(), manifest), facts.comparisons(evaluation.comparisons(), manifest)


def headline(table: pd.DataFrame) -> None:
    """Draw the three metrics that sum a model up, each with its interval and the best baseline."""
    there = [name for name in HEADLINE if facts.figure(table, OURS, name)]
    if not there:
        return
    with st.container(key="headline"):
        for column, name in zip(st.columns(len(there), gap="large"), there, strict=True):
            what, ours, rival = measure(name), facts.figure(table, OURS, name), facts.best_baseline(table, name)
            assert ours is not None
            with column:
                st.metric(what.title, what.write(ours["value"]))
                below = [f"95 % interval {interval}" if (interval := what.interval(ours["low"], ours["high"])) else ""]
                theirs = facts.figure(table, rival, name) if rival else None
                if rival and theirs:
                    below.append(f"best baseline {model_name(rival)} {what.write(theirs['value'])}")
                st.caption("  \n".join(plain(text) for text in below if text))


def report_button(engine: Engine) -> None:
    """Draw the button that writes the report and downloads it; it takes some seconds."""

    def written() -> str:
        from engine.report import report_text  # a converter of charts, which nobody needs who only looks

        return report_text(engine.bundle)

    st.download_button(
        "Download the report",
        data=written,
        file_name=f"lhydra-{engine.bundle.name}.html",
        mime="text/html",
        key="report",
        icon=":material/download:",
        on_click="ignore",
    )


def ranking(table: pd.DataFrame, compared: pd.DataFrame) -> None:
    """Draw one metric of every model, and all of them as a table."""
    metrics = facts.metric_names(table)
    if not metrics:
        st.markdown("Nothing was measured: no listener had a held-out song that was new to them.")
        return
    metric = choose_metric(metrics)
    what = measure(metric)
    says = quality_words.of_ranking(table, compared, metric)
    st.caption(plain(f"{what.title}: {what.says}." if what.says else f"{what.title}."))
    with st.container(key="says"):
        st.markdown(plain(says, 600))
    rows = facts.of_metric(table, metric)
    chart = made(("models", metric), partial(quality_charts.models, rows, what))
    draw(chart, f"{what.title} by model. {says}", "quality-models")
    downloads(
        "models",
        lambda: table,
        lambda: chart,
        "95 % bootstrap intervals over listeners, whole catalogue ranked.",
        View(f"{what.title} by model", [f"{what.title}: {what.says}." if what.says else f"{what.title}."], says),
    )
    details = st.expander("All metrics as a table", key="q_table", bind="query-params")
    if details.open:
        with details:
            wide = _wide(table, metrics)
            st.dataframe(wide, hide_index=True, alt="Every metric of every model with its interval")


def _wide(table: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """One row a metric, a column a model; each cell the value with its interval."""
    models = [str(name) for name in table["model"].unique()]
    rows = []
    for name in metrics:
        what, row = measure(name), {"Metric": measure(name).title}
        for model in models:
            found = facts.figure(table, model, name)
            cell = (
                "–" if found is None else f"{what.write(found['value'])} {what.interval(found['low'], found['high'])}"
            )
            row[model_name(model)] = cell.rstrip()
        rows.append(row)
    return pd.DataFrame(rows)
