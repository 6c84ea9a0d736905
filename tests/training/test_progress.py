import time

import pytest

from engine.training.progress import Pace, Progress


def test_a_line_says_loss_quality_speed_and_an_upper_bound_of_the_time_left() -> None:
    progress = Progress(3, 200, 2, 8, 5.4321, 0.1234, 0.13, songs_per_second=52_345.6, seconds_left=200)
    assert progress.text == (
        "epoch 3 · loss 5.432 · NDCG@10 0.1234 · best 0.1300 · 52,346 songs/s · at most 3 min left"
    )
    assert progress.fraction == 2 / 8


def test_to_a_known_end_the_time_left_is_an_estimate() -> None:
    progress = Progress(3, 10, 2, 8, 5.4321, float("nan"), -1, True, 1_000, 30)
    assert progress.text == "on all plays · epoch 3 of 10 · loss 5.432 · 1,000 songs/s · 30 s left"
    assert progress.fraction == (2 + 2 / 8) / 10


def test_before_anything_is_known_nothing_is_claimed() -> None:
    assert Progress(1, 200, 1, 8, 7.0, float("nan"), -1).text == "epoch 1 · loss 7.000 · NDCG@10 – · best 0.0000"


def test_pace_counts_songs_of_the_pass_and_steps_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    pace = Pace(steps=6)
    pace.begin_pass()
    for _ in range(2):
        now[0] += 1
        pace.step(100)
    assert (pace.songs_per_second, pace.seconds_left) == (100, 4)
    now[0] += 1  # validation: part of the time left, not of the speed
    pace.begin_pass()
    now[0] += 1
    pace.step(300)
    assert (pace.songs_per_second, pace.seconds_left) == (300, 4 / 3 * 3)
