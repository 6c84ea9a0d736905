"""Ranking metrics, a value per user first.

Conventions: the whole catalogue is ranked, songs of the seen history are left out; of equal scores the song with the
lower position goes first, whatever the model; a song is relevant or not (binary gains); the ideal DCG and the average
precision count min(k, relevant) hits, so that the best list there could be has 1. Users without a relevant song have
no value: they are dropped by the caller, and counted.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from engine.data.histories import Histories

LENGTH = 20  # of the lists that are judged
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


def score_blocks(scorer: Scorer, users: np.ndarray, songs: int) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Score users block by block: where they are in `users`, who they are, and their scores, free to be changed."""
    block = max(1, BLOCK_SCORES // max(songs, 1))
    for start in range(0, len(users), block):
        chosen = users[start : start + block]
        yield slice(start, start + len(chosen)), chosen, np.array(scorer(chosen), dtype=np.float32)


def rank_unseen(scorer: Scorer, users: np.ndarray, seen: Histories, songs: int, k: int) -> np.ndarray:
    """Rank the catalogue for each user without the songs seen, `(users, k)`; -1 where fewer are left."""
    ranked = np.full((len(users), k), -1, dtype=np.int64)
    for place, chosen, scores in score_blocks(scorer, users, songs):
        scores[seen.flat(chosen)] = -np.inf
        best = top_k(scores, k)
        ranked[place, : best.shape[1]] = best
    return ranked


def rank_seen(scores: np.ndarray, users: np.ndarray, seen: Histories, k: int) -> np.ndarray:
    """Rank the songs that each user has seen, `(users, k)`; -1 where there are fewer.

    Parameters
    ----------
    scores
        `(users, songs)`.
    """
    rows, songs = seen.flat(users)
    order = np.lexsort((songs, -scores[rows, songs], rows))
    counts = seen.counts[users]
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    ranked = np.full((len(users), k), -1, dtype=np.int64)
    kept = place < k
    ranked[rows[kept], place[kept]] = songs[order][kept]
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


def reciprocal_rank_at_k(hit: np.ndarray) -> np.ndarray:
    """One over the rank of the first relevant song, 0 where none is among the k, `(users,)`; its mean is MRR@k."""
    return np.where(hit.any(axis=1), 1 / (hit.argmax(axis=1) + 1), 0.0)


def hit_rate_at_k(hit: np.ndarray) -> np.ndarray:
    """1 where at least one of the k is relevant, `(users,)`."""
    return np.asarray(hit.any(axis=1), dtype=np.float64)


def ranking_metrics(scorer: Scorer, users: np.ndarray, seen: Histories, truth: Histories, songs: int) -> pd.DataFrame:
    """Rank for each user and compute `accuracy`.

    Parameters
    ----------
    users
        Positions of users with at least one relevant song in `truth`.
    """
    return accuracy(rank_unseen(scorer, users, seen, songs, k=LENGTH), users, truth, songs)


def accuracy(ranked: np.ndarray, users: np.ndarray, truth: Histories, songs: int) -> pd.DataFrame:
    """Compute the metrics of lists that were ranked, `(users, 20)`, best first and -1 where there are fewer songs.

    Returns
    -------
    frame
        Columns `user_index`, `ndcg@10`, `recall@20`, `map@20`, `mrr@10`, `hit_rate@10`, a row a user.
    """
    hit = hits(ranked, users, truth, songs)
    relevant = truth.counts[users]
    return pd.DataFrame(
        {
            "user_index": users,
            "ndcg@10": ndcg_at_k(hit[:, :10], relevant),
            "recall@20": recall_at_k(hit, relevant),
            "map@20": average_precision_at_k(hit, relevant),
            "mrr@10": reciprocal_rank_at_k(hit[:, :10]),
            "hit_rate@10": hit_rate_at_k(hit[:, :10]),
        }
    )
