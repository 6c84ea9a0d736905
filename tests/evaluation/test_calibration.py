import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.calibration import expected_calibration_error, reliability


def test_the_error_is_the_mean_distance_of_bins_from_what_they_promise() -> None:
    predicted, observed = np.array([0.9, 0.1, 0.3, 0.7]), np.array([1, 1, 0, 1])
    # Two bins of two pairs: (0.1, 0.3) promise 0.2 and give 1/2, (0.7, 0.9) promise 0.8 and give 1.
    assert expected_calibration_error(predicted, observed, bins=2) == pytest.approx((0.3 + 0.2) / 2)
    frame = reliability(predicted, observed, bins=2)
    assert frame["pairs"].tolist() == [2, 2]
    np.testing.assert_allclose(frame["predicted"], [0.2, 0.8])
    np.testing.assert_allclose(frame["observed"], [0.5, 1.0])


def test_bins_weigh_as_many_pairs_as_they_hold() -> None:
    predicted, observed = np.array([0.0, 0.0, 1.0]), np.array([0, 1, 1])
    # array_split puts two pairs into the first bin: |0 − 1/2| · 2/3 + |1 − 1| · 1/3
    assert expected_calibration_error(predicted, observed, bins=2) == pytest.approx(1 / 3)


def test_probabilities_that_are_true_have_next_to_no_error_and_doubled_odds_have() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(1, 3, 100_000)
    observed = rng.random(len(p)) < p
    assert expected_calibration_error(p, observed) < 0.006
    too_sure = 2 * p / (1 + p)
    assert expected_calibration_error(too_sure, observed) == pytest.approx(float((too_sure - p).mean()), abs=0.005)


def test_without_pairs_there_is_no_error_to_speak_of() -> None:
    assert np.isnan(expected_calibration_error(np.empty(0), np.empty(0)))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.integers(1, 20))
def test_bins_hold_all_pairs_and_the_error_is_a_share(pairs: list[tuple[float, bool]], bins: int) -> None:
    predicted, observed = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    frame = reliability(predicted, observed, bins)
    assert frame["pairs"].sum() == len(pairs)
    assert frame["pairs"].max() - frame["pairs"].min() <= 1
    assert 0 <= expected_calibration_error(predicted, observed, bins) <= 1
