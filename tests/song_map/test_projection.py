"""Songs in two dimensions: neighbours stay neighbours, the same input gives the same map, odd catalogues too."""

import numpy as np
import pytest

from engine.song_map.projection import LEAST_FOR_TSNE, project

PLAYED = np.arange(400)[::-1]


@pytest.fixture(scope="module")
def groups() -> np.ndarray:
    """Four groups of a hundred songs, each round a direction of its own."""
    rng = np.random.default_rng(5)
    directions = np.eye(4, 24).repeat(100, axis=0)
    return (directions + 0.15 * rng.standard_normal((400, 24))).astype(np.float32)


def group_of_nearest(positions: np.ndarray) -> np.ndarray:
    """The group of the song that lies nearest to each."""
    away = ((positions[:, None] - positions[None]) ** 2).sum(-1)
    np.fill_diagonal(away, np.inf)
    return away.argmin(1) // 100


def test_songs_that_are_alike_lie_side_by_side(groups: np.ndarray):
    found = project(groups, PLAYED, most=1_000, iterations=350, seed=1)
    assert (found.method, found.placed) == ("t-SNE", 400)
    assert (group_of_nearest(found.positions) == np.arange(400) // 100).mean() > 0.97
    assert found.trustworthiness > 0.8
    assert np.abs(found.positions).max() == pytest.approx(1.0)


def test_the_same_input_gives_the_same_map(groups: np.ndarray):
    one, two = (project(groups, PLAYED, most=1_000, iterations=350, seed=1) for _ in range(2))
    assert one.positions.tobytes() == two.positions.tobytes()
    assert one.trustworthiness == two.trustworthiness


def test_songs_beyond_the_most_played_go_to_those_they_are_like(groups: np.ndarray):
    every_other = np.where(np.arange(400) % 2 == 0, 10, 1)  # half of each group is played more
    found = project(groups, every_other, most=200, iterations=350, seed=1)
    assert found.placed == 200
    assert (group_of_nearest(found.positions) == np.arange(400) // 100).mean() > 0.97


def test_how_long_vectors_are_does_not_matter(groups: np.ndarray):
    lengths = np.random.default_rng(2).uniform(0.5, 4, 400)[:, None].astype(np.float32)
    one, two = (project(v, PLAYED, most=1_000, iterations=350, seed=1) for v in (groups, groups * lengths))
    assert one.trustworthiness == pytest.approx(two.trustworthiness, abs=0.02)


@pytest.mark.parametrize("songs", [0, 1, 2, 3, LEAST_FOR_TSNE - 1, LEAST_FOR_TSNE])
def test_few_songs_are_placed_too(groups: np.ndarray, songs: int):
    found = project(groups[:songs], PLAYED[:songs], most=1_000, iterations=350, seed=1)
    assert found.positions.shape == (songs, 2)
    assert np.isfinite(found.positions).all()
    assert found.method == ("t-SNE" if songs >= LEAST_FOR_TSNE else "PCA")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_songs_that_are_all_the_same_are_placed_too(value: float):
    found = project(np.full((60, 8), value, dtype=np.float32), np.ones(60), most=50, iterations=350, seed=1)
    assert np.isfinite(found.positions).all()
    assert np.abs(found.positions).max() <= 1


def test_vectors_of_one_dimension_are_placed_too():
    found = project(np.linspace(-1, 1, 40, dtype=np.float32)[:, None], np.ones(40), most=100, iterations=350, seed=1)
    assert np.isfinite(found.positions).all()
