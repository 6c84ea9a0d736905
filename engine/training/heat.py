"""Weigh how much a song is played now against what the towers say, by what ranks the validation plays best.

The weights are chosen once, by validation. The heat itself is that of the train plays, when choosing and when judging,
so that a model is judged on what its baselines know too; what is served has all plays for train plays.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.data.features import encode_users
from engine.data.heat import HALF_LIVES, song_heat
from engine.data.histories import Histories
from engine.data.listening import Span
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID, new_to_user
from engine.evaluation.metrics import ranking_metrics
from engine.training.loop import Trained
from engine.training.validation import scorer_of

STRENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of heat, in standard deviations of the towers' scores
ROUNDS = 2  # half-lives that may count
MOST_SCORES = 20_000_000  # users × songs in memory
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)  # of songs without train plays, to choose from
LEAST_GAIN = 0.01  # of NDCG@10, relative: less is noise, and simpler is better


@dataclass(frozen=True)
class Heat:
    """What is played now, as validation weighed it.

    `weights` `(half-lives,)`, in standard deviations of the towers' scores. `unplayed` is how hot a song without train
    plays counts: the share of the played songs that are cooler, or None for not at all. Songs that appear are often
    what is played next, and would come after everything that was ever played.
    """

    weights: np.ndarray
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


def fit_heat(prepared: Prepared, trained: Trained, on_progress: Callable[[str], None] = lambda text: None) -> Heat:
    """Choose the weight of each half-life of heat by NDCG@10 on the validation plays of songs that have train plays.

    Then, by all validation plays, how hot songs without train plays are. Without times, or where heat doesn't help,
    all weights are 0.
    """
    nothing = Heat(np.zeros(len(HALF_LIVES)))
    if prepared.info["split"] != "temporal":
        return nothing
    judge = _Judge(prepared, trained)
    if not len(judge.users):
        return nothing
    weights = nothing.weights
    best = judge.ndcg(nothing, warm=True)
    for number in range(ROUNDS):
        on_progress(f"weighing what is played now · round {number + 1} of {ROUNDS}")
        tries = [weights + s * unit_vector for unit_vector in np.eye(len(weights)) for s in STRENGTHS]
        reached = [judge.ndcg(Heat(tried), warm=True) for tried in tries]
        if max(reached) <= best * (1 + LEAST_GAIN):
            break
        best, weights = max(reached), tries[int(np.argmax(reached))]
    if not weights.any():
        return nothing
    levels = [Heat(weights), *(Heat(weights, level) for level in LEVELS)]
    return max(levels, key=lambda heat: judge.ndcg(heat, warm=False))


def with_heat(prepared: Prepared, trained: Trained, heat: Heat) -> Trained:
    """Add heat to a model's song biases, as of the end of the train plays of `prepared`."""
    if not heat.any:
        return trained
    played = np.bincount(prepared.part(TRAIN)["song_index"], minlength=len(prepared.songs)) > 0
    weighed = heat.of(_train_heat(prepared), played)
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    some = np.random.default_rng(0).permutation(len(prepared.users))[: max(MOST_SCORES // len(weighed), 1)]
    unit = _deviation(_scorer(prepared, trained, histories)(np.sort(some)))
    bias = torch.from_numpy((unit * weighed).astype(np.float32)).to(trained.songs.heat.device)
    return replace(trained, songs=replace(trained.songs, heat=bias))


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
            self.scores = _scorer(prepared, trained, self.seen)(self.users)
            self.unit = _deviation(self.scores)

    def ndcg(self, heat: Heat, warm: bool) -> float:
        """NDCG@10, among the songs that have train plays if `warm`, else among all."""
        added = self.unit * heat.of(self.heat, self.played)
        if warm:
            added = np.where(self.played, added, -np.inf)
        found = ranking_metrics(
            lambda batch: self.scores[self.row[batch]] + added.astype(np.float32),
            self.users, self.seen, self.truth[warm], self.songs,
        )  # fmt: skip
        return float(found["ndcg@10"].mean())


def _train_heat(prepared: Prepared) -> np.ndarray:
    plays = prepared.plays[prepared.plays["part"] == TRAIN]
    return song_heat(plays, len(prepared.songs), Span.of(plays))


def _scorer(prepared: Prepared, trained: Trained, histories: Histories) -> Callable[[np.ndarray], np.ndarray]:
    return scorer_of(trained.model, trained.songs, histories, encode_users(prepared.features, prepared.users))


def _deviation(scores: np.ndarray) -> float:
    """Standard deviation of a user's scores over the catalogue, on average over users."""
    return float(scores.std(axis=1).mean())
