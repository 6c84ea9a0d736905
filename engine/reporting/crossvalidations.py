"""Cross-validations that lie beside a bundle: found by the data they are of, read, and never trusted to be whole."""

from pathlib import Path
from typing import Any

import pandas as pd

from engine.data.whole import read_json
from engine.reporting.quality_words import of_folds

TABLE, SUMMARY = "crossval.parquet", "crossval.json"
Found = tuple[str, pd.DataFrame, dict[str, Any]]


def crossvalidations(folder: Path, data_sha256: str | None) -> list[Found]:
    """Give the cross-validations in the folders of `folder` that are of some data: name, a row a fold, summary."""
    found: list[Found] = []
    for path in sorted(folder.glob(f"*/{SUMMARY}")):
        summary = read_json(path)
        try:
            if data_sha256 and summary["request"]["data"]["data_sha256"] == data_sha256:
                table = pd.read_parquet(path.with_name(TABLE))
                of_folds(table, summary)  # whole enough to be spoken of
                found.append((path.parent.name, table, summary))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found
