"""What an explanation names first matters most; small versions of what benchmarks/explain.py measures."""

import numpy as np
import pytest

from engine import Engine
from engine.explain.ask import explainer_of
from engine.explain.explanation import ANY_SONG
from engine.explain.faithfulness import areas, rank_correlation
from engine.explain.overview import by_cohort, sample_listeners, sizes

Pairs = list[tuple[str, str]]


def test_what_is_named_first_lowers_the_score_most(engine: Engine, pairs: Pairs):
    rng = np.random.default_rng(0)
    for user, song in pairs[:4]:
        asked = engine.listener(user), engine.song_position(song)
        each = explainer_of(engine).explain(*asked, "integrated_gradients", ("average", "average")).found.each
        score, _ = explainer_of(engine).score(*asked, ("average", "average"))
        found = areas(score, each, rng)
        assert found.deletion < found.random_deletion
        assert found.insertion > found.random_insertion


def test_ablation_names_the_same_groups_first(engine: Engine, pairs: Pairs):
    shared = []
    for user, song in pairs:
        found = [engine.explain(user, song, method=m) for m in ("integrated_gradients", "feature_ablation")]
        assert ANY_SONG not in found[0].largest()
        shared.append(len(set(found[0].largest()) & set(found[1].largest())))
    assert np.mean(shared) >= 2


def test_ranks_of_equal_values_are_shared():
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([10.0, 20, 30])) == pytest.approx(1)
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert rank_correlation(np.array([1.0, 2, 2]), np.array([1.0, 2, 3])) == pytest.approx(3**0.5 / 2)
    assert np.isnan(rank_correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])))


def test_sizes_are_averaged_over_everyone_and_over_cohorts(engine: Engine):
    members = engine.evaluation.members()
    users = sample_listeners(list(members["user_id"]), 12)
    assert users == sample_listeners(list(members["user_id"]), 12)
    found = sizes(engine, users, songs=2)
    assert (found["size"] >= 0).all()
    everyone = by_cohort(found, members, None)
    history = found.loc[found["group"] == "history", "size"]
    row = everyone.set_index("group").loc["history"]
    assert row["size"] == pytest.approx(history.mean())
    assert row["low"] <= row["size"] <= row["high"]
    assert list(everyone["size"]) == sorted(everyone["size"], reverse=True)
    by_gender = by_cohort(found, members, "gender")
    parts = by_gender[by_gender["group"] == "history"]
    assert parts["users"].sum() == len(users)
    assert (parts["size"] * parts["users"]).sum() / len(users) == pytest.approx(history.mean())
