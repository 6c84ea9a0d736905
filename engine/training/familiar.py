"""Fit the basis in which familiar artists are told apart."""

import numpy as np
import torch
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from engine.data.histories import Histories
from engine.model.familiar import Familiar
from engine.model.towers import Sizes

MOST_LISTENERS = 100_000  # to find the basis by
_ROUNDS = 8  # of the randomised decomposition: one listener's artists hardly weigh more than another's


def familiar_part(sizes: Sizes, histories: Histories, artist: np.ndarray, rank: int, scale: float = 1.0) -> Familiar:
    """Make the part of the model from train plays; a song counts 1 / its listeners, as a rare one tells more.

    Parameters
    ----------
    artist
        `(songs,)`, the main artist's position, 0 unknown.
    rank
        Length of the vectors; less where there are fewer listeners or artists.
    """
    users = len(histories.counts)
    listeners = np.bincount(histories.songs, minlength=sizes.songs)
    worth = 1 / np.maximum(listeners, 1.0)
    weights = np.ones(len(histories.songs)) if histories.weights is None else histories.weights
    counts = sparse.csr_matrix(
        (weights * worth[histories.songs], artist[histories.songs], histories.starts), shape=(users, sizes.artists + 1)
    )
    counts.sum_duplicates()
    if users > MOST_LISTENERS:
        counts = counts[np.sort(np.random.default_rng(0).permutation(users)[:MOST_LISTENERS])]
    counts = counts[:, 1:]
    # The few artists of one listener are worth as much as the many of another, so rows have the length 1.
    length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    even = (sparse.diags(1 / np.maximum(length, 1e-12)) @ counts)[length > 0]
    rank = min(rank, *even.shape)
    found = Familiar(sizes, rank)
    with torch.no_grad():
        if rank:
            basis = randomized_svd(even.tocsr(), rank, n_iter=_ROUNDS, random_state=0)[2]
            found.artists[1:] = torch.from_numpy(np.ascontiguousarray(basis.T)).float()
        found.common.copy_(torch.from_numpy(1 - worth))
        found.scale.fill_(scale)
    return found
