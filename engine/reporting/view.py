"""What is on show on a page as a report of its own: the choices made, the sentence, the chart and its rows."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from engine.reporting.charts import Chart, Spec
from engine.reporting.document import Document, Figure, Section, Table
from engine.reporting.on_show import View
from engine.reporting.report import facts_of

MOST_ROWS = 2_000


def view_report(
    view: View, chart: Chart | Spec, rows: pd.DataFrame, bundle: str, manifest: Mapping[str, Any], address: str = ""
) -> Document:
    """Write a view as a report; `address` shows it again in the app."""
    table = Table.of("The figures", _as_text(rows.head(MOST_ROWS)), _numbers(rows), folded=len(rows) > 30)
    left = len(rows) - MOST_ROWS
    notes = [f"Shown again by {address}"] if address else []
    notes += [f"{left:,} more rows are in the CSV."] if left > 0 else []
    section = Section("view", "On show", tuple(view.chosen), (Figure(chart, view.says),), (table,), notes=tuple(notes))
    simulated = bool(manifest.get("simulated", True))
    return Document(view.title, facts_of(bundle, manifest), simulated, (section,))


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    texts = {name: rows[name].map(_cell, na_action=None) for name in rows.columns}
    return pd.DataFrame({str(name).replace("_", " "): column for name, column in texts.items()})


def _numbers(rows: pd.DataFrame) -> list[str]:
    return [str(name).replace("_", " ") for name in rows.columns if pd.api.types.is_numeric_dtype(rows[name])]


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
