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
        self._played_at, self._weights = last_played(plays), play_weights(plays)
        # A user's own vector was fitted if any of their plays was.
        fitted = plays["user_index"][(plays["part"] == "train") | refit].unique()
        self._ids = np.zeros(len(users), dtype=np.int64)
        self._ids[fitted] = fitted + 1

    def plays_of(self, user: int) -> pd.DataFrame:
        """Rows of the history table that are a user's, the most played song first."""
        return self._plays.iloc[self._own(user)]

    def known(self, user: int) -> Listener:
        """Describe a user by all that is known of them."""
        own, plays = self._own(user), self.plays_of(user)
        return Listener(
            plays["song_index"].to_numpy(dtype=np.int64),
            take(self.demographics, [user]),
            plays["play_count"].to_numpy(dtype=np.float64),
            self._played_at[own],
            None if self._weights is None else self._weights[own],
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
        own = [self._own(user) for user in users]
        histories = [self.plays_of(user)["song_index"].to_numpy(dtype=np.int64) for user in users]
        times = [self._played_at[rows] for rows in own]
        weights = None if self._weights is None else [self._weights[rows] for rows in own]
        return tower.vectors(histories, take(self.demographics, users), times, self._ids[users], weights)

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
