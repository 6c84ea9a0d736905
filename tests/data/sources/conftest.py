"""What tests of sources share: a raw table's cells as a frame, and files written in one line."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fixture_types import Collect, Write

from engine.data.raw import RawTable


@pytest.fixture
def cells() -> Collect:
    """Collects a raw table's batches into a frame indexed by line; `attrs["malformed"]` holds (file, line, text)."""

    def collect(table: RawTable | None) -> pd.DataFrame:
        assert table is not None
        batches = list(table.batches())
        frame = pa.concat_tables([b.table for b in batches], promote_options="permissive").to_pandas()
        frame.index = pd.Index(np.concatenate([b.lines for b in batches]))
        frame.attrs["malformed"] = [(b.file, row.line, row.text) for b in batches for row in b.malformed]
        return frame

    return collect


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes `text` as file `name` of the test's folder and gives the folder."""

    def file(name: str, text: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return tmp_path

    return file
