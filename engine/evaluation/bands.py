"""Values of users as words: ages and the like in bands, what is missing as unknown."""

import numpy as np
import pandas as pd

from engine.evaluation.tables import UNKNOWN

AGES = ((18, "under 18"), (25, "18–24"), (35, "25–34"), (45, "35–44"), (55, "45–54"), (np.inf, "55 and over"))


def in_bands(values: np.ndarray, bands: tuple[tuple[float, str], ...]) -> np.ndarray:
    """Put values into bands, each given by where it ends; NaN is unknown."""
    names = np.array([name for _, name in bands], dtype=object)
    place = np.searchsorted([edge for edge, _ in bands], values, side="right")
    return np.where(np.isfinite(values), names[np.minimum(place, len(names) - 1)], UNKNOWN)


def as_words(column: pd.Series) -> np.ndarray:
    """Give values as they are, and what is missing as unknown."""
    return np.where(column.notna(), column.astype(object), UNKNOWN)
