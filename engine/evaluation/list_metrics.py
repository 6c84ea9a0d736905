"""What lists are like beside being right: how unfamiliar, how varied, how popular, how much of the catalogue they show.

Lists are `(users, k)` song positions, -1 where a list is shorter; a value per user first, NaN where it isn't defined.
Popularity is the share of the users with train plays who have played a song.
"""

import numpy as np
from scipy import sparse

from engine.data.histories import Histories

WIDTH = 128  # of the sketch of a song's listeners
_SLOTS = 4  # of it that each listener goes to


def popularity_shares(train: Histories, songs: int) -> np.ndarray:
    """Share of the users with train plays who have played each song, `(songs,)`."""
    return np.bincount(train.songs, minlength=songs) / max(int((train.counts > 0).sum()), 1)


def novelty(ranked: np.ndarray, train: Histories, songs: int) -> np.ndarray:
    """Mean self-information of a list's songs in bits, `(users,)`: −log₂ of the chance that someone has played it.

    Zhou et al., "Solving the Apparent Diversity-Accuracy Dilemma of Recommender Systems", 2010. One listener is added
    to each song and to the users, so that a song that nobody has played is the most novel of all, and not infinitely.
    """
    users = int((train.counts > 0).sum())
    bits = -np.log2((np.bincount(train.songs, minlength=songs) + 1) / (users + 1))
    return _mean_of(bits, ranked)


def mean_popularity(ranked: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Mean popularity of a list's songs, `(users,)`."""
    return _mean_of(shares, ranked)


def history_popularity(users: np.ndarray, train: Histories, shares: np.ndarray) -> np.ndarray:
    """Mean popularity of the songs a user has train plays of, `(users,)`; NaN without any."""
    rows, songs = train.flat(users)
    counts = train.counts[users]
    sums = np.bincount(rows, weights=shares[songs], minlength=len(users))
    return np.divide(sums, counts, out=np.full(len(users), np.nan), where=counts > 0)


def popularity_lift(lists: np.ndarray, histories: np.ndarray) -> np.ndarray:
    """How much more popular lists are than histories, relative, `(users,)`: 0 for as popular, 1 for twice so.

    Abdollahpouri et al., "The Unfairness of Popularity Bias in Recommendation", 2019, here of each user alone.

    Parameters
    ----------
    lists, histories
        `(users,)`, their mean popularities.
    """
    known = np.isfinite(histories) & (histories > 0)
    return np.divide(lists, histories, out=np.full(len(lists), np.nan), where=known) - 1


def song_profiles(genres: list[list[str]], train: Histories, songs: int) -> tuple[sparse.csr_matrix, str]:
    """Describe songs by what a list's variety is measured in: unit rows `(songs, width)`, and what they are, in words.

    By genres, where a tenth of the songs and more have any; else by who listens to them, as a sketch in which each
    listener has a few places of a random sign (Li et al., "Very Sparse Random Projections", 2006). Songs of which
    nothing is known have an empty row.
    """
    if sum(map(bool, genres)) >= max(songs / 10, 1):
        names = {name: place for place, name in enumerate(sorted({name for own in genres for name in own}))}
        columns = np.array([names[name] for own in genres for name in own], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum([len(own) for own in genres])])
        return _unit(sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=(songs, len(names)))), "genres"
    users = len(train.counts)
    random = np.random.default_rng(0)
    places = random.integers(0, WIDTH, (users, _SLOTS))
    signs = random.choice([-1.0, 1.0], (users, _SLOTS))
    sketch = sparse.csr_matrix((signs.ravel(), places.ravel(), np.arange(users + 1) * _SLOTS), shape=(users, WIDTH))
    # Who plays little says more of a song than who plays everything.
    weight = np.repeat(1 / np.sqrt(np.maximum(train.counts, 1)), train.counts)
    plays = sparse.csr_matrix((weight, train.songs, train.starts), shape=(users, songs))
    return _unit(plays.T @ sketch), "listeners in common"


def diversity(ranked: np.ndarray, profiles: sparse.csr_matrix) -> np.ndarray:
    """Mean distance 1 − cosine of the pairs of a list's songs, `(users,)`; NaN with fewer than two that are known.

    Intra-list diversity as in Ziegler et al., "Improving Recommendation Lists Through Topic Diversification", 2005. The
    squared length of the sum of unit vectors is their number and twice the sum of the cosines, so no pair is formed.
    """
    rows, songs = _flat(ranked)
    described = np.diff(profiles.indptr) > 0
    rows, songs = rows[described[songs]], songs[described[songs]]
    lists = sparse.csr_matrix((np.ones(len(rows)), (rows, songs)), shape=(len(ranked), profiles.shape[0]))
    sums = lists @ profiles
    count = np.bincount(rows, minlength=len(ranked)).astype(np.float64)
    cosines = np.asarray(sums.multiply(sums).sum(axis=1)).ravel() - count
    pairs = count * (count - 1)
    return 1 - np.divide(cosines, pairs, out=np.full(len(ranked), np.nan), where=pairs > 0)


def coverage(ranked: np.ndarray, songs: int) -> float:
    """Share of the catalogue that is in anyone's list."""
    return len(np.unique(ranked[ranked >= 0])) / max(songs, 1)


def _flat(ranked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, places = np.nonzero(ranked >= 0)
    return rows, ranked[rows, places]


def _mean_of(values: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    rows, songs = _flat(ranked)
    counts = np.bincount(rows, minlength=len(ranked))
    sums = np.bincount(rows, weights=values[songs], minlength=len(ranked))
    return np.divide(sums, counts, out=np.full(len(ranked), np.nan), where=counts > 0)


def _unit(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    rows = sparse.csr_matrix(rows)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data = rows.data / np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(rows.indptr))
    rows.eliminate_zeros()
    return rows
