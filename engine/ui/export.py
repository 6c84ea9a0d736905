"""Tables as CSV that a spreadsheet may open safely."""

import gzip
from collections.abc import Iterable
from contextlib import nullcontext
from io import BytesIO

import pandas as pd

MOST_PLAIN_ROWS = 200_000  # a longer file is zipped: Streamlit keeps a download in memory until it is fetched
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones count in some locales

# As RFC 4180 has it; with a bare "\n" a lone "\r" within a cell would not be quoted, and would begin a new row.
_END = "\r\n"


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV; text that a spreadsheet would run as a formula gets a leading apostrophe.

    UTF-8 with a byte order mark, without which Excel misreads titles. See OWASP, "CSV injection".
    """
    return _safe(frame).to_csv(index=False, lineterminator=_END).encode("utf-8-sig")


def to_long_csv(batches: Iterable[pd.DataFrame], columns: list[str], zipped: bool) -> bytes:
    """Write many batches of a table as one CSV as `to_csv` does, gzipped if asked; only one batch is held at a time."""
    written = BytesIO()
    with gzip.open(written, "wb", compresslevel=4) if zipped else nullcontext(written) as file:
        file.write(to_csv(pd.DataFrame(columns=columns)))
        for batch in batches:
            file.write(_safe(batch[columns]).to_csv(index=False, header=False, lineterminator=_END).encode())
    return written.getvalue()


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    safe = frame.rename(columns=_neutral)
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_neutral)
    return safe


def _neutral(cell: object) -> object:
    # Some programs cut blanks off before they look.
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA) else cell
