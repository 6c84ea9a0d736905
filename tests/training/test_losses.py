import math

import pytest
import torch

from engine.training.losses import binary_cross_entropy, bpr_loss, huber_loss, mean_by_user, multinomial_loss


def test_the_loss_is_the_mean_log_likelihood_among_songs_not_shown() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    # user 0 was shown song 2 and is to find 0; user 1 was shown nothing and is to find 0 and 1
    loss = multinomial_loss(
        scores, torch.tensor([0]), torch.tensor([2]), torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1])
    )
    user_0 = -(1 - math.log(math.exp(1) + math.exp(2)))
    user_1 = -(0 - math.log(3))
    assert math.isclose(float(loss), (user_0 + user_1) / 2, rel_tol=1e-6)


def test_each_user_counts_the_same_however_many_targets() -> None:
    loss = mean_by_user(torch.tensor([6.0, 1.0, 2.0]), torch.tensor([0, 1, 1]), users=2)
    assert float(loss) == (6 + (1 + 2) / 2) / 2


def test_cross_entropy_is_the_mean_log_likelihood_of_the_labels() -> None:
    # sigmoid(log 3) = 3 / 4, sigmoid(0) = 1 / 2
    loss = binary_cross_entropy(torch.tensor([math.log(3), math.log(3), 0.0]), torch.tensor([1, 0, 1]))
    assert float(loss) == pytest.approx(-(math.log(3 / 4) + math.log(1 / 4) + math.log(1 / 2)) / 3)


def test_cross_entropy_weighs_pairs_by_their_share_of_the_weights() -> None:
    logits, labels = torch.tensor([math.log(3), 0.0]), torch.tensor([1.0, 0.0])
    loss = binary_cross_entropy(logits, labels, torch.tensor([1.0, 4.0]))
    assert float(loss) == pytest.approx(-(1 * math.log(3 / 4) + 4 * math.log(1 / 2)) / (1 + 4))
    assert float(binary_cross_entropy(logits, labels, torch.tensor([10.0, 40.0]))) == pytest.approx(float(loss))


def test_bpr_is_the_log_likelihood_of_the_played_song_ranking_above_the_other() -> None:
    loss = bpr_loss(torch.tensor([2.0, 1.0]), torch.tensor([2.0 - math.log(4), 1.0]))
    # sigmoid(log 4) = 4 / 5, sigmoid(0) = 1 / 2
    assert float(loss) == pytest.approx(-(math.log(4 / 5) + math.log(1 / 2)) / 2)


def test_bpr_compares_a_played_song_with_several_others() -> None:
    loss = bpr_loss(torch.tensor([[0.0]]), torch.tensor([[0.0, -math.log(3), math.log(3)]]))
    assert float(loss) == pytest.approx(-(math.log(1 / 2) + math.log(3 / 4) + math.log(1 / 4)) / 3)


def test_bpr_weighs_pairs_by_their_share_of_the_weights() -> None:
    negative = torch.tensor([[-math.log(3), math.log(3)]])
    loss = bpr_loss(torch.tensor([[0.0]]), negative, torch.tensor([[1.0, 3.0]]))
    assert float(loss) == pytest.approx(-(1 * math.log(3 / 4) + 3 * math.log(1 / 4)) / (1 + 3))
    assert float(bpr_loss(torch.tensor([[0.0]]), negative, torch.zeros(1, 2))) == 0


def test_huber_is_squared_near_and_linear_far() -> None:
    predicted, log_plays = torch.tensor([1.0, 0.0]), torch.tensor([1.5, 3.0])
    assert float(huber_loss(predicted, log_plays)) == pytest.approx((0.5**2 / 2 + 1 * (3 - 1 / 2)) / 2)
    assert float(huber_loss(predicted, log_plays, delta=2.0)) == pytest.approx((0.5**2 / 2 + 2 * (3 - 2 / 2)) / 2)


def test_large_scores_overflow_in_no_loss() -> None:
    large = torch.tensor([1e4, -1e4], requires_grad=True)
    assert binary_cross_entropy(large, torch.tensor([0.0, 1.0])).item() == 1e4
    assert bpr_loss(-large, large).item() == (2e4 + 0) / 2
    loss = binary_cross_entropy(large, torch.tensor([0.0, 1.0])) + bpr_loss(-large, large)
    (gradient,) = torch.autograd.grad(loss, large)
    assert torch.isfinite(gradient).all()
