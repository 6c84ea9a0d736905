"""Who listens to a song: shares by hand, what is too few, and no held-out play among them."""

import numpy as np
import pandas as pd
import pytest

from engine.evaluation.audience import MINIMUM, Audiences, _binomial
from engine.reporting.audience_words import of_audience

USERS = 200


@pytest.fixture
def users() -> pd.DataFrame:
    """A hundred people aged 20 and a hundred aged 40; every fourth of unknown gender; of one country."""
    at = np.arange(USERS)
    return pd.DataFrame(
        {
            "age": np.where(at < 100, 20.0, 40.0),
            "gender": np.where(at % 4 == 0, None, np.where(at % 2 == 0, "f", "m")),
            "country": "Ghana",
        }
    )


def plays(*pairs: tuple[int, int], part: str = "train") -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["user_index", "song_index"]).assign(part=part)


@pytest.fixture
def audiences(users: pd.DataFrame) -> Audiences:
    """Everyone plays song 0, those aged 20 and twenty others song 1, ten people song 2; nobody song 3 in training."""
    train = plays(
        *((user, 0) for user in range(USERS)), *((user, 1) for user in range(120)), *((u, 2) for u in range(10))
    )
    held_out = plays(*((user, 3) for user in range(60)), *((user, 2) for user in range(10, 60)), part="test")
    return Audiences(pd.concat([train, held_out]), users, 4)


def test_shares_are_of_those_of_whom_it_is_known(audiences: Audiences):
    table = audiences.of(1).table.set_index(["attribute", "value"])
    assert audiences.of(1).listeners == 120
    assert table.loc[("age_band", "18–24"), "share"] == pytest.approx(100 / 120)
    assert table.loc[("age_band", "18–24"), "everyone"] == pytest.approx(1 / 2)
    assert audiences.of(1).known == {"age_band": 120, "gender": 90}
    assert table.loc[("gender", "m"), "share"] == pytest.approx(60 / 90)
    assert table.loc[("gender", "m"), "everyone"] == pytest.approx(100 / 150)


def test_only_what_differs_by_more_than_chance_is_said_to(audiences: Audiences):
    table = audiences.of(1).table.set_index(["attribute", "value"])
    assert table["differs"].to_dict() == {
        ("age_band", "18–24"): True, ("age_band", "35–44"): True, ("gender", "m"): False, ("gender", "f"): False,
    }  # fmt: skip
    assert not audiences.of(0).table["differs"].any()
    assert of_audience(audiences.of(1)).endswith(
        "By more than chance, more are aged 18–24 (83% against 50%), and fewer are aged 35–44 (17% against 50%) than "
        "among all listeners."
    )
    assert "no group is larger or smaller by more than chance" in of_audience(audiences.of(0))


def test_what_all_have_in_common_is_left_out(audiences: Audiences):
    assert "country" not in set(audiences.of(0).table["attribute"])


def test_few_listeners_are_not_described(audiences: Audiences):
    audience = audiences.of(2)
    assert audience.listeners == 10 < MINIMUM
    assert audience.table.empty
    assert of_audience(audience).startswith("Only 10 listeners")


def test_held_out_plays_are_not_counted(audiences: Audiences):
    assert audiences.of(3).listeners == 0
    assert of_audience(audiences.of(3)).startswith("Nobody had played it yet")


def test_many_countries_become_the_largest_and_the_others():
    at = np.arange(300)
    users = pd.DataFrame({"age": np.nan, "gender": None, "country": [f"Country {n % 12}" for n in at]})
    table = Audiences(plays(*((user, 0) for user in at)), users, 1).of(0).table
    assert len(table) == 7
    assert table["value"].iloc[-1] == "other"
    assert table["listeners"].sum() == 300
    assert table["everyone"].sum() == pytest.approx(1)


def test_p_values_are_twice_the_smaller_tail():
    # Of three tosses none is heads with chance 1/8, all with 1/8, one or fewer with 4/8.
    assert _binomial(np.array([0.0, 3.0, 1.0]), 3, np.full(3, 0.5)) == pytest.approx([2 / 8, 2 / 8, 1.0])


def test_no_users_and_no_plays_are_no_error():
    users = pd.DataFrame(
        {"age": pd.Series(dtype=float), "gender": pd.Series(dtype=str), "country": pd.Series(dtype=str)}
    )
    empty = plays().astype({"user_index": int, "song_index": int})
    assert Audiences(empty, users, 2).of(1).listeners == 0
