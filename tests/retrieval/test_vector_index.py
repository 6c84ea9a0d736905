"""The contract of a vector index, which every kind of it has to pass; a new kind is one more entry of `KINDS`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.config import HeadSettings, RetrievalSettings
from engine.model.heads import PredictionHead
from engine.model.scoring import AllPairs
from engine.model.write_onnx import write_onnx
from engine.retrieval import ExactIndex, VectorIndex, build_hnsw
from engine.serving.head_index import HeadIndex
from engine.serving.runtime import Head

DIM = 17
Kind = Callable[[np.ndarray], VectorIndex]


def hnsw(vectors: np.ndarray) -> VectorIndex:
    queries = np.random.default_rng(5).normal(size=(100, vectors.shape[1])).astype(np.float32)
    return build_hnsw(vectors, queries, RetrievalSettings(exact_below=0))


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> Head:
    """A head of random weights, exported."""
    torch.manual_seed(0)
    module = AllPairs(PredictionHead(DIM - 1, HeadSettings(hidden=(8,)))).eval()
    inputs = {"users": torch.randn(3, DIM), "items": torch.randn(5, DIM)}
    dims = {name: {0: torch.export.Dim(name)} for name in inputs}
    path = tmp_path_factory.mktemp("head") / "score.onnx"
    write_onnx(module, inputs, dims, ["vector"], path)
    return Head(path)


@pytest.fixture(params=["exact", "hnsw", "head"])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "head":
        scorer: Head = request.getfixturevalue("head")
        return lambda vectors: HeadIndex(scorer, vectors, np.zeros(len(vectors), dtype=np.float32))
    return {"exact": ExactIndex, "hnsw": hnsw}[request.param]


def drawn(songs: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(songs, DIM)).astype(np.float32)


def expected(index: VectorIndex, vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """What each song scores, worked out without the index's own search."""
    return index.scores(query[None])[0] if isinstance(index, HeadIndex) else vectors @ query


def test_the_best_come_first_with_their_scores(kind: Kind) -> None:
    vectors = drawn(3_000)
    index, shares = kind(vectors), []
    assert len(index) == 3_000
    for query in drawn(20, seed=1):
        found, scores = index.search(query, 15)
        every = expected(index, vectors, query)
        np.testing.assert_allclose(scores, every[found], rtol=1e-4, atol=1e-5)
        assert (np.diff(scores) <= 0).all()
        assert found.dtype == np.int64
        assert len(set(found.tolist())) == 15
        shares.append(len(np.intersect1d(found, np.argsort(-every)[:15])) / 15)
    assert np.mean(shares) > 0.97


def test_fewer_come_back_only_where_fewer_are_there(kind: Kind) -> None:
    index = kind(drawn(30))
    query = drawn(1, seed=1)[0]
    assert sorted(index.search(query, 10_000)[0].tolist()) == list(range(30))
    assert [len(found) for found in index.search(query, 0)] == [0, 0]
    alone = kind(drawn(1))
    assert alone.search(query, 5)[0].tolist() == [0]


def test_equal_songs_come_by_position_each_once(kind: Kind) -> None:
    vectors = np.repeat(drawn(4), 50, axis=0)
    found, scores = kind(vectors).search(drawn(1, seed=1)[0], 200)
    assert sorted(found.tolist()) == list(range(200))
    for song in range(4):
        same = found[found // 50 == song]
        assert np.ptp(scores[found // 50 == song]) == pytest.approx(0, abs=1e-5)
        assert len(same) == 50
    equal = kind(np.ones((40, DIM), dtype=np.float32))
    assert equal.search(np.ones(DIM, dtype=np.float32), 7)[0].tolist() == list(range(7))


@pytest.mark.parametrize("left", [0, 1, 3, 40, 600, 2_999])
def test_only_what_is_allowed_is_found_and_all_of_it_where_asked_for(kind: Kind, left: int) -> None:
    vectors = drawn(3_000)
    allowed = np.zeros(3_000, dtype=bool)
    allowed[np.random.default_rng(2).permutation(3_000)[:left]] = True
    index, query = kind(vectors), drawn(1, seed=1)[0]
    found, scores = index.search(query, 20, allowed)
    assert len(found) == min(20, left)
    assert allowed[found].all()
    assert (np.diff(scores) <= 0).all()
    best = np.sort(expected(index, vectors, query)[allowed])[::-1][:20]
    assert len(set(np.round(best, 3)) & set(np.round(scores, 3))) >= 0.9 * len(best)
    assert set(index.search(query, 5_000, allowed)[0].tolist()) == set(np.flatnonzero(allowed).tolist())


def test_odd_vectors_never_raise(kind: Kind) -> None:
    zeros = np.zeros((60, DIM), dtype=np.float32)
    assert kind(zeros).search(zeros[0], 5)[0].tolist() == [0, 1, 2, 3, 4]
    huge = drawn(60) * 1e6
    assert len(kind(huge).search(huge[3], 10, np.arange(60) % 2 == 0)[0]) == 10


def test_the_answer_is_the_same_from_many_threads(kind: Kind, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    index, queries = kind(drawn(2_000)), drawn(64, seed=3)
    alone = [index.search(query, 10)[0].tolist() for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert [found[0].tolist() for found in pool.map(lambda query: index.search(query, 10), queries)] == alone
