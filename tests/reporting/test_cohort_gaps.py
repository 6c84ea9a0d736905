"""The widest gap between cohorts, where there is one that is more than chance."""

import pandas as pd

from engine.reporting.cohort_gaps import furthest_apart


def cohorts(**values: list[tuple[str, int, float, float]]) -> pd.DataFrame:
    rows = [
        ("ndcg@10", attribute, *cohort, cohort[2] - 0.01, cohort[2] + 0.01, cohort[3] - 0.02, cohort[3] + 0.02)
        for attribute, of in values.items()
        for cohort in of
    ]
    names = ["metric", "attribute", "cohort", "users", "value", "difference"]
    return pd.DataFrame(rows, columns=[*names, "low", "high", "difference_low", "difference_high"])


def test_the_widest_gap_is_named_by_its_best_and_worst():
    found = furthest_apart(
        cohorts(
            gender=[("f", 100, 0.20, 0.05), ("m", 100, 0.15, -0.05)],
            country=[("Ghana", 90, 0.30, 0.15), ("Peru", 80, 0.10, -0.15), ("Fiji", 3, 0.9, 0.7)],
        )
    )
    assert found is not None
    assert (found.attribute, found.best, found.worst, found.worst_key) == ("country", "Ghana", "Peru", "country=Peru")
    assert "0.300 for Ghana and 0.100 for Peru" in found.says


def test_a_gap_that_may_be_chance_is_none():
    assert furthest_apart(cohorts(gender=[("f", 100, 0.16, 0.005), ("m", 100, 0.15, -0.005)])) is None
