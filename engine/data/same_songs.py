"""Songs that look the same under two ids: reported, never merged, for only the owner knows.

Same title and artist, case, marks and punctuation aside, and lengths within a few seconds where both are known.
"""

import unicodedata

import numpy as np
import pandas as pd

SAME_LENGTH = 3_000  # ms


def same_songs(songs: pd.DataFrame) -> pd.DataFrame:
    """List songs that look like an earlier one: `song_id`, `same_as` (the first id), `title`, `artist`."""
    keys = songs["artist"].map(_folded) + "\n" + songs["title"].map(_folded)
    named = (songs["title"] != "").to_numpy()
    group, _ = pd.factorize(keys)
    length = songs["duration_ms"].to_numpy(dtype=np.float64)
    place = np.arange(len(songs))
    order = np.lexsort((place, length, group))[named[np.lexsort((place, length, group))]]
    group, length = group[order], length[order]
    # Unknown lengths sort last, and belong to whatever stands before them.
    gap = np.diff(length, prepend=np.nan) > SAME_LENGTH
    cluster = np.cumsum((np.diff(group, prepend=-1) != 0) | gap)
    first = pd.Series(order).groupby(cluster).transform("min").to_numpy()
    alike = np.sort(order[first != order])
    same_as = pd.Series(first, index=order).loc[alike].to_numpy()
    ids = songs["song_id"].to_numpy()
    return pd.DataFrame(
        {
            "song_id": ids[alike],
            "same_as": ids[same_as],
            "title": songs["title"].to_numpy()[alike],
            "artist": songs["artist"].to_numpy()[alike],
        }
    ).astype("str")


def _folded(text: str) -> str:
    if text.isascii():
        letters = text.lower()
    else:
        letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    kept = "".join(c for c in letters if c.isalnum())
    return kept or letters  # a title of nothing but punctuation is itself
