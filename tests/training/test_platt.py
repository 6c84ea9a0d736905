import numpy as np
import pytest

from engine.training.calibration import platt


def test_logits_that_are_twice_too_sure_and_off_by_one_are_put_right() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=50_000)
    played = rng.random(len(true)) < 1 / (1 + np.exp(-true))
    slope, intercept = platt(2 * true + 1, played)
    assert slope == pytest.approx(0.5, abs=0.02)
    assert intercept == pytest.approx(-0.5, abs=0.03)


def test_logits_that_point_the_wrong_way_leave_the_share_of_plays() -> None:
    slope, intercept = platt(np.array([3.0, 2.0, -1.0, -2.0]), np.array([0, 0, 0, 1]))
    assert slope == 0
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(1 / 4)
