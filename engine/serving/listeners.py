"""Whom a bundle knows, as the towers read them: users of its tables by row, and people never seen before."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from engine.data.features import Features, UserArrays, encode_users
from engine.data.histories import Histories, last_played, play_weights, play_weights_like
from engine.data.people import country_name, gender_key
from engine.serving import arguments
from engine.serving.recommender import Listener, one_user, take
from engine.serving.runtime import UserTower


class Listeners:
    """Histories and demographics of a bundle's users.

    Parameters
    ----------
    users
        The bundle's users, one row each.
    plays
        Its history table, sorted by user, then by plays.
    refit
        Whether the published network was trained on all plays, not on those of part `train` alone.

    Attributes
    ----------
    histories
        Songs that each user has played.
    demographics
        Encoded, one row each.
    """

    def __init__(self, features: Features, users: pd.DataFrame, plays: pd.DataFrame, refit: bool) -> None:
        self.histories = Histories.from_plays(plays, len(users))
        self._features, self._plays = features, plays
        self.demographics = encode_users(features, users)
        starts, songs = self.histories.starts, plays["song_index"].to_numpy(dtype=np.int64)
        self._told = Histories(starts, songs, last_played(plays), play_weights(plays))
        self._play_counts = plays["play_count"].to_numpy(dtype=np.float64)
        # A user's own vector was fitted if any of their plays was.
        fitted = plays["user_index"][(plays["part"] == "train") | refit].unique()
        self._ids = np.zeros(len(users), dtype=np.int64)
        self._ids[fitted] = fitted + 1

    def plays_of(self, user: int) -> pd.DataFrame:
        """Rows of the history table that are a user's, the most played song first."""
        return self._plays.iloc[self._own(user)]

    def known(self, user: int) -> Listener:
        """Describe a user by all that is known of them."""
        own, told = self._own(user), self._told
        return Listener(
            told.songs[own],
            take(self.demographics, [user]),
            self._play_counts[own],
            None if told.played_at is None else told.played_at[own],
            None if told.weights is None else told.weights[own],
            int(self._ids[user]),
        )

    def new(
        self,
        heard: np.ndarray,
        history: Sequence[str] | Mapping[str, float] | None,
        age: float | None,
        gender: str | None,
        country: str | None,
    ) -> Listener:
        """Describe someone never seen before.

        Parameters
        ----------
        heard
            Positions of the songs of `history`, each once, in its order.
        history, age, gender, country
            As of `Engine.recommend`.
        """
        person = self._person(age, gender, country)
        if not isinstance(history, Mapping):
            return Listener(heard, person, np.full(len(heard), np.nan))
        counts = arguments.play_counts(history)
        return Listener(heard, person, counts, weights=play_weights_like(self._plays, counts))

    def vectors(self, tower: UserTower, users: np.ndarray) -> np.ndarray:
        """Embed users by all that is known of them, `(users, dim + 1)`."""
        return tower.vectors(self._told, users, take(self.demographics, users), self._ids[users])

    def fingerprints(self, users: np.ndarray) -> np.ndarray:
        """Give a number for all that is known of each user, `(users,)` uint64: it changes if anything of it does."""
        rows, places = self._told.places(users)
        counts = self._told.counts[users]
        told = [np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts), self._told.songs[places]]
        told += [values[places] for values in (self._told.played_at, self._told.weights) if values is not None]
        plays = _hashed(*told)
        summed = np.concatenate([[np.uint64(0)], np.cumsum(plays, dtype=np.uint64)])
        ends = np.cumsum(counts)
        people = take(self.demographics, users)
        own = summed[ends] - summed[ends - counts]
        return _hashed(own, counts, people.age, people.gender, people.country, self._ids[users])

    def _own(self, user: int) -> slice:
        starts = self.histories.starts
        return slice(starts[user], starts[user + 1])

    def _person(self, age: float | None, gender: str | None, country: str | None) -> UserArrays:
        years = arguments.age_years(age)
        # As the tables' own were normalised, so that "GH" and "Female" mean what they mean there.
        gender = gender_key(gender) if gender else None
        country = country_name(country) if country else None
        frame = pd.DataFrame({"age": [years], "gender": [gender], "country": [country]})
        encoded = encode_users(self._features, frame.astype({"gender": "str", "country": "str"}))
        return one_user(int(encoded.age[0]), int(encoded.gender[0]), int(encoded.country[0]))


def _hashed(*columns: np.ndarray) -> np.ndarray:
    """Hash rows of numbers, `(rows,)` uint64 (the finaliser of MurmurHash3 over what came before and each column)."""
    out = np.full(len(columns[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        bits = np.ascontiguousarray(column, dtype=np.float64 if column.dtype.kind == "f" else column.dtype)
        out = out * np.uint64(31) + bits.view(np.uint64)
        for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
            out = (out ^ (out >> np.uint64(shift))) * np.uint64(factor)
        out ^= out >> np.uint64(33)
    return out
