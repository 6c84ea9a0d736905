"""The served score of one song for one listener, as a function of how much of each is there.

What is taken apart is how much more the song scores than the baseline's song does for the same listener: what a song of
the history lifts in every song alike ranks none of them higher, and is no reason for this one. That is set apart, as
what any song scores for them.

Each song of the history, each demographic and each part of the song has a presence from 0 (as in the baseline) to 1
(as it is). A song of the history enters by its weight, so that without it the listener is the one the engine would
see without it: the least squares are solved anew at each presence, and gradients flow through the solution. What
enters as an embedding (demographics, artist, genres, sound, …) goes straight from the baseline's embedding to its own,
which is integrated gradients on the embeddings, each embedding's share summed over its dimensions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.explain.song_parts import Songs
from engine.model.blend import Blend, Network
from engine.model.least_squares import LeastSquares


@dataclass(frozen=True)
class Side:
    """A vector in parts: what it is in the baseline `(width,)`, and what each part changes `(parts, width)`."""

    base: Tensor
    change: Tensor

    @classmethod
    def between(cls, baseline: Tensor, own: Tensor) -> "Side":
        """From the parts of the baseline and one's own, both `(parts, width)`."""
        return cls(baseline.sum(dim=0), own - baseline)

    def at(self, presence: Tensor) -> Tensor:
        """The vectors at some presences: `(n, width)` from `(n, parts)`."""
        return self.base + presence @ self.change


@dataclass(frozen=True)
class Heard:
    """A history: `entries` `(songs, dim)`, `factors` `(songs, width)` or None, `artists` `(songs, rank)` or None.

    `weight` `(songs,)` is how much each song counts, and `counted` `(songs,)` that after fading or attention, which are
    worked out once, with all songs there: taking one away doesn't turn the attention to others here, as it does where
    the engine is asked again.
    """

    entries: Tensor
    factors: Tensor | None
    artists: Tensor | None
    weight: Tensor
    counted: Tensor


class PresenceScore(nn.Module):
    """How much more a song scores than the baseline's, `(n,)`, from presences `(n, presences)`.

    The presences are those of the songs of the history, then of the parts of the listener, then of those of the song.

    Parameters
    ----------
    who
        The listener's demographics and own embedding in the tower, or None where it has none of them.
    told
        The same in the newcomers' part, its last place 1, or None without it.
    song
        As of `Songs.parts`.
    played
        Whether the song has train plays.
    """

    def __init__(
        self, model: Network, songs: Songs, heard: Heard, who: Side, told: Side | None, song: Side, played: bool
    ) -> None:
        super().__init__()
        self._model, self._songs = model, songs
        self._blend = model if isinstance(model, Blend) else None
        self._heard, self._who, self._told, self._song, self._played = heard, who, told, song, played
        self.sizes = len(heard.weight), len(who.change), len(song.change)

    def forward(self, presence: Tensor) -> Tensor:
        """Score; all 0 where the song's parts are."""
        heard, who, song = presence.split(self.sizes, dim=1)
        listener = self.listener(heard, who)
        return self._scored(listener, song) - self._scored(listener, torch.zeros_like(song))

    @torch.no_grad()
    def of_baseline_song(self) -> tuple[float, float]:
        """Score the baseline's song for the baseline's listener, and for the listener."""
        songs, who, song = self.sizes
        there = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
        listeners = self.listener(there.expand(2, songs), there.expand(2, who))
        nobody, them = self._scored(listeners, torch.zeros(2, song, dtype=torch.float64)).tolist()
        return nobody, them

    def _scored(self, listener: Tensor, song: Tensor) -> Tensor:
        vectors, now = self._songs.finish(self._song.at(song), self._played)
        return self._model.score_pairs(listener, vectors) + now

    def listener(self, heard: Tensor, who: Tensor) -> Tensor:
        """Vectors of the listener at some presences, `(n, width)`."""
        tower, history = self._model.users, self._heard
        counted = heard * history.counted
        own = self._who.at(who)
        person, itself = own[:, : tower.dim], own[:, tower.dim :]
        vectors = tower.finished(
            counted @ history.entries,
            counted.sum(dim=1),
            person if tower.demographics else None,
            itself if tower.user is not None else None,
        )
        if self._blend is None:
            return vectors
        solved = None
        if self._blend.least_squares is not None and history.factors is not None:
            solved = solve(self._blend.least_squares, history.factors, history.weight, heard)
        familiar = None if history.artists is None else (heard * history.weight) @ history.artists
        told = None if self._told is None else self._told.at(who)
        return self._blend.side_by_side(vectors, solved, familiar, heard @ (history.weight > 0).to(heard.dtype), told)


def solve(part: LeastSquares, factors: Tensor, weight: Tensor, presence: Tensor) -> Tensor:
    """Solve for a listener's factors at some presences, `(n, width)`, as `LeastSquares.users` does, but exactly.

    Sixteen steps of conjugate gradients come as near as single precision can; their derivatives don't, since they
    divide by what is left of the error. Where songs are fewer than factors, the system of the songs is the smaller.

    Parameters
    ----------
    factors, weight
        `(songs, width)` and `(songs,)`, of the history.
    presence
        `(n, songs)`, how much each counts: one of 0 is as if it had not been heard.
    """
    heard = (weight > 0).to(factors.dtype)
    confidence = (weight * part.confidence).clamp(min=1.0) * heard
    beyond = confidence - heard
    if torch.is_grad_enabled():
        return _solved(factors, presence * confidence, presence * beyond)
    found = torch.empty(len(presence), factors.shape[1], dtype=factors.dtype)
    near = (presence != 1).sum(dim=1) <= 1
    found[near] = _solved_but_one(factors, confidence, beyond, presence[near])
    found[~near] = _solved(factors, presence[~near] * confidence, presence[~near] * beyond)
    return found


def _solved(factors: Tensor, wanted: Tensor, beyond: Tensor) -> Tensor:
    """Solve (I + Fᵀ diag(beyond) F) x = Fᵀ wanted for each row of `wanted` and `beyond`, `(n, songs)`."""
    songs, width = factors.shape
    if songs <= width:
        system = torch.eye(songs, dtype=factors.dtype) + beyond.unsqueeze(-1) * (factors @ factors.T)
        return torch.linalg.solve(system, wanted.unsqueeze(-1)).squeeze(-1) @ factors
    spread = torch.matmul(factors.T * beyond.unsqueeze(1), factors)
    system = torch.eye(width, dtype=factors.dtype) + spread
    return torch.linalg.solve(system, (wanted @ factors).unsqueeze(-1)).squeeze(-1)


def _solved_but_one(factors: Tensor, confidence: Tensor, beyond: Tensor, presence: Tensor) -> Tensor:
    """Solve where at most one song of each row is not wholly there, as when they are taken out one at a time.

    One system is solved, with all songs there, and each row's is its change by one outer product (Sherman and Morrison,
    Annals of Mathematical Statistics, 1950): a history of a thousand songs takes a twentieth of the time.
    """
    if not len(factors):
        return factors.new_zeros(len(presence), factors.shape[1])
    missing, song = (1 - presence).max(dim=1)
    system = torch.eye(factors.shape[1], dtype=factors.dtype) + factors.T @ (beyond.unsqueeze(1) * factors)
    lower = torch.linalg.cholesky(system)
    whole = torch.cholesky_solve((confidence @ factors).unsqueeze(1), lower)[:, 0]
    taken = factors[song]  # (n, width)
    turned = torch.cholesky_solve(taken.T, lower).T
    less = whole - (missing * confidence[song]).unsqueeze(1) * turned
    share = missing * beyond[song]
    kept = 1 - share * (taken * turned).sum(dim=1)
    return less + (share * (taken * less).sum(dim=1) / kept).unsqueeze(1) * turned
