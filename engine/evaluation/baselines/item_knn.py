"""Item-based nearest neighbours (Deshpande & Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004).

A song is worth to a user what its nearest neighbours among the songs heard are near: cosines of the songs' listeners,
shrunk where few listeners speak, with those who play everything counting less if validation likes that.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from engine.evaluation.baselines.task import Fitted, Task, walk
from engine.evaluation.metrics import Scorer

NEIGHBOURS = (10, 20, 50, 100, 200, 400)
SHRINKS = (0.0, 3.0, 10.0, 30.0, 100.0)
_MOST_ENTRIES = 12_000_000  # of the neighbours kept: 100 MB, and three times that while some are chosen
_BLOCK_ENTRIES = 4_000_000  # of similarities at a time


def fit_item_knn(task: Task) -> Fitted:
    """Choose by validation how many neighbours count, how listeners weigh and how far similarities shrink, in turn."""
    most = int(np.clip(_MOST_ENTRIES // max(task.songs, 1), NEIGHBOURS[0], NEIGHBOURS[-1]))
    sizes = [size for size in NEIGHBOURS if size <= most]

    settings: dict[str, Any] = {"neighbours": sizes[len(sizes) // 2], "shrink": SHRINKS[1], "listeners_weighed": False}

    def trying(name: str, near: sparse.csr_matrix | None = None) -> Callable[[Any], tuple[float, sparse.csr_matrix]]:
        def attempt(value: Any) -> tuple[float, sparse.csr_matrix]:
            asked = {**settings, name: value}
            found = near if near is not None else nearest(task, asked["shrink"], asked["listeners_weighed"], most)
            kept = _first(found, asked["neighbours"])
            reached = task.ndcg(_scorer(task, kept))
            task.say(f"{name.replace('_', ' ')} {value:g}: {reached:.4f}")
            return reached, kept

        return attempt

    def own() -> sparse.csr_matrix:
        return nearest(task, settings["shrink"], settings["listeners_weighed"], most)

    settings["neighbours"], _, _ = walk(sizes, trying("neighbours", own()))
    settings["listeners_weighed"], _, _ = walk((False, True), trying("listeners_weighed"))
    settings["shrink"], _, _ = walk(SHRINKS, trying("shrink"), 1)
    settings["neighbours"], reached, kept = walk(
        sizes, trying("neighbours", own()), sizes.index(settings["neighbours"])
    )
    return Fitted(_scorer(task, kept), {**settings, "validation_ndcg@10": round(reached, 5)})


def nearest(task: Task, shrink: float, weighed: bool, most: int) -> sparse.csr_matrix:
    """Find the nearest neighbours of each song, `(songs, songs)`, each row's from the nearest on.

    Parameters
    ----------
    shrink
        Added to the product of the songs' lengths, in listeners.
    weighed
        Let a listener of n songs count 1 / log(1 + n), else all alike.
    most
        Neighbours a song.
    """
    plays = task.plays
    if weighed:
        weights = 1 / np.log1p(np.maximum(task.train.counts, 1))
        plays = sparse.csr_matrix(sparse.diags(np.sqrt(weights).astype(np.float32)) @ plays)
    by_song = plays.T.tocsr()
    lengths = np.sqrt(np.asarray(by_song.multiply(by_song).sum(axis=1)).ravel())
    # What a row of similarities costs at most: the songs of all its listeners.
    costs = np.minimum((task.plays.T @ task.train.counts).astype(np.int64), task.songs)
    block = np.cumsum(costs) // _BLOCK_ENTRIES
    edges = np.flatnonzero(np.diff(block, prepend=-1, append=block[-1] + 1)) if len(block) else np.zeros(1, np.int64)
    parts = [_similar(by_song, plays, lengths, a, b, shrink, most) for a, b in pairwise(edges.tolist())]
    return sparse.vstack(parts, format="csr")


def _similar(
    by_song: sparse.csr_matrix, plays: sparse.csr_matrix, lengths: np.ndarray, first: int, last: int, shrink: float,
    most: int,
) -> sparse.csr_matrix:  # fmt: skip
    found = sparse.csr_matrix(by_song[first:last] @ plays)
    rows = np.repeat(np.arange(last - first), np.diff(found.indptr))
    found.data /= (lengths[first + rows] * lengths[found.indices] + shrink).astype(np.float32)
    data, places, starts = [], [], [0]
    for row in range(last - first):
        own = slice(found.indptr[row], found.indptr[row + 1])
        near, songs = found.data[own], found.indices[own]
        other = songs != first + row
        near, songs = near[other], songs[other]
        if len(near) > most:
            kept = np.argpartition(-near, most - 1)[:most]
            near, songs = near[kept], songs[kept]
        order = np.lexsort((songs, -near))
        data.append(near[order])
        places.append(songs[order])
        starts.append(starts[-1] + len(order))
    shape = last - first, plays.shape[1]
    return sparse.csr_matrix((np.concatenate(data), np.concatenate(places), starts), shape=shape)


def _first(near: sparse.csr_matrix, size: int) -> sparse.csr_matrix:
    """Keep the first entries of each row, and turn the matrix over: from songs heard to songs that they speak for."""
    counts = np.diff(near.indptr)
    place = np.arange(near.nnz) - np.repeat(near.indptr[:-1], counts)
    kept = place < size
    starts = np.concatenate([[0], np.cumsum(np.minimum(counts, size))])
    return sparse.csr_matrix((near.data[kept], near.indices[kept], starts), shape=near.shape).T.tocsr()


def _scorer(task: Task, near: sparse.csr_matrix) -> Scorer:
    # Songs that no song heard speaks for follow by their listeners, not by their place in the table.
    others = (task.listeners / (task.listeners.max(initial=0) + 1.0) - 1).astype(np.float32)

    def score(users: np.ndarray) -> np.ndarray:
        scores = (task.plays[users] @ near).toarray()
        return np.where(scores > 0, scores, others)

    return score
