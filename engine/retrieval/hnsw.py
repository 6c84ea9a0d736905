"""HNSW (Malkov & Yashunin, 2018) through hnswlib, with the recall it was measured at.

Songs are searched by Euclidean distance after one more place has made all vectors equally long (Bachrach et al.,
"Speeding Up the Xbox Recommender System", RecSys 2014): the order is that of the inner product, and the graph stays
navigable. On raw inner products, whose norms vary with popularity, recall@20 stayed under .7 at any ef that was tried.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import hnswlib
import numpy as np

from engine.config import RetrievalSettings
from engine.data.whole import write_json
from engine.errors import BundleError
from engine.retrieval.exact import ExactIndex

MEASURED_K = 100
MOST_QUERIES = 500
LARGEST_EF = 4_096
NARROW = 0.07  # share of songs under which a filter leaves them to exact search
EXACT_FROM = 1 / 64  # of the songs: a search as wide as that takes a third of what scoring all of them does
ROUNDING = 1e-5  # of a score, in which two ways of summing it may differ
_BATCH = 20_000  # songs between two reports of progress
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Measured:
    """How an index was built and what it finds of the exact answer.

    `recall` is the mean share of the exact top `k` found, `recall_low` its lower 95 % bound, over `queries` user
    vectors; `serves` says whether that passed the floor and the catalogue is large enough to need an index.
    """

    songs: int
    dim: int
    m: int
    ef_construction: int
    ef: int
    k: int
    queries: int
    recall: float
    recall_low: float
    serves: bool


@dataclass(frozen=True)
class HnswIndex:
    """A built graph, its measurement, and exact search for what it can't do; a `VectorIndex`."""

    index: hnswlib.Index
    vectors: np.ndarray
    measured: Measured

    def __len__(self) -> int:
        return self.measured.songs

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the k best songs, as `VectorIndex.search`: by the graph where that is sure and faster, else exactly.

        With a filter the graph is asked for as many more songs as the filter leaves fewer; if it was right about
        those, the best of them that are allowed are the best that are allowed.
        """
        found = None
        if allowed is None:
            found = self.nearest(query, k)
        else:
            share = np.count_nonzero(allowed) / max(len(allowed), 1)
            if share >= NARROW:
                found = self.nearest(query, int(1.25 * k / share) + 1)
                found = None if found is None else found[allowed[found]]
        if found is None or len(found) < min(k, len(self)):
            return self.exact.search(query, k, allowed)
        found = found[:k]
        scores = self.vectors[found] @ query
        order = np.lexsort((found, -scores))
        return found[order], scores[order]

    @cached_property
    def exact(self) -> ExactIndex:
        """Exact search over the same vectors."""
        return ExactIndex(self.vectors)

    def nearest(self, query: np.ndarray, k: int) -> np.ndarray | None:
        """Ask the graph for about the k best songs; None where it doesn't serve, saves little or can't reach them.

        Beyond the k it was measured at, it searches as much wider as more is asked for: up to k = 3,000 recall stayed
        within .005 of what it was, on HetRec's listeners as on a million drawn songs.
        """
        k, measured = min(k, len(self)), self.measured
        width = max(k, measured.ef + max(k - measured.k, 0))
        if k < 1 or not measured.serves or width > EXACT_FROM * len(self):
            return None
        found = reached(self.index, query, width if width > measured.ef else k)
        return None if found is None else found[:k]

    def save(self, folder: Path) -> None:
        """Write `retrieval.hnsw` and `retrieval.json`."""
        self.index.save_index(str(folder / "retrieval.hnsw"))
        write_json(folder / "retrieval.json", asdict(self.measured))


def build_hnsw(
    vectors: np.ndarray,
    queries: np.ndarray,
    settings: RetrievalSettings,
    on_progress: Progress = lambda done, total: None,
) -> HnswIndex:
    """Build an index and choose ef.

    The search width `ef` is the least, within an eighth, at which the lower 95 % bound of recall@k passes the floor on
    held-out *user* vectors: song-to-song queries are easier than real ones and would promise too much.

    Parameters
    ----------
    vectors
        Songs, `(songs, dim)` float32.
    queries
        User vectors that training did not fit its histories on, `(users, dim)` float32.
    on_progress
        Called with songs done and songs in all.
    """
    songs, dim = vectors.shape
    index = hnswlib.Index(space="l2", dim=dim + 1)
    index.init_index(max_elements=songs, M=settings.m, ef_construction=settings.ef_construction, random_seed=7)
    longest = _squares(vectors).max(initial=0.0)
    for start in range(0, songs, _BATCH):
        part = vectors[start : start + _BATCH]
        index.add_items(_equally_long(part, longest), np.arange(start, start + len(part)), num_threads=-1)
        on_progress(start + len(part), songs)
    sample = queries[:MOST_QUERIES]
    ef, recall, low = _narrowest(index, vectors, sample, settings.recall_floor)
    measured = Measured(
        songs=songs,
        dim=dim,
        m=settings.m,
        ef_construction=settings.ef_construction,
        ef=ef,
        k=MEASURED_K,
        queries=len(sample),
        recall=round(recall, 5),
        recall_low=round(low, 5),
        serves=bool(low >= settings.recall_floor) and songs >= settings.exact_below,
    )
    return HnswIndex(index, vectors, measured)


def _narrowest(
    index: hnswlib.Index, vectors: np.ndarray, queries: np.ndarray, floor: float
) -> tuple[int, float, float]:
    """Find ef by doubling it, then halving the last step twice; with recall and its lower bound, and set it."""
    least = _least_scores(vectors, queries, min(MEASURED_K, len(vectors)))
    ef = MEASURED_K
    recall, low = _recall(index, vectors, queries, least, ef)
    while low < floor and 2 * ef <= LARGEST_EF:
        ef *= 2
        recall, low = _recall(index, vectors, queries, least, ef)
    if low >= floor and ef > MEASURED_K:
        for step in (ef // 4, ef // 8):
            narrower = _recall(index, vectors, queries, least, ef - step)
            if narrower[1] >= floor:
                ef, (recall, low) = ef - step, narrower
    index.set_ef(ef)
    return ef, recall, low


def measure_recall(
    index: hnswlib.Index, vectors: np.ndarray, queries: np.ndarray, ef: int, k: int = MEASURED_K
) -> tuple[float, float]:
    """Measure recall@k against exact search: its mean over `queries` and its lower 95 % bound.

    By scores, as ann-benchmarks measures it: of songs that score the same, as songs of like features do, none is wrong.
    """
    return _recall(index, vectors, queries, _least_scores(vectors, queries, min(k, len(vectors))), ef, k)


def _least_scores(vectors: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    """Give the score that one of each query's k best songs has at least, `(queries,)`."""
    exact = ExactIndex(vectors)
    last = np.array([exact.search(query, k)[1][-1] for query in queries], dtype=np.float32)
    return last - ROUNDING * np.abs(last)


def _recall(
    index: hnswlib.Index, vectors: np.ndarray, queries: np.ndarray, least: np.ndarray, ef: int, k: int = MEASURED_K
) -> tuple[float, float]:
    if len(queries) == 0:
        return 0.0, 0.0
    index.set_ef(ef)
    k = min(k, len(vectors))
    shares = np.zeros(len(queries))
    for row, query in enumerate(queries):
        found = reached(index, query, k)
        if found is not None:
            shares[row] = np.count_nonzero(vectors[found] @ query >= least[row]) / k
    mean = float(shares.mean())
    deviation = float(shares.std(ddof=1)) if len(shares) > 1 else 0.0
    return mean, float(mean - 1.96 * deviation / np.sqrt(len(shares)))


def load_hnsw(folder: Path, vectors: np.ndarray) -> HnswIndex:
    """Read an index that `HnswIndex.save` wrote over these vectors.

    Raises
    ------
    BundleError
        The index or its measurement is missing or can't be read.
    """
    try:
        measured = Measured(**json.loads((folder / "retrieval.json").read_text(encoding="utf-8")))
        index = hnswlib.Index(space="l2", dim=measured.dim + 1)
        index.load_index(str(folder / "retrieval.hnsw"), max_elements=measured.songs)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise BundleError(f"{folder}: its retrieval index can't be read; build the bundle again") from error
    index.set_ef(measured.ef)
    return HnswIndex(index, vectors, measured)


def reached(index: hnswlib.Index, query: np.ndarray, k: int) -> np.ndarray | None:
    """Ask a graph for its k nearest songs, `(k,)`, nearest first, searching at least k wide; None if it finds fewer."""
    try:
        labels, _ = index.knn_query(np.append(query, np.float32(0))[None, :], k=k, num_threads=1)
    except RuntimeError:  # "Cannot return the results in a contiguous 2D array": fewer than k are reachable
        return None
    return labels[0].astype(np.int64)


def _equally_long(vectors: np.ndarray, longest: float) -> np.ndarray:
    """Add a place √(M² - |v|²) to each vector, M² = `longest`."""
    return np.column_stack([vectors, np.sqrt(np.maximum(longest - _squares(vectors), 0.0))]).astype(np.float32)


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
