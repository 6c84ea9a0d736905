"""The record of a cleaning: for each table what came in, what was kept, and every rejected row with its reason."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from engine.data.raw import Malformed

MOST_REASONS = 50

REJECTS_SCHEMA = pa.schema(
    [("table", pa.string()), ("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()),
     ("content", pa.string())]
)  # fmt: skip


@dataclass
class TableRecord:
    """Counts of one table, which add up: `kept` + the rejected = `rows_in`.

    `repaired` counts values made unknown or brought right, `missing` the kept rows without a value, both by column.
    """

    files: list[str] = field(default_factory=list)
    rows_in: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    unknown_columns: list[str] = field(default_factory=list)

    def read(self, file: str, rows: int, unknown_columns: Iterable[str]) -> None:
        """Count rows that were read from a file."""
        self.rows_in += rows
        if file not in self.files:
            self.files.append(file)
        self.unknown_columns += [name for name in unknown_columns if name not in self.unknown_columns]

    def add(self, other: "TableRecord") -> None:
        """Add the counts of further rows of the same table."""
        self.read("", other.rows_in, other.unknown_columns)
        self.files = list(dict.fromkeys([f for f in self.files if f] + other.files))
        self.kept += other.kept
        self.rejected.update(other.rejected)
        self.repaired.update(other.repaired)
        self.missing.update(other.missing)

    def summary(self) -> dict[str, Any]:
        """Give the record as the quality file holds it."""
        return {
            "files": self.files,
            "rows_in": self.rows_in,
            "kept": self.kept,
            "rejected": sum(self.rejected.values()),
            "rejected_by_reason": dict(self.rejected.most_common(MOST_REASONS)),
            "repaired": dict(self.repaired.most_common()),
            "unknown_columns": self.unknown_columns,
            "missing_share": {name: round(n / max(self.kept, 1), 4) for name, n in self.missing.items()},
        }

    def why(self) -> str:
        """Say why nothing is left, as the end of a sentence."""
        if not self.rejected:
            return "; the file has a header and no rows"
        (reason, n), *_ = self.rejected.most_common(1)
        return f"; {n:,} row{'s were' if n > 1 else ' was'} rejected because: {reason}"

    def to_json(self) -> dict[str, Any]:
        """Give the record as JSON holds it, to go on from."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "TableRecord":
        """Read what `to_json` gave."""
        counters = {name: Counter(values[name]) for name in ("rejected", "repaired", "missing")}
        return cls(**{**values, **counters})


def reject_table(
    table: str, file: str, lines: Sequence[int], reasons: Sequence[str], content: Sequence[str]
) -> pa.Table:
    """Give rejected rows of one file as Arrow."""
    n = len(lines)
    columns = [[table] * n, [file] * n, list(lines), list(reasons), list(content)]
    return pa.table(columns, schema=REJECTS_SCHEMA)


def malformed_table(table: str, file: str, malformed: Sequence[Malformed]) -> pa.Table:
    """Give rows whose fields can't be told apart as rejects."""
    return reject_table(
        table, file, [m.line for m in malformed], [m.reason for m in malformed], [m.text for m in malformed]
    )


def content_of(cells: pa.Table) -> list[str]:
    """Write each row as JSON, whatever its cells are."""
    columns = {name: _values(cells.column(name)) for name in cells.column_names}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [json.dumps(row, ensure_ascii=False, default=str) for row in rows]


def _values(column: pa.ChunkedArray) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [
            None if cell is None else cell.decode("utf-8", "replace") for cell in column.cast(pa.binary()).to_pylist()
        ]
    except (ValueError, OverflowError):  # a moment that Python has no date for
        whole = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
        return [None if cell is None else str(cell) for cell in column.cast(whole).to_pylist()]
