"""How much a song is played at a moment: plays that fade, at several half-lives at once.

Where plays have times, what has just been played is often the best guess of what will be; how fast that fades differs
from data to data, so several half-lives stand side by side and are weighed by the validation plays.
"""

import numpy as np
import pandas as pd

from engine.data.listening import Span, dated_microseconds

HALF_LIVES = (0.001, 0.004, 0.016, 0.064, 0.256)  # of the span of all plays
FLOOR = 0.01  # plays: less is as good as none


def song_heat(plays: pd.DataFrame, songs: int, span: Span) -> np.ndarray:
    """Log of faded plays of each song at the end of `span`, 0 for none, `(songs, half-lives)` float32.

    Parameters
    ----------
    plays
        Columns `song_index`, `played_at`; those after the end of `span`, and undated ones, don't count.
    """
    heat = np.zeros((songs, len(HALF_LIVES)), dtype=np.float32)
    if not span.dated or span.end == span.start:
        return heat
    dated, times = dated_microseconds(plays)
    before = times <= span.end
    song, age = plays["song_index"].to_numpy()[dated][before], span.end - times[before]
    for column, half_life in enumerate(HALF_LIVES):
        faded = np.bincount(song, weights=0.5 ** (age / (half_life * (span.end - span.start))), minlength=songs)
        heat[:, column] = np.log((faded + FLOOR) / FLOOR)
    return heat
