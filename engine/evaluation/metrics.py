"""Ranking metrics, a value per user first.

Conventions: the whole catalogue is ranked, songs of the seen history are left out, ties go to the lower position;
the ideal DCG has min(k, relevant) hits; users without a relevant song are dropped by the caller and counted.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from engine.data.histories import Histories

BLOCK_SCORES = 20_000_000  # scores in memory at a time: 80 MB as float32

Scorer = Callable[[np.ndarray], np.ndarray]
"""Takes user positions `(users,)` and gives scores `(users, songs)`, float32."""


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Positions of the k highest scores of each row, best first, `(rows, k)`; -1 where the score is -inf."""
    songs = scores.shape[1]
    k = min(k, songs)
    # A partition of values, unlike one of positions, finds every song that ties for the last place.
    last = np.partition(scores, songs - k, axis=1)[:, songs - k]
    row, song = np.nonzero(scores >= last[:, None])
    order = np.lexsort((song, -scores[row, song], row))
    starts = np.searchsorted(row, np.arange(len(scores)))
    ranked = song[order][starts[:, None] + np.arange(k)]
    ranked[np.take_along_axis(scores, ranked, axis=1) == -np.inf] = -1
    return ranked


def rank_unseen(scorer: Scorer, users: np.ndarray, seen: Histories, songs: int, k: int) -> np.ndarray:
    """Rank the catalogue for each user without the songs seen, `(users, k)`; -1 where fewer are left."""
    block = max(1, BLOCK_SCORES // max(songs, 1))
    ranked = np.full((len(users), k), -1, dtype=np.int64)
    for start in range(0, len(users), block):
        chosen = users[start : start + block]
        scores = np.array(scorer(chosen), dtype=np.float32)
        scores[seen.flat(chosen)] = -np.inf
        best = top_k(scores, k)
        ranked[start : start + block, : best.shape[1]] = best
    return ranked


def hits(ranked: np.ndarray, users: np.ndarray, truth: Histories, songs: int) -> np.ndarray:
    """Tell which ranked songs are relevant, `(users, k)` bool."""
    rows, relevant = truth.flat(users)
    keys = np.sort(rows * songs + relevant)
    wanted = np.arange(len(users))[:, None] * songs + ranked
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return (keys[place] == wanted) & (ranked >= 0) if len(keys) else np.zeros(ranked.shape, dtype=bool)


def ndcg_at_k(hit: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Normalised discounted cumulative gain with binary gains (Järvelin & Kekäläinen, 2002), `(users,)`.

    Parameters
    ----------
    hit
        `(users, k)` bool, best first.
    relevant
        `(users,)`, number of relevant songs, at least 1.
    """
    discount = 1 / np.log2(np.arange(hit.shape[1]) + 2)
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(relevant, hit.shape[1])]
    return np.asarray((hit * discount).sum(axis=1) / ideal)


def recall_at_k(hit: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Share of the relevant songs that are among the k, `(users,)`."""
    return np.asarray(hit.sum(axis=1) / relevant)


def average_precision_at_k(hit: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Mean of the precision at each hit, over as many hits as there could be among the k, `(users,)`.

    Its mean over users is MAP@k (Manning et al., "Introduction to Information Retrieval", 2008, ch. 8, cut at k).
    """
    precision = np.cumsum(hit, axis=1) / (np.arange(hit.shape[1]) + 1)
    return np.asarray((precision * hit).sum(axis=1) / np.minimum(relevant, hit.shape[1]))


def hit_rate_at_k(hit: np.ndarray) -> np.ndarray:
    """1 where at least one of the k is relevant, `(users,)`."""
    return np.asarray(hit.any(axis=1), dtype=np.float64)


def ranking_metrics(scorer: Scorer, users: np.ndarray, seen: Histories, truth: Histories, songs: int) -> pd.DataFrame:
    """Compute NDCG@10, Recall@20, average precision at 20 and HitRate@10 for each user.

    Parameters
    ----------
    users
        Positions of users with at least one relevant song in `truth`.

    Returns
    -------
    frame
        Columns `user_index`, `ndcg@10`, `recall@20`, `map@20`, `hit_rate@10`.
    """
    ranked = rank_unseen(scorer, users, seen, songs, k=20)
    hit = hits(ranked, users, truth, songs)
    relevant = truth.counts[users]
    return pd.DataFrame(
        {
            "user_index": users,
            "ndcg@10": ndcg_at_k(hit[:, :10], relevant),
            "recall@20": recall_at_k(hit, relevant),
            "map@20": average_precision_at_k(hit, relevant),
            "hit_rate@10": hit_rate_at_k(hit[:, :10]),
        }
    )
