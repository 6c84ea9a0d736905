"""A bundle's record of its data: whatever is missing, and rejected rows that are never read whole."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from engine.serving.bundle import COVERAGE, QUALITY, REJECTS, Bundle
from engine.serving.data_record import ROWS_A_BATCH, DataRecord


@pytest.fixture
def folder(small_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle, tmp_path / "small"))


def load(folder: Path) -> DataRecord:
    return DataRecord.load(Bundle(folder, {"files": {}}))


def write_rejects(folder: Path, n: int, line: object = 1) -> None:
    reasons = ["even" if i % 2 == 0 else "odd" for i in range(n)]
    columns = {"table": "plays", "file": "plays.csv", "line": line, "reason": reasons, "content": "{}"}
    pd.DataFrame(columns, index=range(n)).to_parquet(folder / REJECTS, row_group_size=ROWS_A_BATCH * 2)


def test_every_row_is_kept_or_rejected(folder: Path):
    record = load(folder)
    assert [table.name for table in record.tables] == ["users", "songs", "plays"]
    assert all(table.kept + table.rejected == table.rows_in for table in record.tables)
    assert record.rows_in == sum(table.rows_in for table in record.tables)


def test_batches_hold_every_row_of_a_reason_once(folder: Path):
    write_rejects(folder, 3 * ROWS_A_BATCH + 1)
    record = load(folder)
    assert sum(map(len, record.reject_batches())) == 3 * ROWS_A_BATCH + 1
    assert max(map(len, record.reject_batches())) <= ROWS_A_BATCH
    assert sum(map(len, record.reject_batches("plays", "odd"))) == (3 * ROWS_A_BATCH) // 2
    assert not list(record.reject_batches("songs"))


def test_the_first_rows_are_as_many_as_asked(folder: Path):
    write_rejects(folder, 2 * ROWS_A_BATCH)
    first = load(folder).first_rejects("plays", "odd", most=7)
    assert list(first.columns) == ["table", "file", "line", "reason", "content"]
    assert list(first["reason"]) == ["odd"] * 7
    assert len(load(folder).first_rejects(most=300)) == 300


def test_a_line_may_be_unknown(folder: Path):
    write_rejects(folder, 4, line=None)
    assert load(folder).first_rejects()["line"].isna().all()


def test_no_rejected_rows_are_an_empty_table(folder: Path):
    write_rejects(folder, 0)
    assert load(folder).first_rejects().empty


def test_a_missing_file_is_a_sentence(folder: Path):
    for name in (QUALITY, COVERAGE, REJECTS):
        (folder / name).unlink(missing_ok=True)
    record = load(folder)
    assert record.faults[COVERAGE] == "This bundle holds no coverage.parquet; build it again to see this"
    assert record.tables == ()
    assert record.coverage.empty
    assert not list(record.reject_batches())


@pytest.mark.parametrize("text", ["{", "[]", '{"users": 3}', '{"users": {"rows_in": "many"}}'])
def test_a_file_that_cannot_be_read_is_a_sentence(folder: Path, text: str):
    (folder / QUALITY).write_text(text)
    (folder / COVERAGE).write_text(text)
    record = load(folder)
    assert "can’t be read" in record.faults[COVERAGE]
    assert record.tables == ()
