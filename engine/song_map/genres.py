"""Which genres keep to themselves and which mingle: whose neighbours a genre's songs have, beside chance.

Measured on the songs' own vectors, not on the map, which can't show everything that lies near.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.data.features import genre_list
from engine.song_map.projection import unit

COLUMNS = ("genre", "other", "songs", "share", "chance")
NEIGHBOURS = 15
LEAST_SONGS = 30  # fewer say little about a genre
MOST_GENRES = 20
BLOCK = 1_000


def first_genres(genres: pd.Series) -> list[str]:
    """Give each song the first of its genres, "" where it has none."""
    return [(genre_list(text) or [""])[0] for text in genres]


def most_frequent(genres: Sequence[str], most: int) -> list[str]:
    """Give the most frequent genres, equally frequent ones by name."""
    counts = Counter(name for name in genres if name)
    return sorted(counts, key=lambda name: (-counts[name], name))[:most]


def neighbours_by_genre(vectors: np.ndarray, genres: Sequence[str], played: np.ndarray, most: int) -> pd.DataFrame:
    """Count the genres of songs' nearest neighbours.

    Parameters
    ----------
    vectors
        `(songs, dim)`; only their direction counts.
    genres
        Each song's first genre; songs without one are left out.
    played
        How often each was played: with more than `most` songs the most played ones are looked at.

    Returns
    -------
    frame
        A row for each pair of the frequent genres: of the `NEIGHBOURS` nearest of `genre`'s songs, the `share` that are
        of `other`, and the share that would be by `chance`; `songs` of `genre` were looked at.
    """
    known = np.flatnonzero([bool(name) for name in genres])
    known = np.sort(known[np.argsort(-played[known], kind="stable")[:most]])
    names = [genres[int(place)] for place in known]
    counts = Counter(names)
    frequent = [name for name in most_frequent(names, MOST_GENRES) if counts[name] >= LEAST_SONGS]
    k = min(NEIGHBOURS, len(known) - 1)
    if not frequent or k < 1:
        return pd.DataFrame(columns=list(COLUMNS))
    place = {name: at for at, name in enumerate(frequent)}
    codes = np.array([place.get(name, -1) for name in names])
    directions = unit(vectors[known])
    met = np.zeros((len(frequent), len(frequent)))
    for start in range(0, len(known), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(known)))
        alike = directions[rows] @ directions.T
        alike[np.arange(len(rows)), rows] = -np.inf  # not its own neighbour
        near = codes[np.argpartition(-alike, k - 1, axis=1)[:, :k]]
        own = np.broadcast_to(codes[rows][:, None], near.shape)
        both = (own >= 0) & (near >= 0)
        np.add.at(met, (own[both], near[both]), 1)
    return pd.DataFrame(
        [
            (one, other, counts[one], met[i, j] / (counts[one] * k), _chance(counts, one, other, len(known)))
            for i, one in enumerate(frequent)
            for j, other in enumerate(frequent)
        ],
        columns=list(COLUMNS),
    )


def _chance(counts: Counter[str], one: str, other: str, songs: int) -> float:
    return (counts[other] - (one == other)) / (songs - 1)
