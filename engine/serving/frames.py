"""A small frame of columns that are right already, in a fifth of the time that pandas takes to make sure of it.

`pd.DataFrame` looks at each column and each name, which for twenty rows costs a request more than the model does.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray
from pandas.api.internals import create_dataframe_from_blocks


def frame_of(columns: Mapping[str, np.ndarray | ExtensionArray]) -> pd.DataFrame:
    """Make a frame of columns of one length, taken as they are and not copied; rows are counted from 0."""
    names, places = _layout(tuple(columns))
    values = [column[None] if isinstance(column, np.ndarray) else column for column in columns.values()]
    rows = len(next(iter(columns.values())))
    return create_dataframe_from_blocks(list(zip(values, places, strict=True)), pd.RangeIndex(rows), names)


@lru_cache(maxsize=16)
def _layout(names: tuple[str, ...]) -> tuple[pd.Index, list[np.ndarray]]:
    return pd.Index(names), [np.array([place]) for place in range(len(names))]
