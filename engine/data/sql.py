"""DuckDB as the data room uses it: bounded in memory, times in UTC, results as Arrow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb


def connect(
    memory: int | None = None, threads: int | None = None, spill: Path | None = None
) -> "duckdb.DuckDBPyConnection":
    """Open an in-memory database.

    Parameters
    ----------
    memory
        Bytes it may use before it goes to disk; None leaves DuckDB's own default.
    threads
        None is one a core.
    spill
        Folder for what doesn't fit.
    """
    import duckdb  # a fifth of a second and 13 MB, which what only serves has no use for

    # Nothing is to be fetched or installed at run time.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if memory is not None:
        settings["memory_limit"] = f"{max(memory >> 20, 64)}MiB"
    if threads is not None:
        settings["threads"] = threads
    if spill is not None:
        settings["temp_directory"] = str(spill)
    con = duckdb.connect(config=settings)
    con.execute("SET TimeZone = 'UTC'")
    return con


def arrow(con: "duckdb.DuckDBPyConnection", query: str, parameters: dict[str, Any] | None = None) -> pa.Table:
    """Run a query and give all its rows as Arrow."""
    return con.sql(query, params=parameters).to_arrow_table()
