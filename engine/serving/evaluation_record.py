"""What a bundle knows of how good its model is: the tables of its evaluation, each read when first asked for.

A bundle that was built before these tables has none of them; they are empty then, with the right columns.
"""

from functools import cache
from typing import Any

import pandas as pd

from engine.data.whole import read_json
from engine.evaluation.tables import COLUMNS, SUMMARY, empty_table, file_of
from engine.serving.bundle import Bundle
from engine.serving.tables import read_bundle_table

CURVES = ("calibration", "roc", "precision_recall")


class EvaluationRecord:
    """A bundle's evaluation. The frames are shared: copy one before changing it."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._read = cache(self._table)

    @property
    def there(self) -> bool:
        """Whether the bundle has been evaluated user by user."""
        return file_of("per_user") in self._bundle.manifest["files"]

    def per_user(self) -> pd.DataFrame:
        """Metrics of each model for each user judged: `model`, `user_id`, a column a metric."""
        return self._read("per_user")

    def members(self) -> pd.DataFrame:
        """Which cohorts each user is in: `user_id`, a column an attribute."""
        return self._read("cohort_members")

    def metrics(self) -> pd.DataFrame:
        """Means with intervals: `model`, `metric`, `value`, `low`, `high`, `users`."""
        return self._read("metrics")

    def comparisons(self) -> pd.DataFrame:
        """The model against each baseline, paired: `baseline`, `metric`, `difference`, `low`, `high`, `p`, …"""
        return self._read("comparisons")

    def slices(self) -> pd.DataFrame:
        """Cohorts found by search that do worse than the rest, the worst first."""
        return self._read("slices")

    def cohorts(self) -> pd.DataFrame:
        """Every cohort of one attribute, every metric."""
        return self._read("cohorts")

    def bias(self) -> pd.DataFrame:
        """Popularity of what cohorts play and of what they are recommended."""
        return self._read("bias")

    def curves(self, name: str) -> pd.DataFrame:
        """A curve of the prediction layer: `calibration`, `roc` or `precision_recall`."""
        if name not in CURVES:
            raise ValueError(f"no curve {name!r}; there are {', '.join(CURVES)}")
        return self._read(name)

    def summary(self) -> dict[str, Any]:
        """Notes on the evaluation; empty where there is none."""
        found = read_json(self._bundle.path(SUMMARY)) if SUMMARY in self._bundle.manifest["files"] else None
        return found if isinstance(found, dict) else {}

    def _table(self, name: str) -> pd.DataFrame:
        if file_of(name) not in self._bundle.manifest["files"]:
            return empty_table(name)
        try:
            frame = read_bundle_table(self._bundle.path(file_of(name)))
        except (OSError, ValueError):
            return empty_table(name)
        return frame if set(COLUMNS[name]) <= set(frame.columns) else empty_table(name)
