"""What a report is made from: a bundle's manifest and tables, empty where the bundle has none."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from engine.evaluation.tables import empty_table
from engine.reporting import quality_facts as facts
from engine.reporting.crossvalidations import Found

ABLATION_COLUMNS = ("variant", "ndcg@10", "difference", "low", "high")
Record = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """A bundle's facts. The tables are those of `engine/evaluation/tables.py`, `quality` is `quality.json`."""

    name: str
    manifest: Record
    quality: Record = field(default_factory=dict)
    coverage: pd.DataFrame = field(default_factory=pd.DataFrame)
    training: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: Record = field(default_factory=dict)
    metrics: pd.DataFrame = field(default_factory=partial(empty_table, "metrics"))
    compared: pd.DataFrame = field(default_factory=partial(empty_table, "comparisons"))
    cohorts: pd.DataFrame = field(default_factory=partial(empty_table, "cohorts"))
    slices: pd.DataFrame = field(default_factory=partial(empty_table, "slices"))
    bias: pd.DataFrame = field(default_factory=partial(empty_table, "bias"))
    calibration: pd.DataFrame = field(default_factory=partial(empty_table, "calibration"))
    roc: pd.DataFrame = field(default_factory=partial(empty_table, "roc"))
    precision_recall: pd.DataFrame = field(default_factory=partial(empty_table, "precision_recall"))
    folds: tuple[Found, ...] = ()
    ablations: pd.DataFrame | None = None

    @property
    def ranking(self) -> pd.DataFrame:
        """Metrics by model, of the evaluation or the manifest."""
        return facts.ranking(self.metrics, self.manifest)

    @property
    def comparisons(self) -> pd.DataFrame:
        """The model less each baseline, of the evaluation or the manifest."""
        return facts.comparisons(self.compared, self.manifest)

    @property
    def data(self) -> Record:
        """What the manifest says of the data."""
        return self.manifest.get("data") or {}

    @property
    def config(self) -> Record:
        """The settings that the bundle was built with."""
        return self.manifest.get("config") or {}

    @property
    def simulated(self) -> bool:
        """Whether the data are invented; what does not say so counts as invented."""
        return bool(self.manifest.get("simulated", True))
