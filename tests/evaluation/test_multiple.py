import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.multiple import benjamini_hochberg, holm

P = np.array([0.01, 0.04, 0.03, 0.005])


def test_holm_multiplies_by_how_many_are_left() -> None:
    # In order .005 · 4, .01 · 3, .03 · 2, then .04 · 1, which may not be less than the one before.
    assert holm(P).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_benjamini_hochberg_divides_by_the_rank() -> None:
    # In order .005 · 4/1, .01 · 4/2, .03 · 4/3 and .04 · 4/4: the third may not be more than the last.
    assert benjamini_hochberg(P).tolist() == pytest.approx([0.02, 0.04, 0.04, 0.02])


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_values_keep_their_order_and_holm_is_the_stricter(values: list[float]) -> None:
    p = np.array(values)
    strict, lenient = holm(p), benjamini_hochberg(p)
    assert (strict >= lenient - 1e-12).all()
    assert (lenient >= p - 1e-12).all()
    assert (strict <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(strict[order]) >= -1e-12).all()
    assert (np.diff(lenient[order]) >= -1e-12).all()
