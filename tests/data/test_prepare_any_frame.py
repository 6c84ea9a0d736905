"""Whatever stands in the tables, prepare adds up or says in one sentence which column is to blame."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.config import load_settings
from engine.data import prepared as names
from engine.data.prepare import prepare
from engine.data.prepared import load_prepared
from engine.data.schema import TABLES, Column
from engine.errors import DataError

EXAMPLES = int(os.environ.get("LHYDRA_EXAMPLES") or 200)  # 2,000 now and then, to look further
SETTINGS = load_settings()
COLUMNS = {column.name for table in TABLES.values() for column in table.columns}

ids = st.sampled_from(["a", "b", "c", " a ", "007", "1", "", "é", "None", "nan", "a\nb", '"', "=1+1", "\x00"])
words = st.one_of(
    st.text(max_size=8), st.sampled_from(["rock|pop", "F", "male", "GH", "Queen feat. X", "&amp;", "x" * 3000])
)
numbers = st.one_of(
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.sampled_from(["0", "-1", "0.5", "1,5", "NA", "1e400", "many", "", "12"]),
)
times = st.one_of(
    st.sampled_from(
        ["2020-05-01", "2020-05-01T12:00:00+02:00", "20200501", "2020", "1588291200", "1588291200000", "01/05/2020",
         "soon", "", "NaT", "infinity", "2999-01-01", "0000-00-00", "-5", "9" * 30, "2020-05-01 25:00"]
    ),
    st.integers(-(2**65), 2**65),
    st.floats(),
)  # fmt: skip
CELLS = {"id": ids, "text": words, "number": numbers, "time": times}

arrow_cells = {
    "text": (pa.string(), st.text(max_size=6)),
    "large": (pa.large_string(), st.text(max_size=6)),
    "int": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.uint8(), st.integers(0, 255)),
    "huge": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "float": (pa.float64(), st.floats()),
    "half": (pa.float32(), st.floats(width=32)),
    "bool": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.integers(-(2**31), 2**31 - 1)),
    "day": (pa.date64(), st.integers(-(2**36), 2**36).map(lambda day: day * 86_400_000)),
    "s": (pa.timestamp("s"), st.integers(-(2**53), 2**53)),
    "ms": (pa.timestamp("ms", "Asia/Tokyo"), st.integers(-(2**63), 2**63 - 1)),
    "us": (pa.timestamp("us"), st.integers(-(2**63), 2**63 - 1)),
    "ns": (pa.timestamp("ns", "UTC"), st.integers(-(2**63), 2**63 - 1)),
    "null": (pa.null(), st.none()),
    "list": (pa.list_(pa.int64()), st.lists(st.integers(0, 9), max_size=2)),
    "binary": (pa.binary(), st.binary(max_size=4)),
    "decimal": (pa.decimal128(20, 2), st.decimals(-(10**9), 10**9, places=2)),
    "category": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "b"])),
    "span": (pa.duration("s"), st.integers(0, 9)),
    "time": (pa.time32("s"), st.integers(0, 86_399)),
}


@st.composite
def text_tables(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """Tables of text, as CSV files hold them."""
    return {name: draw(_text_table(name)) for name in ("songs", "plays", *draw(st.sampled_from([("users",), ()])))}


@st.composite
def _text_table(draw: st.DrawFn, name: str) -> pd.DataFrame:
    columns = [c for c in TABLES[name].columns if c.required or draw(st.booleans())]
    rows = draw(st.integers(0, 6))
    cells = {c.name: draw(st.lists(CELLS[c.kind].map(str), min_size=rows, max_size=rows)) for c in columns}
    return pd.DataFrame(cells, dtype="str")


@st.composite
def typed_tables(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Tables of Arrow, a few columns of a type that nobody would expect."""
    return {name: draw(_typed_table(name)) for name in ("songs", "plays", *draw(st.sampled_from([("users",), ()])))}


@st.composite
def _typed_table(draw: st.DrawFn, name: str) -> pa.Table:
    rows = draw(st.integers(0, 6))
    table = {}
    for column in TABLES[name].columns:
        if column.required or draw(st.booleans()):
            table[column.name] = draw(_column(column, rows))
    return pa.table(table)


@st.composite
def _column(draw: st.DrawFn, column: Column, rows: int) -> Any:
    if column.kind == "id" and draw(st.integers(0, 4)):
        return pa.array(draw(st.lists(ids, min_size=rows, max_size=rows)), pa.string())
    kind, cells = arrow_cells[draw(st.sampled_from(sorted(arrow_cells)))]
    values = draw(st.lists(st.one_of(st.none(), cells), min_size=rows, max_size=rows))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        return pa.array(values, whole).cast(kind)
    return pa.array(values, kind)


def adds_up(folder: Path) -> None:
    try:
        quality = prepare("tables", folder, folder / "p", SETTINGS)
    except DataError as error:
        said = str(error)
        assert "\n" not in said
        assert any(column in said for column in COLUMNS) or "no rows" in said or "header" in said, said
        assert not (folder / "p").exists()
        return
    tables = [quality[name] for name in ("users", "songs", "plays") if name in quality]
    assert all(t["kept"] + t["rejected"] == t["rows_in"] for t in tables), quality
    rejects = pq.read_table(folder / "p" / names.REJECTS)
    assert len(rejects) == sum(t["rejected"] for t in tables)
    prepared = load_prepared(folder / "p")
    assert len(prepared.plays) == quality["plays"]["kept"] - quality["plays"]["summed"]
    assert prepared.plays["play_count"].between(0, 1e9 * 7, inclusive="right").all()
    assert prepared.plays["user_index"].between(0, len(prepared.users) - 1).all()
    assert prepared.plays["song_index"].between(0, len(prepared.songs) - 1).all()


@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text_tables())
def test_any_text_in_the_columns_adds_up_or_is_refused(tables: dict[str, pd.DataFrame]) -> None:
    with tempfile.TemporaryDirectory() as name:
        for table, frame in tables.items():
            frame.to_csv(Path(name) / f"{table}.csv", index=False)
        adds_up(Path(name))


@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(typed_tables())
def test_any_types_in_the_columns_add_up_or_are_refused(tables: dict[str, pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as name:
        for table, cells in tables.items():
            pq.write_table(cells, Path(name) / f"{table}.parquet")
        adds_up(Path(name))
