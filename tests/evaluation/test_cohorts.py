import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SettingsError
from engine.evaluation.cohorts import cohort_table, gap


def judged(users: int = 400, seed: int = 0, **models: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Users with a gender and an age band; women score .2 more under every model, and each model adds its own."""
    rng = np.random.default_rng(seed)
    ids = [f"u{n}" for n in range(users)]
    gender = rng.choice(["f", "m"], users)
    members = pd.DataFrame({"user_id": ids, "gender": gender, "age_band": rng.choice(["18–24", "25–34"], users)})
    noise = rng.normal(0.5, 0.1, users) + 0.2 * (gender == "f")
    frames = [pd.DataFrame({"model": name, "user_id": ids, "ndcg@10": noise + more}) for name, more in models.items()]
    return pd.concat(frames, ignore_index=True), members


def test_a_cohort_has_its_mean_its_size_and_its_distance_from_everyone_else() -> None:
    per_user, members = judged(lhydra=0.0)
    table = cohort_table(per_user, members, "ndcg@10", ["gender"])
    assert table["cohort"].tolist() == ["f", "m"]
    by_hand = per_user.merge(members).groupby("gender")["ndcg@10"]
    np.testing.assert_allclose(table["value"], by_hand.mean()[table["cohort"]])
    assert table["users"].tolist() == by_hand.size()[table["cohort"]].tolist()
    assert table["difference"][0] == pytest.approx(table["value"][0] - table["value"][1])
    # Welch's interval of two means, 1.96 · √(σ²/n + σ²/m)
    width = 2 * 1.96 * np.sqrt((by_hand.var() / by_hand.size()).sum())
    assert table["difference_high"][0] - table["difference_low"][0] == pytest.approx(width, rel=0.1)
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()


def test_two_attributes_cross() -> None:
    per_user, members = judged(lhydra=0.0)
    table = cohort_table(per_user, members, "ndcg@10", ["gender", "age_band"])
    assert set(table["cohort"]) == {"f × 18–24", "f × 25–34", "m × 18–24", "m × 25–34"}
    assert (table["cohort"] == table["gender"] + " × " + table["age_band"]).all()
    assert table["users"].sum() == 400


def test_against_another_model_figures_are_paired() -> None:
    per_user, members = judged(lhydra=0.03, ease=0.0)
    table = cohort_table(per_user, members, "ndcg@10", ["gender"], versus="ease")
    # Users differ by .1 and more, the two models by .03 for each of them.
    np.testing.assert_allclose(table[["value", "low", "high"]], 0.03, atol=1e-6)
    np.testing.assert_allclose(table["difference"], 0.0, atol=1e-6)


def test_small_cohorts_come_last_and_make_no_gap() -> None:
    per_user, members = judged(lhydra=0.0)
    members.loc[:9, "gender"] = "n"
    per_user.loc[:9, "ndcg@10"] = 5.0
    table = cohort_table(per_user, members, "ndcg@10", ["gender"])
    assert table["cohort"].tolist() == ["f", "m", "n"]
    assert table["small"].tolist() == [False, False, True]
    found = gap(table)
    assert found is not None
    assert (found.best, found.worst) == ("f", "m")
    assert found.value == pytest.approx(table["value"][0] - table["value"][1])
    assert found.low < found.value < found.high
    assert gap(table[table["cohort"] != "f"]) is None


def test_users_without_a_value_or_a_place_are_in_no_cohort() -> None:
    per_user, members = judged(lhydra=0.0)
    per_user.loc[:4, "ndcg@10"] = np.nan
    members.loc[5:9, "gender"] = None
    assert cohort_table(per_user, members, "ndcg@10", ["gender"])["users"].sum() == 400 - 5 - 5
    assert cohort_table(per_user, members.iloc[:5], "ndcg@10", ["gender"]).empty
    nobody = cohort_table(per_user, members.iloc[:0], "ndcg@10", ["gender", "age_band"])
    assert list(nobody.columns) == list(cohort_table(per_user, members, "ndcg@10", ["gender", "age_band"]).columns)


def test_one_user_has_a_value_and_no_interval() -> None:
    per_user, members = judged(lhydra=0.0)
    members.loc[0, "gender"] = "n"
    alone = cohort_table(per_user, members, "ndcg@10", ["gender"]).iloc[-1]
    assert alone["users"] == 1
    assert alone["value"] == per_user["ndcg@10"][0]
    assert np.isnan(alone["low"])


def test_what_is_not_there_is_named() -> None:
    per_user, members = judged(lhydra=0.0)
    for metric, attributes, model, says in (
        ("ndcg@5", ["gender"], "lhydra", "no metric 'ndcg@5'.* it has ndcg@10"),
        ("ndcg@10", ["planet"], "lhydra", "no attribute 'planet'.* it has gender, age_band"),
        ("ndcg@10", ["gender"], "gpt", "no model 'gpt'.* it has lhydra"),
        ("ndcg@10", ["gender", "gender"], "lhydra", "different"),
        ("ndcg@10", [], "lhydra", "one attribute"),
    ):
        with pytest.raises(SettingsError, match=says):
            cohort_table(per_user, members, metric, attributes, model)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), min_size=1, max_size=40))
def test_cohorts_add_up_to_everyone(rows: list[tuple[str, float]]) -> None:
    ids = [str(n) for n in range(len(rows))]
    members = pd.DataFrame({"user_id": ids, "taste": [taste for taste, _ in rows]})
    per_user = pd.DataFrame({"model": "lhydra", "user_id": ids, "ndcg@10": [value for _, value in rows]})
    table = cohort_table(per_user, members, "ndcg@10", ["taste"], draws=50)
    assert np.average(table["value"], weights=table["users"]) == pytest.approx(per_user["ndcg@10"].mean())
    inside = table.dropna(subset="low")
    assert (inside["low"] <= inside["high"] + 1e-9).all()
    assert (inside["low"] >= per_user["ndcg@10"].min() - 1e-6).all()
    assert (inside["high"] <= per_user["ndcg@10"].max() + 1e-6).all()
