"""Tables as CSV that a spreadsheet may open safely."""

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV; a text cell that a spreadsheet would run as a formula gets a leading apostrophe.

    UTF-8 with a byte order mark, without which Excel misreads titles. See OWASP, "CSV injection".
    """
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_neutral)
    return safe.to_csv(index=False).encode("utf-8-sig")


def _neutral(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
