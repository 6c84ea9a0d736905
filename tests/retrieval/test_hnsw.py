"""HNSW beyond the contract: what it was measured at, when it gives way to exact search, and its files."""

from pathlib import Path

import numpy as np
import pytest

from engine.config import RetrievalSettings
from engine.errors import BundleError
from engine.retrieval import ExactIndex, build_hnsw, hnsw, load_hnsw
from engine.retrieval.hnsw import HnswIndex, measure_recall

ANY_SIZE = RetrievalSettings(exact_below=0)


def drawn(rows: int, seed: int) -> np.ndarray:
    """Draw vectors as towers give them: long, but of few directions that matter."""
    lengths = 0.7 ** np.arange(17)
    return (np.random.default_rng(seed).normal(size=(rows, 17)) * lengths).astype(np.float32)


@pytest.fixture(autouse=True)
def asked_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the graph be asked although it saves little on so few songs."""
    monkeypatch.setattr(hnsw, "EXACT_FROM", 1 / 16)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return drawn(8_000, 0)


@pytest.fixture(scope="module")
def queries() -> np.ndarray:
    return drawn(150, 1)


@pytest.fixture(scope="module")
def index(vectors: np.ndarray, queries: np.ndarray) -> HnswIndex:
    return build_hnsw(vectors, queries, ANY_SIZE)


def recall(index: HnswIndex, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> float:
    exact = ExactIndex(index.vectors)
    found = [len(np.intersect1d(index.search(q, k, allowed)[0], exact.search(q, k, allowed)[0])) / k for q in queries]
    return float(np.mean(found))


def test_ef_grows_until_the_recall_of_a_hundred_is_there(index: HnswIndex, queries: np.ndarray) -> None:
    assert index.measured.k == 100
    assert index.measured.recall_low >= 0.99
    assert index.measured.serves
    again, _ = measure_recall(index.index, index.vectors, queries, index.measured.ef)
    assert again == pytest.approx(index.measured.recall, abs=0.003)


def test_a_wider_request_is_searched_wider_so_that_its_recall_holds(index: HnswIndex, queries: np.ndarray) -> None:
    for k in (200, 400):
        assert index.nearest(queries[0], k) is not None
        assert recall(index, queries, k) > 0.985


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05, 0.01])
def test_recall_holds_under_any_filter(index: HnswIndex, queries: np.ndarray, share: float) -> None:
    allowed = np.random.default_rng(3).random(len(index)) < share
    assert recall(index, queries[:60], 20, allowed) > 0.985


def test_a_filter_against_the_listeners_taste_is_answered_exactly(index: HnswIndex, queries: np.ndarray) -> None:
    worst = index.vectors @ queries[0] < np.quantile(index.vectors @ queries[0], 0.3)
    assert recall(index, queries[:1], 20, worst) == 1.0


def test_where_the_graph_would_be_slower_or_cannot_reach_enough_it_is_not_asked(index: HnswIndex) -> None:
    assert index.nearest(index.vectors[0], 4_000) is None
    assert len(index.search(index.vectors[0], 20_000)[0]) == 8_000


def test_a_small_catalogue_and_one_that_misses_its_floor_are_left_to_exact_search(
    vectors: np.ndarray, queries: np.ndarray
) -> None:
    small = build_hnsw(vectors[:900], queries, RetrievalSettings())
    unmeasured = build_hnsw(vectors[:900], queries[:0], ANY_SIZE)
    for index in (small, unmeasured):
        assert not index.measured.serves
        assert index.nearest(queries[0], 5) is None
        exact = ExactIndex(vectors[:900]).search(queries[0], 5)[0]
        assert index.search(queries[0], 5)[0].tolist() == exact.tolist()


def test_building_tells_how_far_it_is(vectors: np.ndarray, queries: np.ndarray) -> None:
    said: list[tuple[int, int]] = []
    build_hnsw(np.tile(vectors[:, :3], (3, 1)), queries[:2, :3], ANY_SIZE, lambda *step: said.append(step))
    assert said == [(20_000, 24_000), (24_000, 24_000)]


def test_a_saved_index_answers_as_before(index: HnswIndex, queries: np.ndarray, tmp_path: Path) -> None:
    index.save(tmp_path)
    loaded = load_hnsw(tmp_path, index.vectors)
    assert loaded.measured == index.measured
    assert loaded.search(queries[0], 20)[0].tolist() == index.search(queries[0], 20)[0].tolist()


def test_a_damaged_index_is_one_sentence(index: HnswIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    (tmp_path / "retrieval.hnsw").write_bytes(b"short")
    with pytest.raises(BundleError, match="retrieval index"):
        load_hnsw(tmp_path, index.vectors)
