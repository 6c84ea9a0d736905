"""What a bundle knows of the data it was built from: counts, rejected rows, coverage, distributions.

All of it was computed when the bundle was built. Rejected rows may be millions, so they are read in batches only.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.errors import BundleError
from engine.serving.bundle import COVERAGE, DISTRIBUTIONS, QUALITY, REJECTS, SAME_SONGS, Bundle

TABLES = ("users", "songs", "plays")
ROWS_A_BATCH = 20_000
_REJECTS = ("table", "file", "line", "reason", "content")
_COLUMNS = {
    COVERAGE: ("table", "feature", "known", "known_plays", "used"),
    DISTRIBUTIONS: ("variable", "table", "kind", "label", "low", "high", "count"),
    SAME_SONGS: ("song_id", "same_as", "title", "artist"),
}
_T = TypeVar("_T")


@dataclass(frozen=True)
class TableRecord:
    """What became of the rows of one table; `kept + rejected == rows_in`."""

    name: str
    files: tuple[str, ...]
    rows_in: int
    kept: int
    rejected: int
    rejected_by_reason: dict[str, int]
    repaired: dict[str, int]
    summed: int | None
    unknown_columns: tuple[str, ...]

    @classmethod
    def read(cls, name: str, values: dict[str, Any]) -> "TableRecord":
        """Read a table's part of `quality.json`."""
        return cls(
            name=name,
            files=tuple(map(str, values.get("files", ()))),
            rows_in=int(values["rows_in"]),
            kept=int(values["kept"]),
            rejected=int(values["rejected"]),
            rejected_by_reason={str(k): int(v) for k, v in values.get("rejected_by_reason", {}).items()},
            repaired={str(k): int(v) for k, v in values.get("repaired", {}).items()},
            summed=int(values["summed"]) if "summed" in values else None,
            unknown_columns=tuple(map(str, values.get("unknown_columns", ()))),
        )


Quality = tuple[dict[str, Any], tuple[TableRecord, ...]]


@dataclass(frozen=True)
class DataRecord:
    """A bundle's record of its data.

    `quality` is the bundle's `quality.json` as it is, and `tables` its part for each table that was loaded. A file that
    the bundle lacks is empty here, and `faults` holds a sentence for it under its name.
    """

    quality: dict[str, Any]
    tables: tuple[TableRecord, ...]
    coverage: pd.DataFrame
    distributions: pd.DataFrame
    same_songs: pd.DataFrame
    faults: dict[str, str] = field(default_factory=dict)
    _rejects: Path | None = None

    @classmethod
    def load(cls, bundle: Bundle) -> "DataRecord":
        """Read a bundle's record; never fails for what is missing or can't be read."""
        faults: dict[str, str] = {}

        def read(name: str, reader: Callable[[Path], _T], otherwise: _T) -> _T:
            if not bundle.path(name).is_file():
                faults[name] = f"This bundle holds no {name}; build it again to see this"
                return otherwise
            try:
                return reader(bundle.path(name))
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                faults[name] = f"This bundle’s {name} can’t be read; build it again to see this"
                return otherwise

        nothing: Quality = ({}, ())
        quality, tables = read(QUALITY, _read_quality, nothing)
        frames = {
            name: read(name, partial(pd.read_parquet, columns=list(columns)), _empty(columns))
            for name, columns in _COLUMNS.items()
        }
        read(REJECTS, pq.read_schema, None)
        return cls(
            quality=quality,
            tables=tables,
            coverage=frames[COVERAGE],
            distributions=frames[DISTRIBUTIONS],
            same_songs=frames[SAME_SONGS],
            faults=faults,
            _rejects=None if REJECTS in faults else bundle.path(REJECTS),
        )

    @property
    def rows_in(self) -> int:
        """Rows of all tables as read."""
        return sum(table.rows_in for table in self.tables)

    @property
    def rejected(self) -> int:
        """Rejected rows of all tables."""
        return sum(table.rejected for table in self.tables)

    @property
    def repaired(self) -> int:
        """Repaired values of all tables."""
        return sum(sum(table.repaired.values()) for table in self.tables)

    @property
    def features_off(self) -> list[str]:
        """Features that the model does without, since no train play knows them."""
        return [str(name) for name in self.quality.get("features_off", ())]

    @property
    def variables(self) -> list[str]:
        """Names of the variables that have a distribution, in the order they were written in."""
        return [str(name) for name in self.distributions["variable"].unique()]

    def distribution(self, variable: str) -> pd.DataFrame:
        """Rows of one variable's distribution."""
        return self.distributions[self.distributions["variable"] == variable].reset_index(drop=True)

    def reject_batches(self, table: str | None = None, reason: str | None = None) -> Iterator[pd.DataFrame]:
        """Give rejected rows of a table, for a reason, or all of them, in batches of at most 20,000 rows.

        Raises
        ------
        BundleError
            The file can't be read.
        """
        if self._rejects is None:
            return
        try:
            with pq.ParquetFile(self._rejects) as file:
                for batch in file.iter_batches(ROWS_A_BATCH, columns=list(_REJECTS)):
                    for column, wanted in (("table", table), ("reason", reason)):
                        if wanted is not None and batch.num_rows:
                            batch = batch.filter(pc.equal(batch.column(column), wanted))
                    if batch.num_rows:
                        rows = batch.to_pandas()
                        yield rows.assign(line=rows["line"].astype("Int64"))
        except (OSError, ValueError) as error:
            raise BundleError(f"{self._rejects}: can't be read; build the bundle again") from error

    def first_rejects(self, table: str | None = None, reason: str | None = None, most: int = 200) -> pd.DataFrame:
        """Give the first rejected rows of a table, for a reason, or of all."""
        found: list[pd.DataFrame] = []
        for batch in self.reject_batches(table, reason):
            found.append(batch.head(most - sum(map(len, found))))
            if sum(map(len, found)) >= most:
                break
        return pd.concat(found, ignore_index=True) if found else _empty(_REJECTS)


def _read_quality(path: Path) -> Quality:
    quality: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return quality, tuple(TableRecord.read(name, quality[name]) for name in TABLES if name in quality)


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
