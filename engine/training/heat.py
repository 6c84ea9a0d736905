"""Weigh how much a song is played now against what the towers say, by what ranks the validation plays best.

The weights are chosen once, by validation. The heat itself is that of the train plays, when choosing and when judging,
so that a model is judged on what its baselines know too; what is served has all plays for train plays.
"""

from collections.abc import Callable
from dataclasses import replace

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
LEAST_GAIN = 0.01  # of NDCG@10, relative: less is noise, and simpler is better


def fit_heat(
    prepared: Prepared, trained: Trained, on_progress: Callable[[str], None] = lambda text: None
) -> np.ndarray:
    """Choose the weight of each half-life of heat by NDCG@10 on the validation plays of songs that have train plays.

    Returns
    -------
    weights
        `(half-lives,)`, in standard deviations of the towers' scores; 0 without times or where heat doesn't help.
    """
    weights = np.zeros(len(HALF_LIVES))
    if prepared.info["split"] != "temporal":
        return weights
    songs, train = len(prepared.songs), prepared.part(TRAIN)
    played = np.bincount(train["song_index"], minlength=songs) > 0
    chosen_next = new_to_user(prepared.part(VALID), train)
    chosen_next = chosen_next[played[chosen_next["song_index"].to_numpy()]]
    truth = Histories.from_plays(chosen_next, len(prepared.users))
    seen = Histories.from_plays(train, len(prepared.users))
    users = np.flatnonzero(truth.counts > 0)
    users = np.sort(np.random.default_rng(0).permutation(users)[: max(MOST_SCORES // songs, 1)])
    if not len(users):
        return weights
    heat = _train_heat(prepared)
    scores = _scorer(prepared, trained, seen)(users)
    unit = _deviation(scores)
    row = np.full(len(prepared.users), -1)
    row[users] = np.arange(len(users))

    def ndcg(tried: np.ndarray) -> float:
        warm = np.where(played, unit * (heat @ tried), -np.inf).astype(np.float32)
        found = ranking_metrics(lambda batch: scores[row[batch]] + warm, users, seen, truth, songs)
        return float(found["ndcg@10"].mean())

    best = ndcg(weights)
    for number in range(ROUNDS):
        on_progress(f"weighing what is played now · round {number + 1} of {ROUNDS}")
        tries = [weights + s * unit_vector for unit_vector in np.eye(len(weights)) for s in STRENGTHS]
        reached = [ndcg(tried) for tried in tries]
        if max(reached) <= best * (1 + LEAST_GAIN):
            break
        best, weights = max(reached), tries[int(np.argmax(reached))]
    return weights


def with_heat(prepared: Prepared, trained: Trained, weights: np.ndarray) -> Trained:
    """Add heat to a model's song biases, as of the end of the train plays of `prepared`."""
    if not weights.any():
        return trained
    heat = _train_heat(prepared) @ weights
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    some = np.random.default_rng(0).permutation(len(prepared.users))[: max(MOST_SCORES // len(heat), 1)]
    unit = _deviation(_scorer(prepared, trained, histories)(np.sort(some)))
    bias = torch.from_numpy((unit * heat).astype(np.float32)).to(trained.songs.heat.device)
    return replace(trained, songs=replace(trained.songs, heat=bias))


def _train_heat(prepared: Prepared) -> np.ndarray:
    plays = prepared.plays[prepared.plays["part"] == TRAIN]
    return song_heat(plays, len(prepared.songs), Span.of(plays))


def _scorer(prepared: Prepared, trained: Trained, histories: Histories) -> Callable[[np.ndarray], np.ndarray]:
    return scorer_of(trained.model, trained.songs, histories, encode_users(prepared.features, prepared.users))


def _deviation(scores: np.ndarray) -> float:
    """Standard deviation of a user's scores over the catalogue, on average over users."""
    return float(scores.std(axis=1).mean())
