"""Write tables whole, and beside a result the rows that it was not made from."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from engine.data.files import SUFFIXES
from engine.data.whole import whole_file
from engine.errors import DataError


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet or CSV by the suffix of `path`, whole or not at all."""
    name = Path(path).name.lower()
    if not name.endswith(SUFFIXES):
        raise DataError(f"{path}: unknown file type; end the name in one of {', '.join(SUFFIXES)}")
    with whole_file(path) as temporary:
        if name.endswith(".parquet"):
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, index=False)


def rejects_path(out: Path) -> Path:
    """Name the file beside the result `out` that keeps the rows it was not made from."""
    return out.with_name(f"{out.name.split('.')[0]}.rejects.csv")


def write_rejects(out: Path, rejects: Sequence[pd.DataFrame]) -> None:
    """Keep rejected rows beside the result `out`; without any, remove those of an earlier run."""
    there = [frame for frame in rejects if len(frame)]
    if there:
        write_frame(rejects_path(out), pd.concat(there, ignore_index=True))
    else:
        rejects_path(out).unlink(missing_ok=True)
