"""Weigh how much a song is played now against what the model says, by the validation plays.

The weights are those that make the validation plays most likely, times what ranks them best, if that is better than no
heat. The heat itself is that of the train plays, when choosing and when judging, so that a model is judged on what its
baselines know too. What is served has all plays for train plays, and weights that all held-out plays have chosen: how
much the moment counts changes with the moment, and the test plays are the latest there are.

Newcomers, of whom no play is known, follow what is played now more, and at another pace, than people with a history.
So each has weights of their own, chosen by their own validation plays.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from engine.data.features import encode_users
from engine.data.heat import HALF_LIVES, song_heat
from engine.data.histories import Histories
from engine.data.listening import Span
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID, new_to_user
from engine.evaluation.metrics import ranking_metrics
from engine.model.blend import Blend, blended
from engine.training.conditional_logit import ChoiceSet, fit_conditional_logit
from engine.training.loop import Trained
from engine.training.validation import scorer_of, spread

PULL = 1.0  # towards no heat: as much as one user's plays say
# Of what is most likely, to rank by. Most plays are far down any list and are foreseen by the model alone, so the first
# places may be far more of the moment than is likely on the whole: on playlists sixteen times as much.
STRENGTHS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
LEAST_TRUST = 0.1  # in the model's scores: it may say nothing of newcomers, but heat is weighed against it
MOST_SCORES = 20_000_000  # users × songs in memory
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)  # of songs without train plays, to choose from
LEAST_GAIN = 0.01  # of NDCG@10, relative: less is noise, and simpler is better
LEAST_USERS = 20  # to choose by; with fewer, what suits the others has to do
KNOWN, NEWCOMERS = "people with a history", "newcomers"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Heat:
    """What is played now, as validation weighed it.

    `weights` `(half-lives,)`, in standard deviations of the model's scores. `unplayed` is how hot a song without train
    plays counts: the share of the played songs that are cooler, or None for not at all. Songs that appear are often
    what is played next, and would come after everything that was ever played.
    """

    weights: np.ndarray = field(default_factory=lambda: np.zeros(len(HALF_LIVES)))
    unplayed: float | None = None

    @property
    def any(self) -> bool:
        """Whether it changes anything."""
        return bool(self.weights.any())

    def of(self, heat: np.ndarray, played: np.ndarray) -> np.ndarray:
        """Weigh the heat of songs, `(songs,)`, from `(songs, half-lives)` and `played` `(songs,)`."""
        weighed = heat @ self.weights
        if self.unplayed is not None and played.any():
            weighed = np.where(played, weighed, np.quantile(weighed[played], self.unplayed))
        return np.asarray(weighed)

    def described(self) -> dict[str, Any]:
        """Give it as a manifest holds it."""
        return {**asdict(self), "weights": self.weights.tolist()}


@dataclass(frozen=True)
class Heats:
    """What is played now, for people with a history and for newcomers."""

    known: Heat = field(default_factory=Heat)
    newcomers: Heat = field(default_factory=Heat)

    @property
    def any(self) -> bool:
        """Whether it changes anything."""
        return self.known.any or self.newcomers.any

    def described(self) -> dict[str, Any]:
        """Give it as a manifest holds it."""
        return {"known": self.known.described(), "newcomers": self.newcomers.described()}


def fit_heat(
    prepared: Prepared, trained: Trained, on_progress: Say = lambda text: None, to_serve: bool = False
) -> Heats:
    """Choose the weight of each half-life of heat by the held-out plays of songs that have train plays.

    Then, by all held-out plays, how hot songs without train plays are. Without times, or where heat doesn't help, all
    weights are 0.

    Parameters
    ----------
    to_serve
        Choose by the test plays too, which come after the validation plays: for what is served, not what is judged.
    """
    if prepared.info["split"] != "temporal":
        return Heats()
    windows = [_Judge(prepared, trained)]
    if to_serve:
        windows.append(_Judge(prepared.later(), trained))
    groups = {"everyone": [window.users for window in windows]}  # one bias for all without a part for newcomers
    if _has_newcomers(trained):
        known = [window.seen.counts[window.users] > 0 for window in windows]
        groups = {
            KNOWN: [window.users[some] for window, some in zip(windows, known, strict=True)],
            NEWCOMERS: [window.users[~some] for window, some in zip(windows, known, strict=True)],
        }
    fitted = {}
    for whom, users in groups.items():
        those = [(window, some) for window, some in zip(windows, users, strict=True) if len(some)]
        if sum(len(some) for _, some in those) >= LEAST_USERS:
            on_progress(f"weighing what is played now for {whom}")
            fitted[whom] = _choose(those)
    others = next(iter(fitted.values()), Heat())
    return Heats(fitted.get(KNOWN, others), fitted.get(NEWCOMERS, others))


def _choose(windows: list[tuple["_Judge", np.ndarray]]) -> Heat:
    """Choose by the users of each window, who all count the same."""
    trust, weights = fit_conditional_logit([window.choices(users) for window, users in windows], PULL)

    def reached(heat: Heat, warm: bool) -> float:
        return sum(window.ndcg(users, heat, warm).sum() for window, users in windows)

    tries = [Heat(strength * weights / max(trust, LEAST_TRUST)) for strength in STRENGTHS]
    sums = [reached(tried, warm=True) for tried in tries]
    if max(sums) <= sums[0] * (1 + LEAST_GAIN):
        return Heat()
    heat = tries[int(np.argmax(sums))]
    levels = [heat, *(Heat(heat.weights, level) for level in LEVELS)]
    return max(levels, key=lambda tried: reached(tried, warm=False))


def with_heat(prepared: Prepared, trained: Trained, heats: Heats) -> Trained:
    """Add heat, as of the end of the train plays of `prepared`, to songs' biases and to what newcomers are offered."""
    if not heats.any:
        return trained
    train = prepared.part(TRAIN)
    heat, played = _train_heat(prepared), np.bincount(train["song_index"], minlength=len(prepared.songs)) > 0
    histories = Histories.from_plays(train, len(prepared.users))
    known = _unit(prepared, trained, histories) * heats.known.of(heat, played)
    bias = torch.from_numpy(known.astype(np.float32)).to(trained.songs.heat.device)
    warmed = replace(trained, songs=replace(trained.songs, heat=bias))
    if not isinstance(trained.model, Blend) or trained.model.newcomers is None:
        return warmed

    # Everyone's bias holds the heat for people with a history, so newcomers' part has what theirs is more. It has
    # nothing of songs without train plays; what these are more is taken from all others instead.
    unit = _unit(prepared, trained, Histories.empty(len(prepared.users)))
    more = unit * heats.newcomers.of(heat, played) - known
    if not played.all():
        more -= more[~played][0]
    part = deepcopy(trained.model.newcomers)
    with torch.no_grad():
        part.worth.add_(torch.from_numpy(more).to(part.worth))
    return replace(warmed, model=blended(trained.model, newcomers=part).eval())


class _Judge:
    """Ranks for users with validation plays that are new to them, with heat as asked."""

    def __init__(self, prepared: Prepared, trained: Trained) -> None:
        self.songs, train = len(prepared.songs), prepared.part(TRAIN)
        self.played = np.bincount(train["song_index"], minlength=self.songs) > 0
        held_out = new_to_user(prepared.part(VALID), train)
        known = held_out[self.played[held_out["song_index"].to_numpy()]]
        self.truth = {
            warm: Histories.from_plays(plays, len(prepared.users)) for warm, plays in ((True, known), (False, held_out))
        }
        self.seen = Histories.from_plays(train, len(prepared.users))
        users = np.flatnonzero(self.truth[True].counts > 0)
        self.users = np.sort(np.random.default_rng(0).permutation(users)[: max(MOST_SCORES // self.songs, 1)])
        self.row = np.full(len(prepared.users), -1)
        self.row[self.users] = np.arange(len(self.users))
        self.heat = _train_heat(prepared)
        if len(self.users):
            self.scores = self.plain = _scorer(prepared, _without_artists(trained), self.seen)(self.users)
            if _has_artists(trained):
                # A song hidden to stop by looks new to these towers, but served it has a vector of its own.
                scores = _scorer(prepared, trained, self.seen)(self.users)
                self.scores = np.where(self.played, self.plain, scores)

    def choices(self, users: np.ndarray) -> ChoiceSet:
        """Tell what some of its users went on to play, by its scores, in standard deviations, and by heat."""
        scores = self.scores[self.row[users]]
        barred, chosen = (self._among_played(held.flat(users)) for held in (self.seen, self.truth[True]))
        unit = max(spread(self.plain[self.row[users]]), 1e-9)
        return ChoiceSet(scores[:, self.played] / unit, self.heat[self.played], barred, chosen)

    def _among_played(self, pairs: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Number the songs of pairs among those with train plays, leaving out the others."""
        rows, songs = pairs
        kept = self.played[songs]
        return rows[kept], (np.cumsum(self.played) - 1)[songs[kept]]

    def ndcg(self, users: np.ndarray, heat: Heat, warm: bool) -> np.ndarray:
        """NDCG@10 of some of its users, `(users,)`, among the songs that have train plays if `warm`, else among all."""
        added = spread(self.plain[self.row[users]]) * heat.of(self.heat, self.played)
        if warm:
            added = np.where(self.played, added, -np.inf)
        found = ranking_metrics(
            lambda batch: self.scores[self.row[batch]] + added.astype(np.float32),
            users, self.seen, self.truth[warm], self.songs,
        )  # fmt: skip
        return np.asarray(found["ndcg@10"])


def _without_artists(trained: Trained) -> Trained:
    return replace(trained, model=blended(trained.model, familiar=None).eval()) if _has_artists(trained) else trained


def _has_artists(trained: Trained) -> bool:
    return isinstance(trained.model, Blend) and trained.model.familiar is not None


def _has_newcomers(trained: Trained) -> bool:
    return isinstance(trained.model, Blend) and trained.model.newcomers is not None


def _train_heat(prepared: Prepared) -> np.ndarray:
    plays = prepared.plays[prepared.plays["part"] == TRAIN]
    return song_heat(plays, len(prepared.songs), Span.of(plays))


def _scorer(prepared: Prepared, trained: Trained, histories: Histories) -> Callable[[np.ndarray], np.ndarray]:
    return scorer_of(trained.model, trained.songs, histories, encode_users(prepared.features, prepared.users))


def _unit(prepared: Prepared, trained: Trained, histories: Histories) -> float:
    """Standard deviation of a user's scores over the catalogue, on average over users with these histories.

    Without familiar artists: of a few new songs they say so much that the others would hardly count beside it.
    """
    users = np.flatnonzero(histories.counts > 0) if histories.counts.any() else np.arange(len(prepared.users))
    some = np.random.default_rng(0).permutation(users)[: max(MOST_SCORES // len(prepared.songs), 1)]
    return spread(_scorer(prepared, _without_artists(trained), histories)(np.sort(some)))
