"""Count what people of an age, gender or country play, for those of whom nothing else is known."""

import numpy as np
import torch

from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.evaluation.metrics import ranking_metrics
from engine.model.newcomers import Newcomers
from engine.model.towers import Sizes

SMOOTHINGS = (
    100.0,
    300.0,
    1_000.0,
    3_000.0,
    10_000.0,
    30_000.0,
)  # plays of the average listener that each count starts from
MOST_DIMENSIONS = 128
KEPT = 0.99  # of the squared log ratios
_ATTRIBUTES = ("age", "gender", "country")


def log_ratios(
    histories: Histories, demographics: UserArrays, users: np.ndarray, songs: int, smoothing: float
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Count the plays of some users.

    Returns
    -------
    popularity
        `(songs,)`, the log of each song's share.
    ratios
        By attribute `(values, songs)`: log of the share among people of that value, less `popularity`; row 0, unknown,
        is 0.
    """
    rows, heard = histories.flat(users)
    counts = np.bincount(heard, minlength=songs).astype(np.float64)
    share = (counts + 0.5) / (counts.sum() + 0.5 * songs)
    ratios = {}
    for name in _ATTRIBUTES:
        values = getattr(demographics, name)
        size = int(values.max(initial=0)) + 1
        of_play = values[users[rows]]
        table = np.bincount(of_play * songs + heard, minlength=size * songs).reshape(size, songs)
        total = table.sum(axis=1, keepdims=True)
        ratios[name] = np.log((table + smoothing * share) / (total + smoothing) / share)
        ratios[name][0] = 0.0
    return np.log(share), ratios


def choose_smoothing(histories: Histories, demographics: UserArrays, songs: int, most_users: int) -> float | None:
    """Choose the smoothing by how well one half of the users tells what the other half plays, by NDCG@10.

    Returns None where no attribute is known or none helps.
    """
    users = np.flatnonzero(histories.counts > 0)
    told = sum((getattr(demographics, name) > 0) for name in _ATTRIBUTES)
    if not len(users) or not told[users].any():
        return None
    drawn = np.random.default_rng(0).permutation(users)
    learnt, judged = drawn[: len(drawn) // 2], np.sort(drawn[len(drawn) // 2 :][:most_users])
    if not len(learnt):
        return None
    nothing = Histories.empty(len(histories.counts))

    def ndcg(smoothing: float | None) -> float:
        popularity, ratios = log_ratios(histories, demographics, learnt, songs, smoothing or 1.0)
        used = ratios if smoothing is not None else {}

        def score(batch: np.ndarray) -> np.ndarray:
            parts = [ratio[getattr(demographics, name)[batch]] for name, ratio in used.items()]
            return np.asarray(sum(parts, np.tile(popularity, (len(batch), 1))), dtype=np.float32)

        return float(ranking_metrics(score, judged, nothing, histories, songs)["ndcg@10"].mean())

    reached = {smoothing: ndcg(smoothing) for smoothing in (None, *SMOOTHINGS)}
    return max(reached, key=lambda smoothing: reached[smoothing])


def newcomers_part(
    sizes: Sizes, histories: Histories, demographics: UserArrays, bias: np.ndarray, smoothing: float | None
) -> Newcomers:
    """Make the part of the model: the counts of all users, in at most `MOST_DIMENSIONS` dimensions.

    Parameters
    ----------
    bias
        `(songs,)`, the towers' bias.
    smoothing
        As of `choose_smoothing`; None for plain popularity.
    """
    songs, users = sizes.songs, np.flatnonzero(histories.counts > 0)
    popularity, ratios = log_ratios(histories, demographics, users, songs, smoothing or 1.0)
    heard = np.bincount(histories.songs, minlength=songs) > 0
    level = float((bias - popularity)[heard].mean()) if heard.any() else 0.0
    stacked = np.concatenate([ratios[name] for name in _ATTRIBUTES])
    values, vectors = np.linalg.eigh(stacked @ stacked.T)
    values = np.clip(values[::-1], 0.0, None)
    needed = int(np.searchsorted(np.cumsum(values), KEPT * values.sum())) + 1 if values.any() else 0
    kept = np.arange(len(values))[::-1][: min(needed, MOST_DIMENSIONS) if smoothing is not None else 0]
    part = Newcomers(sizes, len(kept))
    with torch.no_grad():
        start = 0
        for name in _ATTRIBUTES:
            rows = vectors[start : start + len(ratios[name]), kept]
            getattr(part, name)[: len(rows)] = torch.from_numpy(rows).float()
            start += len(ratios[name])
        part.songs.copy_(torch.from_numpy((vectors[:, kept].T @ stacked).T))
        part.worth.copy_(torch.from_numpy(popularity + level - bias))
    return part
