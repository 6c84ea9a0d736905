import math

import torch

from engine.training.losses import multinomial_loss


def test_the_loss_is_the_mean_log_likelihood_among_songs_not_shown() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    # user 0 was shown song 2 and is to find 0; user 1 was shown nothing and is to find 0 and 1
    loss = multinomial_loss(
        scores, torch.tensor([0]), torch.tensor([2]), torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1])
    )
    user_0 = -(1 - math.log(math.exp(1) + math.exp(2)))
    user_1 = -(0 - math.log(3))
    assert math.isclose(float(loss), (user_0 + user_1) / 2, rel_tol=1e-6)
