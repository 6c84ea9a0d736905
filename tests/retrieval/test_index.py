from pathlib import Path

import numpy as np
import pytest

from engine.config import RetrievalSettings
from engine.errors import BundleError
from engine.retrieval import ExactIndex, build_hnsw, load_hnsw


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2_000, 17)).astype(np.float32)


@pytest.fixture(scope="module")
def queries() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(200, 17)).astype(np.float32)


def test_exact_search_is_a_full_sort(vectors: np.ndarray, queries: np.ndarray) -> None:
    for query in queries[:20]:
        found, scores = ExactIndex(vectors).search(query, 15)
        assert found.tolist() == np.argsort(-(vectors @ query), kind="stable")[:15].tolist()
        np.testing.assert_allclose(scores, (vectors @ query)[found], rtol=1e-5)


def test_exact_search_keeps_to_what_is_allowed_and_gives_fewer_where_fewer_are(vectors: np.ndarray) -> None:
    allowed = np.array([3, 500, 7])
    found, _ = ExactIndex(vectors).search(vectors[0], 10, allowed)
    assert sorted(found.tolist()) == [3, 7, 500]
    assert len(ExactIndex(vectors).search(vectors[0], 10, np.array([], dtype=int))[0]) == 0


def test_ef_grows_until_the_recall_is_there(vectors: np.ndarray, queries: np.ndarray) -> None:
    index = build_hnsw(vectors, queries, RetrievalSettings(exact_below=0))
    assert index.measured.recall_low >= 0.99
    assert index.measured.serves
    exact = ExactIndex(vectors)
    found = [len(np.intersect1d(index.search(q, 20)[0], exact.search(q, 20)[0])) / 20 for q in queries]
    assert np.mean(found) == pytest.approx(index.measured.recall, abs=0.005)
    scores = index.search(queries[0], 5)[1]
    np.testing.assert_allclose(scores, exact.search(queries[0], 5)[1], rtol=1e-4)


def test_a_small_catalogue_is_left_to_exact_search(vectors: np.ndarray, queries: np.ndarray) -> None:
    assert not build_hnsw(vectors, queries, RetrievalSettings(exact_below=5_000)).measured.serves


def test_an_index_that_misses_its_floor_does_not_serve(vectors: np.ndarray) -> None:
    assert not build_hnsw(vectors, np.empty((0, 17), np.float32), RetrievalSettings(exact_below=0)).measured.serves


def test_more_than_the_graph_can_give_is_refused_not_raised(vectors: np.ndarray, queries: np.ndarray) -> None:
    index = build_hnsw(vectors[:30], queries, RetrievalSettings(exact_below=0))
    assert index.search(queries[0], 10_000) is None or len(index.search(queries[0], 10_000)[0]) == 30


def test_a_saved_index_answers_as_before(vectors: np.ndarray, queries: np.ndarray, tmp_path: Path) -> None:
    index = build_hnsw(vectors, queries, RetrievalSettings(exact_below=0))
    index.save(tmp_path)
    loaded = load_hnsw(tmp_path, vectors)
    assert loaded.measured == index.measured
    assert loaded.search(queries[0], 20)[0].tolist() == index.search(queries[0], 20)[0].tolist()


def test_a_damaged_index_is_one_sentence(vectors: np.ndarray, queries: np.ndarray, tmp_path: Path) -> None:
    build_hnsw(vectors, queries, RetrievalSettings()).save(tmp_path)
    (tmp_path / "retrieval.hnsw").write_bytes(b"short")
    with pytest.raises(BundleError, match="retrieval index"):
        load_hnsw(tmp_path, vectors)
