"""How the model came about: predictions checked, training curves, folds of a cross-validation."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from engine import Engine
from engine.reporting import quality_charts, quality_words
from engine.reporting import quality_facts as facts
from engine.reporting.charts import Chart, Spec
from engine.reporting.crossvalidations import crossvalidations
from engine.reporting.measures import measure
from engine.serving.bundle import TRAINING
from engine.ui.bundles import artifacts
from engine.ui.pictures import downloads, draw, made
from engine.ui.text import plain


def predictions(engine: Engine) -> None:
    """Draw whether chances mean what they say, and how well played songs are told from others."""
    head = facts.head_metrics(engine.bundle.manifest)
    figures = head.get("classification", {})
    if not figures:
        st.markdown("This bundle has no prediction layer to judge: there was too little to fit one on.")
        return
    bins, roc, precision = (engine.evaluation.curves(name) for name in ("calibration", "roc", "precision_recall"))
    _figures(figures)
    about = engine.bundle.manifest["metrics"]["head"].get("population")
    if about:
        st.caption(plain(f"Pairs of a listener and a song: {about}.", 400))
    if bins.empty:
        st.markdown("Its curves were not kept: it was built before there were any.")
    else:
        base = figures["played"] / figures["pairs"] if figures.get("pairs") else None
        left, right = st.columns(2, gap="large")
        with left:
            says = quality_words.of_calibration(bins, figures.get("ece"))
            _picture("Calibration", says, "calibration", bins, partial(quality_charts.calibration, bins))
        with right:
            _picture("ROC", quality_words.of_roc(figures), "roc", roc, partial(quality_charts.roc, roc))
        left, right = st.columns(2, gap="large")
        with left:
            chart = partial(quality_charts.precision_recall, precision, base)
            says = quality_words.of_precision(figures)
            _picture("Precision and recall", says, "precision-recall", precision, chart)
    plays = head.get("regression", {})
    if "rmse" in plays:
        with st.container() if bins.empty else right:
            st.header("How many plays", anchor=False)
            st.markdown("For songs that were played: how near the predicted number is, in logarithms of plays.")
            _figures(plays, 2)


def training(engine: Engine) -> None:
    """Draw how training went."""
    curve = pd.read_parquet(engine.bundle.path(TRAINING))
    best = (engine.bundle.manifest.get("training") or {}).get("best_epoch")
    with st.container(key="says"):
        st.markdown(plain(quality_words.of_training(curve, best), 400))
    left, right = st.columns(2, gap="large")
    with left:
        says = "On validation plays, after each pass; the ring is the one that was kept."
        _picture("Ranking", says, "training", curve, partial(quality_charts.training, curve, best))
    with right:
        says = "On train plays; it goes on falling when ranking no longer gets better."
        _picture("Loss", says, "loss", curve, partial(quality_charts.loss, curve, best))


def folds(engine: Engine) -> None:
    """Draw cross-validations of the same data, where there are any among the artifacts."""
    found = crossvalidations(artifacts(), engine.bundle.manifest["data"].get("data_sha256"))
    if not found:
        st.markdown("There is no cross-validation of these data here.")
        st.markdown("To add one, of folds of listeners, where the data were prepared to `data/prepared`:")
        place = artifacts() / f"{engine.bundle.name}.folds"
        st.code(
            f"python -m engine crossval --prepared data/prepared --folds 5 --out {place}",
            language=None,
            wrap_lines=True,
        )
        return
    for name, table, summary in found:
        st.header(plain(name, 60), anchor=False)
        with st.container(key=f"says-{name}"):
            st.markdown(plain(quality_words.of_folds(table, summary), 500))
        chart = quality_charts.folds(table, summary["mean"]["ndcg@10"]["mean"])
        draw(chart, f"NDCG@10 by fold. {quality_words.of_folds(table, summary)}", f"folds-{name}")
        notes = " ".join(map(str, summary.get("notes", ())))
        downloads(f"folds-{name}", partial(_same, table), partial(_same, chart), plain(notes, 600))


def _same(thing: Any) -> Any:
    return thing


def _figures(figures: dict[str, Any], columns: int = 4) -> None:
    names = [name for name in figures if isinstance(figures[name], float)]
    with st.container(key=f"figures-{'-'.join(names)}"), st.grid(columns, min_column_width=150, gap="small"):
        for name in names:
            what = measure(name)
            st.metric(what.title, what.write(figures[name]), help=what.says or None)


def _picture(title: str, says: str, name: str, rows: pd.DataFrame, make: Callable[[], Chart | Spec]) -> None:
    st.header(title, anchor=False)
    st.markdown(plain(says, 400))
    chart = made((name,), make)
    draw(chart, f"{title}. {says}", f"chart-{name}")
    downloads(name, lambda: rows, lambda: chart)
