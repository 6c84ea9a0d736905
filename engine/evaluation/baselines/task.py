"""What a baseline is given and what it gives back, and how it looks for its settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from engine.data.histories import Histories
from engine.evaluation.metrics import Scorer, ranking_metrics

# Scores to tune by, a setting: with 2,000 users of 13,663 EASE got a λ by chance that cost it 2.4 % of its test NDCG.
MOST_SCORES = 400_000_000
LEAST_USERS = 2_000

_Value = TypeVar("_Value")
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Task:
    """Plays to fit to and plays to tune by.

    Attributes
    ----------
    train
        Train plays.
    valid
        Validation plays of songs that are new to the user.
    songs
        Size of the catalogue.
    heat
        How much each song is played at the end of the train plays, `(songs, half-lives)` as of `song_heat`; None
        without times.
    say
        Told of each setting that is tried.
    """

    train: Histories
    valid: Histories
    songs: int
    heat: np.ndarray | None = None
    seed: int = 0
    say: Callable[[str], None] = field(default=lambda text: None, repr=False)

    @cached_property
    def users(self) -> np.ndarray:
        """Positions of the users to tune by: those with validation plays and a history, or a fixed sample of them."""
        users = np.flatnonzero((self.valid.counts > 0) & (self.train.counts > 0))
        most = max(MOST_SCORES // max(self.songs, 1), LEAST_USERS)
        if len(users) <= most:
            return users
        return np.sort(np.random.default_rng(self.seed).choice(users, most, replace=False))

    @cached_property
    def listeners(self) -> np.ndarray:
        """Users who have played each song, `(songs,)`."""
        return np.bincount(self.train.songs, minlength=self.songs)

    @cached_property
    def plays(self) -> sparse.csr_matrix:
        """Train plays as ones, `(users, songs)` float32."""
        ones = np.ones(len(self.train.songs), dtype=np.float32)
        shape = len(self.train.counts), self.songs
        return sparse.csr_matrix((ones, self.train.songs, self.train.starts), shape=shape)

    def ndcg(self, scorer: Scorer) -> float:
        """Mean validation NDCG@10; 0 where there is nobody to tune by."""
        if not len(self.users):
            return 0.0
        return float(ranking_metrics(scorer, self.users, self.train, self.valid, self.songs)["ndcg@10"].mean())


@dataclass(frozen=True)
class Fitted:
    """A fitted baseline: how it scores, and the settings that validation chose."""

    scorer: Scorer
    settings: dict[str, Any]


def walk(
    values: Sequence[_Value], attempt: Callable[[_Value], tuple[float, _Found]], start: int | None = None
) -> tuple[_Value, float, _Found]:
    """Find the best of `values` by walking up and down from one of them, the middle, while it gets better.

    A figure that rises and then falls with a setting, as these do as far as anyone has seen, needs no full search.

    Parameters
    ----------
    attempt
        Gives for a value how good it is, and what came of it; only the best of that is kept.

    Returns
    -------
    value, reached, found
        The best value, how good it is, and what came of it.
    """
    middle = len(values) // 2 if start is None else start
    first, found = attempt(values[middle])
    best = values[middle], first, found
    for side in (values[middle + 1 :], values[:middle][::-1]):
        previous = first
        for value in side:
            reached, found = attempt(value)
            if reached > best[1]:
                best = value, reached, found
            if reached < previous:
                break
            previous = reached
    return best
