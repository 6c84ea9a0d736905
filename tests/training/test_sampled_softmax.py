import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.training.losses import mean_by_user, multinomial_loss
from engine.training.negatives import mixed, positives_mask
from engine.training.sampled_softmax import sampled_softmax_loss

NONE = torch.empty(0, dtype=torch.int64)
USERS = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
SONGS = torch.tensor([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0], [1.0, 1.0]])  # scores 1 2 0 1 and 0 1 3 1
# user 0 is to find song 0 and was shown 3; user 1 is to find 1 and 2 and was shown nothing
TARGETS = torch.tensor([0, 1, 1]), torch.tensor([0, 1, 2])
SHOWN = torch.tensor([0]), torch.tensor([3])


def test_a_target_competes_with_the_negatives_its_user_did_not_play() -> None:
    mask = positives_mask(torch.arange(4), 2, *TARGETS, *SHOWN)
    loss = sampled_softmax_loss(USERS, SONGS[TARGETS[1]], TARGETS[0], SONGS, mask)
    e = math.exp
    user_0 = -math.log(e(1) / (e(1) + e(2) + e(0)))
    user_1 = -(math.log(e(1) / (e(1) + e(0) + e(1))) + math.log(e(3) / (e(3) + e(0) + e(1)))) / 2
    assert float(loss) == pytest.approx((user_0 + user_1) / 2)


def test_log_q_corrects_negatives_and_never_the_target() -> None:
    mask = positives_mask(torch.arange(4), 2, *TARGETS, *SHOWN)
    q = torch.tensor([1 / 2, 1 / 4, 1 / 5, 1 / 10])
    loss = sampled_softmax_loss(USERS, SONGS[TARGETS[1]], TARGETS[0], SONGS, mask, q.log())
    e = math.exp
    # a negative drawn one time in four stands for four songs like it
    user_0 = -math.log(e(1) / (e(1) + 4 * e(2) + 5 * e(0)))
    competitors = 2 * e(0) + 10 * e(1)
    user_1 = -(math.log(e(1) / (e(1) + competitors)) + math.log(e(3) / (e(3) + competitors))) / 2
    assert float(loss) == pytest.approx((user_0 + user_1) / 2)


@given(seed=st.integers(0, 10_000), users=st.integers(1, 5), songs=st.integers(2, 12))
def test_with_every_song_drawn_the_loss_is_that_of_the_whole_catalogue(seed: int, users: int, songs: int) -> None:
    rng = np.random.default_rng(seed)
    played = rng.random((users, songs)) < 0.5
    played[:, 0] = True
    is_target = played & (rng.random((users, songs)) < 0.5)
    is_target[:, 0] = True
    target_rows, target_songs = map(torch.from_numpy, np.nonzero(is_target))
    shown = tuple(map(torch.from_numpy, np.nonzero(played & ~is_target)))
    vectors = torch.from_numpy(rng.normal(size=(users + songs, 3))).float()
    user_vectors, song_vectors = vectors[:users], vectors[users:]

    negatives = mixed(target_songs, torch.full((songs,), 1 / songs), songs, rng)
    mask = positives_mask(negatives.songs, users, target_rows, target_songs, *shown)
    sampled = [
        sampled_softmax_loss(
            user_vectors, song_vectors[target_songs], target_rows, song_vectors[negatives.songs], mask, log_q
        )
        for log_q in (None, negatives.log_q)
    ]

    # Each target on its own, with all else that its user played set aside.
    whole = []
    for row, song in zip(target_rows.tolist(), target_songs.tolist(), strict=True):
        others = torch.from_numpy(np.setdiff1d(np.flatnonzero(played[row]), [song]))
        scores = user_vectors[[row]] @ song_vectors.T
        one = torch.tensor([0])
        whole.append(multinomial_loss(scores, torch.zeros_like(others), others, one, torch.tensor([song])))
    expected = float(mean_by_user(torch.stack(whole), target_rows, users))
    assert [float(loss) for loss in sampled] == pytest.approx([expected, expected], rel=1e-5, abs=1e-6)


def test_masked_songs_get_no_gradient_at_all() -> None:
    vectors = SONGS.clone().requires_grad_()
    # Song 0 is only its user's accidental hit, song 3 was shown, song 2 is another target; song 1 is none of them.
    mask = positives_mask(torch.arange(4), 1, torch.tensor([0, 0]), torch.tensor([0, 2]), *SHOWN)
    loss = sampled_softmax_loss(USERS[:1], SONGS[[0, 2]], torch.tensor([0, 0]), vectors, mask)
    (gradient,) = torch.autograd.grad(loss, vectors)
    assert (gradient[[0, 2, 3]] == 0).all()
    assert (gradient[1] != 0).any()


def test_a_user_who_played_every_negative_has_nothing_to_lose() -> None:
    users, songs = USERS.clone().requires_grad_(), SONGS.clone().requires_grad_()
    mask = torch.ones(2, 4, dtype=torch.bool)
    loss = sampled_softmax_loss(users, songs[TARGETS[1]], TARGETS[0], songs, mask)
    assert loss.item() == 0
    for gradient in torch.autograd.grad(loss, [users, songs]):
        assert (gradient == 0).all()


def test_large_scores_do_not_overflow() -> None:
    users, songs = (USERS * 1e4).requires_grad_(), SONGS.clone().requires_grad_()
    mask = positives_mask(torch.arange(4), 2, *TARGETS, *SHOWN)
    loss = sampled_softmax_loss(users, songs[TARGETS[1]], TARGETS[0], songs, mask)
    # user 0 prefers song 1 to the target by 10,000; user 1 holds song 3 equal to the one target, the other far above
    assert loss.item() == pytest.approx((1e4 + (math.log(2) + 0) / 2) / 2)
    assert all(torch.isfinite(gradient).all() for gradient in torch.autograd.grad(loss, [users, songs]))


def test_nothing_shown_is_no_obstacle() -> None:
    mask = positives_mask(torch.arange(4), 2, *TARGETS, NONE, NONE)
    loss = sampled_softmax_loss(USERS, SONGS[TARGETS[1]], TARGETS[0], SONGS, mask)
    assert torch.isfinite(loss)


def test_log_q_brings_the_gradient_near_that_of_the_full_softmax() -> None:
    """A listener's one target, a rare song, and the mean gradient over batches in which others' targets are drawn."""
    rng = np.random.default_rng(0)
    popularity = 1 / np.arange(1, 101)
    popularity /= popularity.sum()
    share = torch.from_numpy(popularity).float()
    user = torch.from_numpy(rng.normal(0, 0.7, size=(1, 4))).float()
    songs = torch.from_numpy(rng.normal(0, 0.7, size=(100, 4))).float().requires_grad_()
    row, target = torch.tensor([0]), torch.tensor([50])

    def gradient(loss: Tensor) -> Tensor:
        return torch.autograd.grad(loss, songs)[0]

    full = gradient(multinomial_loss(user @ songs.T, NONE, NONE, row, target))
    mean = {name: torch.zeros_like(full) for name in ("corrected", "as drawn", "by expected draws")}
    for _ in range(300):
        batch = torch.cat([target, torch.from_numpy(rng.choice(100, size=200, p=popularity))])
        negatives = mixed(batch, share, 10, rng)
        mask = positives_mask(negatives.songs, 1, row, target, NONE, NONE)
        expected_draws = (201 * share + 10 / 100)[negatives.songs]
        for name, log_q in zip(mean, (negatives.log_q, None, expected_draws.log()), strict=True):
            loss = sampled_softmax_loss(user, songs[target], row, songs[negatives.songs], mask, log_q)
            mean[name] += gradient(loss) / 300
    error = {name: float((estimate - full).norm() / full.norm()) for name, estimate in mean.items()}
    assert error["corrected"] < 0.02
    assert error["corrected"] < error["as drawn"] / 2
    assert error["corrected"] < error["by expected draws"] / 2
