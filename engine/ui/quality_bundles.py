"""Bundles side by side: what each is of, and how good; against each other only where they are of the same data."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine import Engine
from engine.evaluation.bootstrap import mean_intervals
from engine.evaluation.cohorts import user_values
from engine.evaluation.tables import MODEL, file_of
from engine.reporting import quality_charts, quality_words
from engine.reporting import quality_facts as facts
from engine.reporting.measures import OURS, measure
from engine.reporting.words import day
from engine.ui import bundles
from engine.ui.bundles import Found
from engine.ui.pictures import downloads, draw
from engine.ui.quality_state import choose_metric
from engine.ui.tables import table
from engine.ui.text import plain

NOTHING = pd.DataFrame()


def compare(engine: Engine, metrics: list[str]) -> None:
    """Draw one metric of every bundle there is, and a table of what each is."""
    metric = choose_metric([name for name in metrics if name in ("ndcg@10", "recall@20", "hit_rate@10")] or metrics[:1])
    what, here = measure(metric), engine.bundle.manifest
    rows = side_by_side(bundles.find(), metric, engine)
    says = quality_words.of_bundles(rows, metric, engine.bundle.name)
    with st.container(key="says"):
        st.markdown(plain(says, 400))
    paired = against(engine, [b for b in bundles.find() if same_data(here, b.manifest)], metric)
    for sentence in paired:
        st.markdown(plain(sentence, 400))
    chart = quality_charts.bundles(rows, what, engine.bundle.name)
    draw(chart, f"{what.title} by bundle. {says}", "quality-bundles")
    downloads("bundles", lambda: rows, lambda: chart, "The circle is the bundle on show.")
    table(
        rows[["bundle", "data", "built", "users judged", "value", "low", "high", "same"]],
        "all-bundles",
        "Bundles with what they are of and how good they are",
        columns={
            "bundle": "Bundle",
            "data": "Data",
            "built": "Built",
            "users judged": "Listeners judged",
            "value": st.column_config.NumberColumn(what.title, format="%.3f"),
            "low": st.column_config.NumberColumn("from", format="%.3f"),
            "high": st.column_config.NumberColumn("to", format="%.3f"),
            "same": st.column_config.CheckboxColumn("Same data"),
        },
    )


def side_by_side(found: list[Found], metric: str, engine: Engine) -> pd.DataFrame:
    """Give a row for each bundle whose manifest can be read and has the metric, the highest value first."""
    rows = []
    for bundle in found:
        figure = facts.figure(facts.ranking(NOTHING, bundle.manifest), OURS, metric)
        if figure is None:
            continue
        data = bundle.manifest.get("data") or {}
        rows.append(
            {
                "bundle": bundle.name,
                "data": f"{data.get('source', 'unknown')}, {data.get('split', 'unknown')} split",
                "built": day(bundle.manifest.get("created")),
                "users judged": (bundle.manifest.get("metrics") or {}).get("users"),
                **figure,
                "same": same_data(engine.bundle.manifest, bundle.manifest),
            }
        )
    columns = ["bundle", "data", "built", "users judged", "value", "low", "high", "same"]
    return pd.DataFrame(rows, columns=columns).sort_values("value", ascending=False, kind="stable", ignore_index=True)


def same_data(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two bundles were judged on the same plays."""
    ours, theirs = (manifest.get("data") or {} for manifest in (one, other))
    keys = ("data_sha256", "split", "seed", "held_out")
    return bool(ours.get("data_sha256")) and all(ours.get(key) == theirs.get(key) for key in keys)


def against(engine: Engine, others: list[Found], metric: str) -> list[str]:
    """Say how the bundle on show stands to each other of the same data, paired by listener."""
    what, says = measure(metric), []
    mine = engine.evaluation.per_user()
    for other in others:
        path = other.folder / file_of("per_user")
        if other.name == engine.bundle.name or mine.empty or not path.is_file():
            continue
        try:
            theirs = user_values(pd.read_parquet(path, columns=["model", "user_id", metric]), metric, MODEL)
        except (OSError, ValueError, KeyError):
            continue
        difference = (user_values(mine, metric, MODEL) - theirs).dropna()
        if len(difference) > 1:
            low, high = (float(bound[0]) for bound in mean_intervals(difference.to_numpy()[:, None]))
            reach = what.interval(low, high, signed=True)
            says.append(
                f"For the {len(difference):,} listeners that both were judged on, this bundle has "
                f"{what.difference(float(difference.mean()))} {reach} against {other.name}."
            )
    return says
