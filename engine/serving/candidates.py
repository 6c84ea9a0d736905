"""What the model says of someone, kept apart from how it is put in order: re-ranking never asks the model again."""

from dataclasses import dataclass

import numpy as np

CANDIDATES = 200  # songs to choose from, at least
A_RESULT = 5  # songs to choose from for each that is asked for


@dataclass(frozen=True)
class Candidates:
    """The songs to choose from for one listener, best first, with all that re-ranking and its result need.

    Small and read-only: it may be kept between requests and shared among threads. It belongs to the bundle that it
    was made from, whose `version` is `bundle`.

    Attributes
    ----------
    k
        How many recommendations were asked for.
    songs
        `(candidates,)` int64 positions.
    scores
        `(candidates,)` float32, the model's.
    probability
        `(candidates,)` float64, of a play; NaN without a prediction layer.
    closest
        `(candidates,)` int64 position of the song of the history that is nearest to it, -1 without a history.
    """

    bundle: str
    k: int
    songs: np.ndarray
    scores: np.ndarray
    probability: np.ndarray
    closest: np.ndarray

    def __post_init__(self) -> None:
        for values in (self.songs, self.scores, self.probability, self.closest):
            values.flags.writeable = False

    def __len__(self) -> int:
        return len(self.songs)


def pool_size(k: int) -> int:
    """How many candidates to find for k recommendations."""
    return max(CANDIDATES, A_RESULT * k)
