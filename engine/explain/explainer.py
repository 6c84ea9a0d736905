"""Explains a bundle's scores: the network in torch, loaded once, and one attribution at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from engine.data.features import Features, UserArrays
from engine.explain.attribution import Attributed, attribute
from engine.explain.content_parts import Weighed
from engine.explain.explanation import ANY_SONG, HISTORY
from engine.explain.history import history_of
from engine.explain.listener_parts import Who
from engine.explain.score import PresenceScore, Side
from engine.explain.song_parts import Songs
from engine.load_model import load_model
from engine.model.blend import Network
from engine.model.towers import SongTensors
from engine.serving.bundle import Bundle
from engine.serving.recommender import Listener
from engine.serving.runtime import UserTower

_LOCK = threading.RLock()  # one for all bundles: Captum is not safe with several threads on one model


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock, with one thread of PyTorch: its steps are so small that more of them mostly wait for each other.

    On a core that others use too that wait takes twenty times as long as the work.
    """
    with _LOCK:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


@dataclass(frozen=True)
class Shares:
    """What an attribution says of each group, by name, and of each song of the history, `heard` `(songs,)`."""

    groups: dict[str, float]
    heard: np.ndarray
    history: np.ndarray
    found: Attributed


class Explainer:
    """Attributions of the scores that a bundle serves. Safe to call from several threads: they wait for each other.

    Parameters
    ----------
    features
        The bundle's.
    tower
        The exported user tower: histories are cut and padded here as it does.
    users
        Encoded demographics of the bundle's users.
    listeners
        `(songs,)`, listeners of each song.
    """

    def __init__(
        self, bundle: Bundle, features: Features, tower: UserTower, users: UserArrays, listeners: np.ndarray
    ) -> None:
        model, songs = load_model(bundle)
        self._features, self._tower, self._users = features, tower, users
        self._listeners = torch.from_numpy(listeners.astype(np.float64))
        self._read(model, _in_double(songs))

    def _read(self, model: Network, songs: SongTensors) -> None:
        self.model, self._tensors = model.double().requires_grad_(False), songs
        self._songs = Songs(model, songs, self._features.sound)
        self._averages: dict[tuple[str, bool], Tensor] = {}  # parts of averages of songs, which take a whole catalogue
        self._who = Who(model, self._users, self._features.off)

    def explain(self, listener: Listener, song: int, method: str, baseline: tuple[str, str | int]) -> Shares:
        """Take the score of a song, by its position, apart.

        Parameters
        ----------
        baseline
            As of `Baseline.listener`, and as of `Baseline.song` or the position of a song.
        """
        with _alone():
            score, heard = self.score(listener, song, baseline)
            found = attribute(score, method)
        songs = score.sizes[0]
        groups = dict(zip(self.names, found.each[songs:].tolist(), strict=True))
        return Shares({HISTORY: found.history, **groups, ANY_SONG: found.any_song}, heard, found.each[:songs], found)

    @torch.no_grad()
    def score(self, listener: Listener, song: int, baseline: tuple[str, str | int]) -> tuple[PresenceScore, np.ndarray]:
        """Give a score as a function of presences, and the songs of the history that it reads, by position."""
        who, told = self._who.sides(listener.user, listener.known_as, baseline[0])
        person = (who.base + who.change.sum(dim=0))[: self.model.users.dim]
        heard, at = history_of(self.model, self._tensors, self._tower, listener, person)
        played = self._songs.played(song)
        own = self._songs.parts(Weighed.one(song), played)
        base = self._base(baseline[1], played)
        return PresenceScore(self.model, self._songs, heard, who, told, Side.between(base, own), played), at

    @property
    def names(self) -> list[str]:
        """Groups beside the history, in the order of the presences."""
        return [*self._who.names, *self._songs.names]

    def with_random_weights(self, seed: int) -> "Explainer":
        """Give an explainer of a network whose every table of weights has its rows shuffled: it has learnt nothing."""
        other = object.__new__(Explainer)
        vars(other).update(vars(self))
        draw = torch.Generator().manual_seed(seed)
        model = deepcopy(self.model)
        for weights in model.parameters():
            if weights.dim() > 1 and weights.numel():
                flat = weights.flatten()
                weights.copy_(flat[torch.randperm(len(flat), generator=draw)].reshape(weights.shape))
        other._read(model, self._tensors)
        return other

    def _base(self, song: str | int, played: bool) -> Tensor:
        if not isinstance(song, str):
            return self._songs.parts(Weighed.one(song), played)
        if (song, played) not in self._averages:
            self._averages[song, played] = self._songs.parts(self._weighed(song), played)
        return self._averages[song, played]

    def _weighed(self, song: str) -> Weighed:
        played = self._tensors.has_id
        if not bool(played.any()):
            played = torch.ones_like(played)
        weights = played * self._listeners if song == "popular" else played
        return Weighed.average(weights if bool(weights.any()) else played)


def _in_double(songs: SongTensors) -> SongTensors:
    wide = {f.name: getattr(songs, f.name) for f in fields(songs) if f.name != "genre_shares"}
    return replace(songs, **{name: t.double() for name, t in wide.items() if t.is_floating_point()})
