"""Solving a listener's factors: one song away from all of them, it is the whole system's solution."""

import pytest
import torch

from engine.explain.score import solve
from engine.model.least_squares import LeastSquares
from engine.model.towers import Sizes


@pytest.mark.parametrize("songs", [0, 1, 5, 40])
def test_one_song_away_is_solved_as_anything_else(songs: int):
    width = 8
    draw = torch.Generator().manual_seed(songs)
    part = LeastSquares(Sizes(songs, 1, 1, 1, 1, 1, 1), width).double()
    part.confidence.fill_(7.0)
    factors = torch.randn(songs, width, generator=draw, dtype=torch.float64)
    weight = torch.rand(songs, generator=draw, dtype=torch.float64) + 0.2
    presence = torch.ones(songs + 3, songs, dtype=torch.float64)
    presence[range(songs), range(songs)] = torch.linspace(0, 1, max(songs, 1), dtype=torch.float64)[:songs]
    presence[-1] = 0.0  # and one that is far from all
    whole = solve(part, factors, weight, presence)  # gradients are wanted, so each row's system is solved
    with torch.no_grad():
        assert torch.allclose(solve(part, factors, weight, presence), whole, atol=1e-12)
    assert songs == 0 or float((whole - whole[songs]).abs().max()) > 0.01
