import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.training.negatives import draw_uniform, draw_unplayed, in_batch, log_q, mixed, positives_mask

POPULARITY = torch.tensor([0.5, 0.3, 0.2, 0.0])
NONE = torch.empty(0, dtype=torch.int64)


def test_uniform_draws_are_distinct_songs_each_as_likely() -> None:
    rng = np.random.default_rng(0)
    draws = [draw_uniform(6, 2, rng) for _ in range(3_000)]
    assert all(first != second for first, second in draws)
    assert np.bincount(torch.cat(draws), minlength=6) / 3_000 == pytest.approx(np.full(6, 2 / 6), abs=0.03)


def test_more_draws_than_songs_are_all_songs() -> None:
    assert sorted(draw_uniform(3, 10, np.random.default_rng(0)).tolist()) == [0, 1, 2]


def test_draws_are_songs_the_user_did_not_play_and_each_as_likely() -> None:
    played = torch.tensor([0, 0, 0, 2]), torch.tensor([4, 0, 1, 3])
    drawn = draw_unplayed(6, torch.tensor([2, 0, 1]), *played, 6_000, np.random.default_rng(0)).numpy()
    shares = [np.bincount(songs, minlength=6) / 6_000 for songs in drawn]
    assert shares[0] == pytest.approx([1 / 5, 1 / 5, 1 / 5, 0, 1 / 5, 1 / 5], abs=0.02)
    assert shares[1] == pytest.approx([0, 0, 1 / 3, 1 / 3, 0, 1 / 3], abs=0.02)
    assert shares[2] == pytest.approx([1 / 6] * 6, abs=0.02)


@given(seed=st.integers(0, 10_000), users=st.integers(1, 5), songs=st.integers(1, 9))
def test_nothing_played_is_drawn_and_who_played_all_gets_none(seed: int, users: int, songs: int) -> None:
    rng = np.random.default_rng(seed)
    played = rng.random((users, songs)) < 0.6
    played_rows, played_songs = map(torch.from_numpy, np.nonzero(played))
    rows = torch.arange(users).repeat(2)
    for row, drawn in zip(
        rows.tolist(), draw_unplayed(songs, rows, played_rows, played_songs, 5, rng).tolist(), strict=True
    ):
        if played[row].all():
            assert drawn == [-1] * 5
        else:
            assert all(0 <= song < songs and not played[row, song] for song in drawn)


def test_in_batch_negatives_are_each_target_once_with_its_probability_of_being_there() -> None:
    negatives = in_batch(torch.tensor([1, 0, 0, 1, 0]), POPULARITY)
    assert negatives.songs.tolist() == [0, 1]
    # 5 targets: song 0 is expected 2.5 times, song 1 is expected 1.5 times
    expected = [math.log(1 - math.exp(-5 * 0.5)), math.log(1 - math.exp(-5 * 0.3))]
    assert negatives.log_q.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_mixed_negative_is_missed_only_by_both() -> None:
    negatives = mixed(torch.tensor([2, 0, 2]), POPULARITY, 1, np.random.default_rng(0))
    assert {0, 2} <= set(negatives.songs.tolist())
    missed = [(1 - 1 / 4) * math.exp(-3 * share) for share in (0.5, 0.3, 0.2, 0.0)]
    expected = [math.log(1 - missed[song]) for song in negatives.songs.tolist()]
    assert negatives.log_q.tolist() == pytest.approx(expected, rel=1e-5)


def test_log_q_is_the_frequency_with_which_a_song_is_drawn() -> None:
    rng = np.random.default_rng(1)
    popularity = np.array([0.1, 0.08, 0.05, 0.02, 0.0] * 4)
    counts = np.zeros(20)
    for _ in range(3_000):
        targets = torch.from_numpy(rng.choice(20, size=8, p=popularity))
        counts[mixed(targets, torch.from_numpy(popularity), 4, rng).songs] += 1
    q = log_q(torch.arange(20), 8, 4, torch.from_numpy(popularity)).exp()
    assert counts / 3_000 == pytest.approx(q.numpy(), abs=0.03)


def test_log_q_of_rare_songs_is_the_log_of_their_expected_draws() -> None:
    popularity = torch.full((10_000_000,), 1e-7)
    assert float(log_q(torch.tensor([5]), 3, 2, popularity)) == pytest.approx(math.log(3e-7 + 2e-7), rel=1e-5)


def test_every_song_drawn_is_certain() -> None:
    negatives = mixed(torch.tensor([1]), POPULARITY, 4, np.random.default_rng(0))
    assert negatives.songs.tolist() == [0, 1, 2, 3]
    assert negatives.log_q.tolist() == [0, 0, 0, 0]


def test_a_negative_that_could_not_have_been_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="popularity 0"):
        in_batch(torch.tensor([0, 3]), POPULARITY)


def test_the_mask_holds_what_each_user_played() -> None:
    negatives = torch.tensor([1, 4, 6])
    # user 0 is to find 4 and 2 and was shown 6; user 1 is to find 1 and was shown 9, which is no negative
    mask = positives_mask(
        negatives, 3, torch.tensor([0, 0, 1]), torch.tensor([4, 2, 1]), torch.tensor([0, 1]), torch.tensor([6, 9])
    )
    assert mask.tolist() == [[False, True, True], [True, False, False], [False, False, False]]


def test_the_mask_is_empty_of_what_is_not_there() -> None:
    target = torch.tensor([0]), torch.tensor([4])
    assert positives_mask(torch.tensor([1, 4]), 1, *target, NONE, NONE).tolist() == [[False, True]]
    assert positives_mask(torch.tensor([1, 4]), 1, NONE, NONE, NONE, NONE).tolist() == [[False, False]]
    assert positives_mask(NONE, 1, *target, NONE, NONE).shape == (1, 0)
