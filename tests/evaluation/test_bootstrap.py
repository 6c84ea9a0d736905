import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from engine.evaluation.bootstrap import (
    grouped_means,
    mean_intervals,
    p_values,
    percentile_interval,
    resampled_means,
    weight_blocks,
)


def test_a_users_weight_is_like_the_times_they_would_be_drawn() -> None:
    weights = np.concatenate(list(weight_blocks(1_000, 500, seed=0)), axis=1)
    assert weights.shape == (1_000, 500)
    # Of a Poisson number with mean 1 the first three moments are 1, 2 and 5; of 94 + … + 1 weights of 256 the third is
    # (95 + 46 · 8 + 16 · 27 + 4 · 64 + 125) / 256 = 4.98.
    for power, moment in ((1, 1.0), (2, 2.0), (3, 4.98)):
        assert (weights**power).mean() == pytest.approx(moment, rel=0.02)


def test_the_interval_covers_the_mean_and_narrows_with_users() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.normal(1, 1, (50, 2)), rng.normal(1, 1, (5000, 2))
    low, high = mean_intervals(few)
    assert (low < few.mean(axis=0)).all()
    assert (few.mean(axis=0) < high).all()
    # Student's interval: 2 · 2.01 · s / √n
    np.testing.assert_allclose(high - low, 2 * 2.01 * few.std(axis=0, ddof=1) / np.sqrt(50), rtol=0.07)
    low, high = mean_intervals(many)
    np.testing.assert_allclose(high - low, 2 * 1.96 * many.std(axis=0) / np.sqrt(5000), rtol=0.07)


def test_undefined_values_do_not_count() -> None:
    rng = np.random.default_rng(0)
    whole = rng.normal(3, 1, (200, 1))
    holes = np.vstack([whole, np.full((300, 1), np.nan)])
    assert resampled_means(holes, 2_000).mean() == pytest.approx(whole.mean(), abs=0.01)
    widths = [np.diff(mean_intervals(values))[0] for values in (whole, holes)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_without_two_values_there_is_no_interval() -> None:
    low, high = mean_intervals(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_a_group_and_the_others_are_drawn_apart() -> None:
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], [100, 300])
    values = np.concatenate([rng.normal(1, 1, 100), rng.normal(3, 1, 300)])[:, None]
    inside, outside = grouped_means(values, codes, 2, 4_000)
    np.testing.assert_allclose(inside.mean(axis=2)[:, 0], [values[:100].mean(), values[100:].mean()], atol=0.01)
    np.testing.assert_allclose(outside[0], inside[1], atol=1e-5)  # with two groups the others are the other one
    assert abs(np.corrcoef(inside[0, 0], inside[1, 0])[0, 1]) < 0.05
    assert inside[0, 0].std() == pytest.approx(values[:100].std() / np.sqrt(100), rel=0.05)


def test_p_is_about_that_of_a_t_test() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0.2, 1, (100, 1))
    t = values.mean() / (values.std(ddof=1) / np.sqrt(100))
    assert p_values(resampled_means(values, 10_000), 100)[0] == pytest.approx(2 * student.sf(abs(t), 99), abs=0.01)
    assert p_values(np.ones((1, 999)), 10**9)[0] == pytest.approx(2 / 1000)
    assert p_values(np.zeros((1, 999)), 50)[0] == 1.0
    assert p_values(np.ones((1, 999)), 1)[0] == 1.0


def test_p_is_five_percent_where_the_interval_touches_zero() -> None:
    values = np.random.default_rng(0).normal(0.4, 1, (30, 1))
    drawn = resampled_means(values, 20_000)
    low, _ = percentile_interval(drawn, 30)
    assert p_values(drawn - low[0], 30)[0] == pytest.approx(0.05, abs=0.002)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.integers(0, 5))
def test_an_interval_is_between_the_least_and_the_largest_value(values: list[float], seed: int) -> None:
    column = np.array(values)[:, None]
    low, high = mean_intervals(column, draws=100, seed=seed)
    assert column.min() - 1e-9 <= low[0] <= high[0] <= column.max() + 1e-9


def test_percentiles_are_between_draws() -> None:
    draws = np.arange(1001.0)[None]
    low, high = percentile_interval(draws, 10**9)
    assert (low[0], high[0]) == pytest.approx((25.0, 975.0))
    wider_low, wider_high = percentile_interval(draws, 30)
    assert wider_low[0] < low[0]
    assert wider_high[0] > high[0]
