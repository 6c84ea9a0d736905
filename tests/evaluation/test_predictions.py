import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from engine.evaluation.predictions import auc, average_precision, log_loss, regression_metrics


def test_auc_counts_pairs_in_the_right_order() -> None:
    # Plays at 0.9 and 0.4 against 0.5 and 0.4: right, right, wrong, tied.
    assert auc(np.array([0.9, 0.4, 0.5, 0.4]), np.array([1, 1, 0, 0])) == (1 + 1 + 0 + 0.5) / 4
    assert np.isnan(auc(np.array([0.1, 0.2]), np.array([1, 1])))


def test_average_precision_is_precision_at_each_play() -> None:
    assert average_precision(np.array([0.9, 0.8, 0.7]), np.array([1, 0, 1])) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert np.isnan(average_precision(np.array([0.9]), np.array([0])))


def test_log_loss_of_a_coin_is_log_two_and_of_a_sure_mistake_is_finite() -> None:
    assert log_loss(np.array([0.5, 0.5]), np.array([1, 0])) == pytest.approx(np.log(2))
    assert log_loss(np.array([1.0]), np.array([0])) == pytest.approx(-np.log(1e-7), rel=1e-3)


def test_regression_metrics_by_hand() -> None:
    found = regression_metrics(np.array([1.0, 2.0, 5.0]), np.array([1.0, 3.0, 2.0]))
    assert found["rmse"] == pytest.approx(np.sqrt((0 + 1 + 9) / 3))
    assert found["mae"] == pytest.approx((0 + 1 + 3) / 3)
    assert found["r2"] == pytest.approx(1 - (0 + 1 + 9) / (1 + 1 + 0))
    assert found["spearman"] == pytest.approx(0.5)  # 1 − 6 · (0 + 1 + 1) / (3 · 8)
    assert np.isnan(regression_metrics(np.ones(2), np.array([1.0, 2.0]))["spearman"])


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_rank_metrics_agree_with_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    predicted, observed = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    if 0 < observed.sum() < len(observed):
        assert auc(predicted, observed) == pytest.approx(roc_auc_score(observed, predicted))
        assert average_precision(predicted, observed) == pytest.approx(average_precision_score(observed, predicted))
