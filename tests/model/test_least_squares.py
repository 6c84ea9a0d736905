import numpy as np
import pytest
import torch

from engine.model.least_squares import LeastSquares
from engine.model.towers import Sizes

SONGS, WIDTH = 30, 6


@pytest.fixture
def part() -> LeastSquares:
    sizes = Sizes(songs=SONGS, artists=0, genres=0, sound=0, ages=0, genders=0, countries=0)
    part = LeastSquares(sizes, WIDTH)
    rng = np.random.default_rng(0)
    factors, strength = rng.normal(size=(SONGS, WIDTH)), 3.0
    root = np.linalg.cholesky(factors.T @ factors + strength * np.eye(WIDTH))
    with torch.no_grad():
        part.factors.copy_(torch.from_numpy(np.linalg.solve(root, factors.T).T))
        part.confidence.fill_(20.0)
    part.plain, part.strength = factors, strength
    return part


def test_a_user_is_what_the_normal_equations_say(part: LeastSquares) -> None:
    songs, weight = np.array([3, 7, 11]), np.array([0.5, 1.0, 2.0])
    y, confidence = part.plain, 20 * weight
    left = y.T @ y + y[songs].T @ np.diag(confidence - 1) @ y[songs] + part.strength * np.eye(WIDTH)
    expected = y @ np.linalg.solve(left, y[songs].T @ confidence)
    found = part.users(part.factors[songs].unsqueeze(0), torch.tensor(weight, dtype=torch.float32).unsqueeze(0))
    np.testing.assert_allclose(part.factors @ found[0], expected, atol=1e-4)


def test_padding_says_nothing_and_no_history_is_the_origin(part: LeastSquares) -> None:
    songs = torch.tensor([[3, 7, 9, 9], [1, 1, 1, 1]])
    weight = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    padded = part.users(part.factors[songs], weight)
    np.testing.assert_allclose(padded[:1], part.users(part.factors[songs[:1, :2]], weight[:1, :2]), atol=1e-5)
    assert padded[1].abs().max() == 0


def test_flat_histories_are_solved_as_padded_ones(part: LeastSquares) -> None:
    rows, songs = torch.tensor([0, 0, 2, 2, 2]), torch.tensor([4, 5, 4, 6, 8])
    weight = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0])
    found = part.users_of(rows, songs, weight, 3, part.factors.detach())
    one = part.users(part.factors[songs[:2]].unsqueeze(0), weight[:2].unsqueeze(0))
    other = part.users(part.factors[songs[2:]].unsqueeze(0), weight[2:].unsqueeze(0))
    np.testing.assert_allclose(found, torch.cat([one, torch.zeros(1, WIDTH), other]).detach(), atol=1e-5)
    assert part.users_of(rows[:0], songs[:0], None, 2, part.factors).abs().max() == 0
