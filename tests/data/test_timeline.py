import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from engine.data.sql import connect
from engine.data.timeline import TimeLine

HOUR = 3_600_000_000


@given(st.lists(st.one_of(st.none(), st.integers(0, 40 * HOUR)), min_size=1, max_size=60), st.data())
def test_a_moment_is_the_one_that_sorting_would_find(times: list[int | None], data: st.DataObject) -> None:
    dated = sorted(t for t in times if t is not None)
    with tempfile.TemporaryDirectory() as name, connect() as con:
        folder = Path(name)
        halves = [times[: len(times) // 2], times[len(times) // 2 :]]
        for number, half in enumerate(halves):
            pq.write_table(pa.table({"played_at": pa.array(half, pa.timestamp("us"))}), folder / f"{number}.parquet")
        line = TimeLine.of(con, [folder / "0.parquet", folder / "1.parquet"])
        assert (line.plays, line.dated) == (len(times), len(dated))
        assert line.varies == (len(set(dated)) > 2)
        if dated:
            ranks = data.draw(st.lists(st.integers(0, len(dated) - 1), min_size=1, max_size=4))
            assert line.moments(ranks) == [np.datetime64(dated[rank], "us") for rank in ranks]
