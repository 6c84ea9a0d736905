"""A bundle's evaluation: tables that are there, and calm emptiness where they are not."""

import pandas as pd
import pytest

from engine.evaluation.tables import COLUMNS, file_of
from engine.serving.bundle import Bundle
from engine.serving.evaluation_record import EvaluationRecord


def test_a_bundle_without_an_evaluation_gives_empty_tables_with_their_columns(tmp_path) -> None:
    record = EvaluationRecord(Bundle(tmp_path, {"files": {}}))
    assert not record.there
    for name, frame in (
        ("per_user", record.per_user()),
        ("cohort_members", record.members()),
        ("metrics", record.metrics()),
        ("comparisons", record.comparisons()),
        ("slices", record.slices()),
        ("cohorts", record.cohorts()),
        ("bias", record.bias()),
        ("roc", record.curves("roc")),
    ):
        assert frame.empty
        assert tuple(frame.columns) == COLUMNS[name]
    assert record.summary() == {}
    with pytest.raises(ValueError, match="calibration"):
        record.curves("lift")


def test_a_table_that_lost_a_column_counts_as_absent(tmp_path) -> None:
    (tmp_path / "evaluation").mkdir()
    pd.DataFrame({"model": ["lhydra"]}).to_parquet(tmp_path / file_of("metrics"))
    record = EvaluationRecord(Bundle(tmp_path, {"files": {file_of("metrics"): ""}}))
    assert record.metrics().empty
    assert tuple(record.metrics().columns) == COLUMNS["metrics"]
