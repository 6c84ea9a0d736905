"""How tests read a chart: its specification, checked against Vega-Lite's schema, with each layer's rows in place."""

from typing import Any

import altair as alt
import pandas as pd

from engine.reporting.charts import Chart, Spec


def read(chart: Chart | Spec) -> dict[str, Any]:
    """Give a chart's specification with its data where they are used."""
    spec = alt.LayerChart.from_dict(chart).to_dict() if isinstance(chart, dict) else chart.to_dict()
    datasets = spec.pop("datasets", {})
    for part in (spec, *spec.get("layer", ())):
        name = part.get("data", {}).get("name")
        if name in datasets:
            part["data"] = {"values": datasets[name]}
    return spec


def rows_of(chart: Chart | Spec, layer: int | None = None) -> pd.DataFrame:
    """Give the rows that a chart, or a layer of it with rows of its own, draws."""
    spec = read(chart)
    part = spec if layer is None or "data" not in spec["layer"][layer] else spec["layer"][layer]
    return pd.DataFrame(part["data"]["values"])
