import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve as theirs_pr
from sklearn.metrics import roc_curve as theirs_roc

from engine.evaluation.curves import precision_recall_curve, roc_curve
from engine.evaluation.predictions import auc


def test_a_curve_steps_up_at_plays_and_right_at_others() -> None:
    frame = roc_curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1, 0, 1, 0]))
    assert frame["false_positive_rate"].tolist() == [0, 0, 1 / 2, 1 / 2, 1]
    assert frame["true_positive_rate"].tolist() == [0, 1 / 2, 1 / 2, 1, 1]
    frame = precision_recall_curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1, 0, 1, 0]))
    assert frame["recall"].tolist() == [1 / 2, 1 / 2, 1, 1]
    assert frame["precision"].tolist() == [1 / 1, 1 / 2, 2 / 3, 2 / 4]


def test_thinned_out_it_still_holds_the_same_area() -> None:
    rng = np.random.default_rng(0)
    observed = (rng.random(50_000) < 0.2).astype(float)
    predicted = rng.normal(observed, 1)
    frame = roc_curve(predicted, observed)
    assert len(frame) <= 400
    area = np.trapezoid(frame["true_positive_rate"], frame["false_positive_rate"])
    assert area == pytest.approx(auc(predicted, observed), abs=0.002)
    assert frame.iloc[0].tolist() == [0, 0]
    assert frame.iloc[-1].tolist() == [1, 1]
    assert len(precision_recall_curve(predicted, observed)) <= 400


def test_without_both_kinds_there_is_no_curve() -> None:
    assert roc_curve(np.array([0.5]), np.array([1.0])).empty
    assert precision_recall_curve(np.array([0.5]), np.array([0.0])).empty
    assert roc_curve(np.empty(0), np.empty(0)).empty


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_curves_are_those_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    predicted, observed = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    if 0 < observed.sum() < len(observed):
        x, y, _ = theirs_roc(observed, predicted, drop_intermediate=False)
        np.testing.assert_allclose(roc_curve(predicted, observed), np.column_stack([x, y]))
        precision, recall, _ = theirs_pr(observed, predicted)
        own = precision_recall_curve(predicted, observed)
        np.testing.assert_allclose(own[::-1], np.column_stack([recall, precision])[:-1])
