"""The users of a bundle and what they play, and people it has never seen."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.data.features import Features, UserArrays
from engine.data.histories import Histories
from engine.errors import UnknownUser
from engine.evaluation.audience import Audience, Audiences
from engine.search import SongSearch
from engine.serving import arguments
from engine.serving.catalogue import Catalogue
from engine.serving.listeners import Listeners
from engine.serving.recommender import Listener


class People(Catalogue):
    """What an Engine knows of users, beside songs."""

    def __init__(
        self,
        songs: pd.DataFrame,
        search: SongSearch,
        features: Features,
        users: pd.DataFrame,
        plays: pd.DataFrame,
        refit: bool,
    ) -> None:
        super().__init__(songs, search)
        self.features, self.users = features, users
        self._plays = plays
        self._user_index = pd.Index(users["user_id"])
        self._listeners = Listeners(features, users, plays, refit)

    def audience(self, song_id: str) -> Audience:
        """Tell who listens to a song: its train listeners by age band, gender and country, beside all listeners."""
        return self._audiences.of(self.song_position(song_id))

    def user(self, user_id: str) -> dict[str, Any]:
        """Give a user's demographics and number of songs heard; unknown values are None."""
        position = self.user_position(user_id)
        row = self.users.iloc[position]
        facts = {str(k): (None if pd.isna(v) else v) for k, v in row.items()}
        return {**facts, "songs_heard": int(self.histories.counts[position])}

    def history(self, user_id: str, k: int | None = None) -> pd.DataFrame:
        """Songs a user has played, the most played first: `song_id`, `title`, `artist`, `play_count`, `played_at`."""
        plays = self._listeners.plays_of(self.user_position(user_id)).head(k)
        return self._rows(plays["song_index"].to_numpy()).assign(
            play_count=plays["play_count"].to_numpy(), played_at=plays["played_at"].to_numpy()
        )

    @property
    def histories(self) -> Histories:
        """Songs that each user has played, by position."""
        return self._listeners.histories

    @cached_property
    def _audiences(self) -> Audiences:
        return Audiences(self._plays, self.users, len(self.songs))

    def user_position(self, user_id: str) -> int:
        """Position of a user; raises `UnknownUser` with the nearest known ids."""
        return arguments.position(user_id, self._user_index, UnknownUser)

    def listener(
        self,
        user_id: str | None = None,
        *,
        history: Sequence[str] | Mapping[str, float] | None = None,
        age: float | None = None,
        gender: str | None = None,
        country: str | None = None,
    ) -> Listener:
        """Describe a known user or someone new, as in `recommend`, as the towers read them."""
        arguments.known_or_new(user_id, history, age, gender, country)
        if user_id is not None:
            return self._listeners.known(self.user_position(user_id))
        heard = np.array(list(dict.fromkeys(self.song_position(song) for song in history or ())), dtype=np.int64)
        return self._listeners.new(heard, history, age, gender, country)

    @property
    def demographics(self) -> UserArrays:
        """Encoded demographics of all users."""
        return self._listeners.demographics

    def fingerprints(self, users: np.ndarray) -> np.ndarray:
        """Give a number for all that is known of each user, `(users,)` uint64: it changes if anything of it does."""
        return self._listeners.fingerprints(users)
