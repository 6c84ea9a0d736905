import math

import pandas as pd
import pytest

from engine.config import TrainSettings
from engine.training.schedule import PLATEAU_FACTOR, Schedule, lowered_by_pass


def schedule(**settings: object) -> Schedule:
    return Schedule(TrainSettings.model_validate({"learning_rate": 0.1, "epochs": 10, **settings}), steps=4)


def test_constant_stays() -> None:
    assert {schedule().rate(step) for step in range(40)} == {0.1}


def test_warm_up_rises_in_a_straight_line_over_its_passes() -> None:
    warm = schedule(warmup=0.5)  # 2 of the 4 steps of the first pass
    assert [warm.rate(step) for step in range(4)] == pytest.approx([0.1 / 2, 0.1, 0.1, 0.1])


def test_cosine_is_half_in_the_middle_and_nothing_at_the_end_and_after() -> None:
    cosine = schedule(schedule="cosine")
    assert cosine.rate(0) == pytest.approx(0.1)
    assert cosine.rate(10) == pytest.approx(0.1 * (1 + math.cos(math.pi / 4)) / 2)
    assert cosine.rate(20) == pytest.approx(0.1 / 2)
    assert cosine.rate(40) == cosine.rate(50) == 0


def test_a_plateau_lowers_after_its_patience_and_again_after_as_long() -> None:
    plateau = schedule(schedule="plateau", plateau_patience=2)
    assert [plateau.is_plateau(stale) for stale in range(5)] == [False, False, True, False, True]
    assert plateau.rate(7, lowered=2) == pytest.approx(0.1 * PLATEAU_FACTOR**2)
    assert not schedule(schedule="cosine").is_plateau(2)


def test_a_run_on_all_plays_follows_the_plateaus_of_the_first_up_to_its_best() -> None:
    curve = pd.DataFrame(
        {
            "ndcg@10": [0.1, 0.2, 0.3, 0.2],
            # still warming up in the first pass; lowered once after the second, once more after the best
            "learning_rate": [0.05, 0.1, 0.1 * PLATEAU_FACTOR, 0.1 * PLATEAU_FACTOR**2],
        }
    )
    assert lowered_by_pass(curve, 6) == [0, 0, 0, 0, 1, 1]
    assert lowered_by_pass(curve, 2) == [0, 0]
