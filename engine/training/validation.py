"""How good a model is on the songs held out for validation, by ranking the whole catalogue."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch

from engine.data.batches import inference_batches
from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.evaluation.metrics import ranking_metrics
from engine.model.blend import Network
from engine.model.towers import SongTensors
from engine.training.data import TrainingData

MOST_VALIDATION_USERS = 2_000  # a fixed sample is enough to choose when to stop, and keeps an epoch short


def validation_ndcg(model: Network, data: TrainingData) -> float:
    """Mean NDCG@10 on the held-out songs of up to `MOST_VALIDATION_USERS` users; 0 if there are none."""
    if not len(validation_users(data)):
        return 0.0
    return float(validation_metrics(model, data)["ndcg@10"].mean())


def validation_users(data: TrainingData) -> np.ndarray:
    """Positions of the users who are validated on, the same each time."""
    users = np.flatnonzero((data.held_out.counts > 0) & (data.known.counts > 0))
    if len(users) > MOST_VALIDATION_USERS:
        users = np.sort(np.random.default_rng(0).choice(users, MOST_VALIDATION_USERS, replace=False))
    return users


def validation_metrics(model: Network, data: TrainingData) -> pd.DataFrame:
    """Compute the ranking metrics of each validated user, of whom there has to be one."""
    scorer = scorer_of(model, data.songs, data.known, data.demographics)
    return ranking_metrics(scorer, validation_users(data), data.known, data.held_out, len(data.listeners))


def scorer_of(
    model: Network, songs: SongTensors, histories: Histories, demographics: UserArrays
) -> Callable[[np.ndarray], np.ndarray]:
    """Give the model as a scorer: user positions in, `(users, songs)` float32 scores out."""
    model.eval()
    with torch.no_grad():
        items, table = model.item_vectors(songs), model.history_table(songs)

    @torch.no_grad()
    def score(users: np.ndarray) -> np.ndarray:
        (batch,) = inference_batches(histories, demographics, users, len(users), model.timed)
        vectors = model.user_vectors(batch.to(items.device), table)
        return model.score_all(vectors, songs, items).float().cpu().numpy()

    return score


def spread(scores: np.ndarray) -> float:
    """Standard deviation of a user's scores over the catalogue, on average over users, from `(users, songs)`."""
    return float(scores.std(axis=1).mean())
