"""From a listener to the songs that score highest for them, and what is like what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.retrieval import ExactIndex, VectorIndex
from engine.retrieval.exact import best_first
from engine.serving.head_index import HeadIndex
from engine.serving.runtime import UserTower

_WHO = ("age", "gender", "country")


@dataclass(frozen=True)
class Listener:
    """Someone to recommend to.

    `history` `(songs,)` positions of the songs heard, the most telling first; `user` their demographics, arrays of
    length 1; `play_counts` `(songs,)`, NaN where not known; `played_at` `(songs,)` as of `last_played` and `weights`
    `(songs,)` as of `play_weights`, or None; `known_as` a known user's position plus 1, or 0.
    """

    history: np.ndarray
    user: UserArrays
    play_counts: np.ndarray
    played_at: np.ndarray | None = None
    weights: np.ndarray | None = None
    known_as: int = 0


class Recommender:
    """Embeds a listener and finds songs for the vector.

    The first `taste_dim` places of a vector say what a song is like, the others what it is worth and to whom.
    `index` answers one request, `exact` scores every song.
    """

    def __init__(
        self, tower: UserTower, vectors: np.ndarray, taste_dim: int, index: VectorIndex, exact: ExactIndex | HeadIndex
    ) -> None:
        self._tower = tower
        self.index, self.exact = index, exact
        self._vectors, self._taste = vectors, vectors[:, :taste_dim]
        self._norms = np.maximum(np.sqrt(np.einsum("ij,ij->i", self._taste, self._taste)), 1e-9)

    def query(self, listener: Listener) -> np.ndarray:
        """Embed a listener, `(width,)`."""
        told_of = Histories(
            np.array([0, len(listener.history)]), listener.history, listener.played_at, listener.weights
        )
        ids = np.array([listener.known_as])
        return self._tower.vectors(told_of, np.zeros(1, dtype=np.int64), listener.user, ids)[0]

    def queries(self, listeners: Sequence[Listener]) -> np.ndarray:
        """Embed listeners, `(listeners, width)`; as of `told`."""
        who = UserArrays(*(np.concatenate([getattr(one.user, name) for one in listeners]) for name in _WHO))
        known_as = np.array([one.known_as for one in listeners])
        return self._tower.vectors(told(listeners), np.arange(len(listeners)), who, known_as)

    def scores(self, query: np.ndarray, songs: np.ndarray) -> np.ndarray:
        """Score some songs, by position, for a listener's vector, `(songs,)`."""
        return np.asarray(self.exact.narrowed(songs).scores(query[None])[0])

    def candidates(
        self, query: np.ndarray, k: int, exclude: np.ndarray, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the k best songs for a listener's vector: positions and scores, best first.

        Parameters
        ----------
        exclude
            Positions never to recommend.
        allowed
            `(songs,)` bool, which to choose from, or None for all.
        """
        if allowed is not None:
            allowed = allowed.copy()
            allowed[exclude] = False
            return self.index.search(query, k, allowed)
        songs, scores = self.index.search(query, k + len(exclude))
        if len(exclude):
            excluded = np.sort(exclude)
            kept = excluded[np.searchsorted(excluded, songs).clip(max=len(excluded) - 1)] != songs
            songs, scores = songs[kept], scores[kept]
        return songs[:k], scores[:k]

    def similar(self, song: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Songs whose vectors point the same way, without the song itself: positions and cosines."""
        songs, cosines = best_first(self._taste @ self._taste[song] / (self._norms * self._norms[song]), k + 1)
        others = songs != song
        return songs[others][:k], cosines[others][:k]

    def closest(self, songs: np.ndarray, history: np.ndarray) -> np.ndarray:
        """For each song the one of a history that is most like it, `(songs,)` positions; -1 without a history."""
        if len(history) == 0 or len(songs) == 0:
            return np.full(len(songs), -1, dtype=np.int64)
        return history[np.argmax(self.taste(songs) @ self.taste(history).T / self._norms[history], axis=1)]

    def taste(self, songs: np.ndarray) -> np.ndarray:
        """What some songs are like, `(songs, taste_dim)`."""
        return self._vectors.take(songs, axis=0)[:, : self._taste.shape[1]]  # faster than `_taste[songs]`


def told(listeners: Sequence[Listener]) -> Histories:
    """Lay the histories of listeners end to end; of all or of none is it known when and how much they played."""
    starts = np.concatenate([[0], np.cumsum([len(one.history) for one in listeners])])
    times, weights = (
        np.concatenate(found) if (found := [one for one in column if one is not None]) else None
        for column in ([one.played_at for one in listeners], [one.weights for one in listeners])
    )
    return Histories(starts, np.concatenate([one.history for one in listeners]), times, weights)


def one_user(age: int, gender: int, country: int) -> UserArrays:
    """Encoded demographics of one listener."""
    return UserArrays(*(np.array([value], dtype=np.int64) for value in (age, gender, country)))


def take(users: UserArrays, rows: Sequence[int] | np.ndarray) -> UserArrays:
    """Encoded demographics of some of the users."""
    return UserArrays(users.age[rows], users.gender[rows], users.country[rows])
