"""The k best of rows of scores, against a full sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.evaluation.metrics import top_k
from engine.retrieval.top_k import top_k_of_rows

FEW_VALUES = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0, 3.0])  # so that many tie


@settings(deadline=None)  # the first call compiles
@given(
    st.integers(1, 30).flatmap(lambda songs: arrays(np.float32, (3, songs), elements=FEW_VALUES)), st.integers(1, 35)
)
def test_it_is_a_stable_sort_cut_short(scores: np.ndarray, k: int) -> None:
    positions, values = top_k_of_rows(scores, k)
    k = min(k, scores.shape[1])
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    left = np.take_along_axis(scores, expected, axis=1)
    assert positions.tolist() == np.where(left > -np.inf, expected, -1).tolist()
    assert values.tolist() == left.tolist()


def test_it_agrees_with_what_metrics_rank_by() -> None:
    scores = np.random.default_rng(0).normal(size=(50, 3_000)).astype(np.float32).round(2)
    assert top_k_of_rows(scores, 100)[0].tolist() == top_k(scores, 100).tolist()


@pytest.mark.parametrize("k", [0, 1, 5])
def test_no_rows_no_songs_and_no_results(k: int) -> None:
    assert top_k_of_rows(np.empty((0, 4), np.float32), k)[0].shape == (0, min(k, 4))
    assert top_k_of_rows(np.empty((2, 0), np.float32), k)[0].shape == (2, 0)


def test_what_is_no_number_is_never_found() -> None:
    scores = np.array([[np.nan, 1.0, -np.inf, 2.0, np.nan]], dtype=np.float32)
    assert top_k_of_rows(scores, 4)[0].tolist() == [[3, 1, -1, -1]]
