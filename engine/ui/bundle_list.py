"""The bundles that there are: what each is of, how good, which is on show or in memory, and which can't be opened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from engine.errors import BundleError
from engine.reporting import quality_facts as facts
from engine.reporting.measures import OURS, measure
from engine.reporting.words import count, day
from engine.serving.bundle import open_bundle
from engine.ui import bundles
from engine.ui.address import link, remember
from engine.ui.bundles import Found
from engine.ui.routing import page_named
from engine.ui.tables import table
from engine.ui.text import plain

METRIC = "ndcg@10"


def says(found: Sequence[Found], faults: Sequence[str], shown: str | None) -> str:
    """Say how many bundles there are, which is on show, and whether one is broken; Markdown."""
    if not found:
        return "No bundle is here yet."
    broken = sum(bool(fault) for fault in faults)
    number = "One bundle is here" if len(found) == 1 else f"{count(len(found))} bundles are here"
    on_show = f"; **{plain(shown, 40)}** is on show" if shown else ""
    those = "" if not broken else " One can’t be opened." if broken == 1 else f" {count(broken)} can’t be opened."
    return f"{number}{on_show}.{those}"


def bundle_list(found: Sequence[Found], faults: Sequence[str], shown: str | None) -> None:
    """Draw a row for each bundle, and all of them as a table to download."""
    for bundle, fault in zip(found, faults, strict=True):
        _row(bundle, fault, bundle.name == shown)
    if len(found) > 1:
        st.page_link(
            page_named("quality"),
            label="Compare how good they are",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params=link(q_view="bundles"),
        )
    if found:
        details = st.expander("As a table", key="b_table", bind="query-params")
        if details.open:
            with details:
                rows = [_facts(bundle, fault) for bundle, fault in zip(found, faults, strict=True)]
                table(pd.DataFrame(rows), "bundles", "Bundles with what they are of", columns=_COLUMNS)


_COLUMNS = {"NDCG@10": st.column_config.NumberColumn(format="%.3f")}


def fault_of(bundle: Found) -> str:
    """Say what is wrong with a bundle, looking at every byte of it; nothing if it can be opened."""
    if bundle.fault:
        return bundle.fault
    files = sorted(p for p in bundle.folder.rglob("*") if p.is_file())
    stamp = ";".join(f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files)
    return _checked(str(bundle.folder), bundle.version, stamp)


@st.cache_data(max_entries=200, show_spinner="Checking the bundles …")
def _checked(folder: str, version: str, stamp: str) -> str:
    try:
        open_bundle(Path(folder))
    except BundleError as error:
        return bundles.said(error)
    return ""


def _row(bundle: Found, fault: str, is_shown: bool) -> None:
    with st.container(key=f"row-bundle-{bundle.name}", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(bundle.name, 60)}** &nbsp; {_badges(bundle, fault, is_shown)}")
            with st.container(key=f"meta-bundle-{bundle.name}"):
                st.markdown(plain(fault[:1].upper() + fault[1:] + ".", 400) if fault else _line(bundle))
        if not is_shown and not fault:
            st.button("Open", key=f"show-{bundle.name}", on_click=remember, args=("bundle", bundle.name))


def _badges(bundle: Found, fault: str, is_shown: bool) -> str:
    if fault:
        return ":orange-badge[:material/error: BROKEN]"
    kind = ":orange-badge[SIMULATED]" if bundle.manifest.get("simulated", True) else ":green-badge[REAL DATA]"
    state = " :blue-badge[ON SHOW]" if is_shown else " :gray-badge[in memory]" if bundles.is_loaded(bundle) else ""
    return kind + state


def _line(bundle: Found) -> str:
    facts_ = _facts(bundle, "")
    parts = [f"source {plain(facts_['Source'], 40)}", f"built {facts_['Built']}"]
    parts += [
        f"{count(facts_[name])} {name.lower()}" for name in ("Users", "Songs", "Plays") if facts_[name] is not None
    ]
    if facts_["NDCG@10"] is not None:
        parts.append(f"NDCG@10 {measure(METRIC).write(facts_['NDCG@10'])}")
    parts.append(f"{facts_['MB']:.0f} MB")
    return " · ".join(parts)


def _facts(bundle: Found, fault: str) -> dict[str, Any]:
    manifest = bundle.manifest
    data, counts = manifest.get("data") or {}, manifest.get("counts") or {}
    figure = facts.figure(facts.ranking(pd.DataFrame(), manifest), OURS, METRIC) if manifest else None
    return {
        "Bundle": bundle.name,
        "Source": str(data.get("source", "unknown")),
        "Simulated": bool(manifest.get("simulated", True)) if manifest else None,
        "Built": day(manifest.get("created")),
        "Users": counts.get("users"),
        "Songs": counts.get("songs"),
        "Plays": counts.get("plays"),
        "NDCG@10": None if figure is None else float(figure["value"]),
        "MB": sum(p.stat().st_size for p in bundle.folder.rglob("*") if p.is_file()) / 1e6,
        "Wrong": fault,
    }
