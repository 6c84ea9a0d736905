"""Moments at ranks of time among more plays than memory holds: exact order statistics in two passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

_BITS = 32  # of microseconds that times of one block share: 72 minutes


@dataclass(frozen=True)
class TimeLine:
    """Times of plays in Parquet files with a column `played_at`; `plays` counts all, `dated` those with a time."""

    con: duckdb.DuckDBPyConnection
    files: Sequence[Path]
    plays: int
    dated: int

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> "TimeLine":
        """Count the plays of these files."""
        ((plays, dated),) = con.execute(
            "SELECT count(*), count(played_at) FROM read_parquet($files)", {"files": [str(f) for f in files]}
        ).fetchall()
        return cls(con, files, plays, dated)

    @property
    def varies(self) -> bool:
        """Whether there are more than two different times."""
        found = self._run("SELECT DISTINCT played_at FROM read_parquet($files) WHERE played_at IS NOT NULL LIMIT 3")
        return len(found["played_at"]) > 2

    def moments(self, ranks: Sequence[int]) -> list[np.datetime64]:
        """Give the times at these ranks (from 0) of all dated plays in order of time."""
        block = f"(epoch_us(played_at) >> {_BITS})"
        counts = self._run(
            f"""SELECT {block} AS block, count(*) AS n FROM read_parquet($files)
            WHERE played_at IS NOT NULL GROUP BY 1 ORDER BY 1"""
        )
        ends = np.cumsum(counts["n"])
        at = np.searchsorted(ends, ranks, side="right")
        wanted = ", ".join(str(b) for b in np.unique(counts["block"][at]))
        times = self._run(
            f"""SELECT epoch_us(played_at) AS time, count(*) AS n FROM read_parquet($files)
            WHERE {block} IN ({wanted}) GROUP BY 1 ORDER BY 1"""
        )
        found: list[np.datetime64] = []
        for rank, place in zip(ranks, at, strict=True):
            inside = times["time"] >> _BITS == counts["block"][place]
            before = ends[place] - counts["n"][place]
            row = np.searchsorted(np.cumsum(times["n"][inside]), rank - before, side="right")
            found.append(np.datetime64(int(times["time"][inside][row]), "us"))
        return found

    def _run(self, query: str) -> dict[str, np.ndarray]:
        return self.con.execute(query, {"files": [str(f) for f in self.files]}).fetchnumpy()
