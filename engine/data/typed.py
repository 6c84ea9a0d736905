"""SQL that types the cells of a raw table, whatever they were read as: ids, text, numbers, times.

The same expressions serve all three tables, so that an id is trimmed in plays exactly as it is in users. Cells that
can't be read become NULL; whether a cell was given at all is told apart by `given`.
"""

import pyarrow as pa
import pyarrow.compute as pc

from engine.data.raw import RawBatch, missing_column, quoted
from engine.data.schema import Column, Table
from engine.errors import DataError

_SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# What programs write into a cell of numbers or times for "nothing".
_NOTHING = ("na", "n/a", "nan", "nat", "null", "none", "\\n", "-", "?")
_MICROSECONDS = 1_000_000
_YEARS = (-62_135_596_800, 253_402_300_799)  # Unix seconds in which the year 1 begins and 9999 ends


def plain_table(batch: RawBatch, table: Table) -> pa.Table:
    """Bring the known columns of a batch to types that SQL reads alike: text, integers, floats, naive UTC times.

    Raises
    ------
    DataError
        A required column is missing, or a column holds what no cell should (lists, say).
    """
    names = batch.table.column_names
    for column in table.required:
        if column not in names:
            raise missing_column(batch.file, column, names)
    known = [name for name in table.names if name in names]
    return pa.table({name: _plain(batch, name) for name in known}).append_column("_line", pa.array(batch.lines))


def expression(column: Column, schema: pa.Schema) -> str:
    """Give the SQL expression of a column's typed cell, NULL where it is missing or can't be read."""
    if column.name not in schema.names:
        return f"CAST(NULL AS {_SQL_TYPES[column.kind]})"
    cell, kind = quoted(column.name), schema.field(column.name).type
    if column.kind in ("id", "text"):
        return _text(cell, kind)
    return _number(cell, kind) if column.kind == "number" else _time(cell, kind)


def given(column: Column, schema: pa.Schema) -> str:
    """Give the SQL expression that tells whether a cell of numbers or times holds anything, readable or not."""
    if column.name not in schema.names:
        return "FALSE"
    cell, kind = quoted(column.name), schema.field(column.name).type
    if pa.types.is_string(kind):
        nothing = ", ".join(f"'{word}'" for word in _NOTHING)
        return f"(coalesce({_trimmed(cell)}, '') != '' AND lower({_trimmed(cell)}) NOT IN ({nothing}))"
    if pa.types.is_floating(kind):
        return f"({cell} IS NOT NULL AND NOT isnan({cell}))"
    return f"({cell} IS NOT NULL)"


def select_typed(table: Table, schema: pa.Schema) -> str:
    """Give a SELECT over `raw` with `_line`, each column typed, and `given_…` for each number and time."""
    columns = ["_line", *(f"{expression(c, schema)} AS {quoted(c.name)}" for c in table.columns)]
    columns += [f"{given(c, schema)} AS given_{c.name}" for c in table.columns if c.kind in ("number", "time")]
    return f"SELECT {', '.join(columns)} FROM raw"


_SQL_TYPES = {"id": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE", "time": "TIMESTAMP"}


def _plain(batch: RawBatch, name: str) -> pa.ChunkedArray:
    cells = batch.table.column(name)
    kind = cells.type
    try:
        if pa.types.is_dictionary(kind):
            cells, kind = cells.cast(kind.value_type), kind.value_type
        if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            return cells.cast(pa.string())
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
            return cells.cast(pa.binary()).cast(pa.string())
        if pa.types.is_float16(kind):
            return cells.cast(pa.float32())
        if pa.types.is_decimal(kind):
            return cells.cast(pa.string())
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return _microseconds(cells)
    except pa.ArrowException as error:
        raise DataError(f"{batch.file}: column {name!r} can't be read ({str(error).splitlines()[0][:120]})") from error
    simple = (
        pa.types.is_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean
    )  # fmt: skip
    if not any(test(kind) for test in simple):
        raise DataError(f"{batch.file}: column {name!r} holds {kind}; it has to hold text, numbers or times")
    return cells


def _microseconds(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bring times of any unit to microseconds, UTC; those beyond the years 1 to 9999 to their ends, not to an error."""
    kind = cells.type
    if pa.types.is_date32(kind):
        cells, in_a_second = cells.cast(pa.int32()), 1 / 86_400
    elif pa.types.is_date64(kind):
        in_a_second = 1_000
    else:
        in_a_second = {"s": 1, "ms": 1_000, "us": _MICROSECONDS, "ns": 1_000 * _MICROSECONDS}[kind.unit]
    count = cells.cast(pa.int64())
    if in_a_second > _MICROSECONDS:  # nanoseconds reach no further than the year 2262
        return pc.divide(count, 1_000).cast(pa.timestamp("us"))
    low, high = (int(second * in_a_second) for second in _YEARS)
    count = pc.min_element_wise(pc.max_element_wise(count, low, skip_nulls=False), high, skip_nulls=False)
    count = pc.multiply(count, int(_MICROSECONDS / in_a_second))
    return count.cast(pa.timestamp("us"))


def _trimmed(cell: str) -> str:
    return f"trim({cell}, '{_SPACES}')"


def _text(cell: str, kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return f"nullif({_trimmed(cell)}, '')"
    if pa.types.is_floating(kind):
        # An integer column with a gap arrives as floats: 12.0 is the id 12.
        whole = f"{cell} = floor({cell}) AND abs({cell}) < 9e15"
        return (
            f"CASE WHEN isnan({cell}) THEN NULL WHEN {whole} THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({cell} AS VARCHAR) END"
        )
    return f"CAST({cell} AS VARCHAR)"


def _number(cell: str, kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "CAST(NULL AS DOUBLE)"
    number = f"TRY_CAST({_trimmed(cell)} AS DOUBLE)" if pa.types.is_string(kind) else f"CAST({cell} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _time(cell: str, kind: pa.DataType) -> str:
    """Read ISO 8601 (extended, or basic as 20240229; a year or a month alone begin it) or Unix seconds, as UTC."""
    if pa.types.is_timestamp(kind):
        return cell
    if pa.types.is_boolean(kind):
        return "CAST(NULL AS TIMESTAMP)"
    text = _trimmed(cell) if pa.types.is_string(kind) else f"CAST({cell} AS VARCHAR)"
    seconds = f"TRY_CAST({text} AS DOUBLE)"
    day = f"TRY_CAST({seconds} AS BIGINT)"
    # Eight digits are a day: as Unix seconds they would lie in 1970. Four are a year.
    basic = f"try_strptime(CAST({day} AS VARCHAR), '%Y%m%d')"
    iso = (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN TRY_CAST({text} || '-01-01' AS TIMESTAMP) "
        f"WHEN regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}') THEN TRY_CAST({text} || '-01' AS TIMESTAMP) "
        f"WHEN regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') "
        f"THEN TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
    )
    return (
        f"CASE WHEN {seconds} BETWEEN 19000101 AND 21001231 AND {basic} IS NOT NULL THEN {basic} "
        f"WHEN abs({seconds}) > 9999 AND abs({seconds}) < 1e11 "
        f"THEN make_timestamp(CAST({seconds} * {_MICROSECONDS} AS BIGINT)) "
        f"ELSE {iso} END"
    )
