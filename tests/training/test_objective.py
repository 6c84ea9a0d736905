import math

import numpy as np
import pytest
import torch

from engine.config import TrainSettings
from engine.data.batches import UserBatch, training_batches
from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.model.hybrid import Encoded
from engine.training.data import Share
from engine.training.objective import Objective, Pairs, objective

SONGS, USERS = 12, 6
LISTENERS = np.array([3, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0])


def settings(**given: object) -> TrainSettings:
    return TrainSettings.model_validate(given)


def batch() -> UserBatch:
    rng = np.random.default_rng(0)
    songs = [np.sort(rng.choice(8, size=size, replace=False)) for size in (3, 4, 2, 5, 1, 3)]
    starts = np.concatenate([[0], np.cumsum([len(s) for s in songs])])
    people = UserArrays(*(np.zeros(USERS, dtype=np.int64),) * 3)
    (drawn,) = training_batches(Histories(starts, np.concatenate(songs)), people, 10, 0.5, 0.1, rng)
    return drawn


def loss_of(chosen: Objective, share: Share, whole: UserBatch) -> torch.Tensor:
    """The loss of a share of the batch for fixed vectors, with draws that are the same for every share."""
    vectors = torch.from_numpy(np.random.default_rng(1).normal(size=(USERS + SONGS, 4))).float()
    bias = torch.linspace(-1, 1, SONGS)
    drawn = chosen.draw(whole, share, np.random.default_rng(2))
    part = share.take(whole)
    songs = torch.arange(SONGS) if drawn.songs is None else drawn.songs
    return chosen.loss(Encoded(vectors[part.users], vectors[USERS + songs], bias[songs]), part, drawn)


@pytest.mark.parametrize("loss", ["multinomial", "sampled", "bpr", "bce"])
@pytest.mark.parametrize("processes", [2, 3, 6])
def test_the_shares_of_a_batch_add_up_to_its_loss(loss: str, processes: int) -> None:
    whole = batch()
    chosen = objective(settings(loss=loss, uniform_negatives=3, negatives=2), LISTENERS)
    shares = [Share.of(USERS, process, processes) for process in range(processes)]
    parts = sum(float(loss_of(chosen, share, whole)) * share.size / USERS for share in shares)
    assert parts == pytest.approx(float(loss_of(chosen, Share.of(USERS, 0, 1), whole)), rel=1e-5)


def test_only_targets_and_draws_are_scored() -> None:
    whole, everyone, rng = batch(), Share.of(USERS, 0, 1), np.random.default_rng(0)
    targets = set(whole.target_songs.tolist())
    assert objective(settings(), LISTENERS).draw(whole, everyone, rng).songs is None
    alone = objective(settings(loss="sampled", uniform_negatives=0), LISTENERS).draw(whole, everyone, rng)
    assert alone.songs is not None
    assert set(alone.songs.tolist()) == targets
    some = objective(settings(loss="bpr", negatives=1), LISTENERS).draw(whole, everyone, rng)
    assert some.songs is not None
    assert some.negatives is not None
    assert set(some.songs.tolist()) == targets | set(some.negatives.flatten().tolist())


def test_log_q_can_be_switched_off() -> None:
    drawn = [
        objective(settings(loss="sampled", log_q=on), LISTENERS).draw(
            batch(), Share.of(USERS, 0, 1), np.random.default_rng(0)
        )
        for on in (True, False)
    ]
    assert [d.log_q is None for d in drawn] == [False, True]


def test_pairs_are_worth_what_a_reader_can_count() -> None:
    """User 0 has targets 0 and 1, user 1 has target 2; songs score 1, 2, 3, 0 for both."""
    none = torch.empty(0, dtype=torch.int64)
    zeros = torch.zeros(2, dtype=torch.int64)
    whole = UserBatch(
        users=torch.arange(2), shown_rows=none, shown_songs=none, target_rows=torch.tensor([0, 0, 1]),
        target_songs=torch.tensor([0, 1, 2]), age=zeros, gender=zeros, country=zeros,
    )  # fmt: skip
    encoded = Encoded(torch.ones(2, 1), torch.tensor([[1.0], [2.0], [3.0], [0.0]]), torch.zeros(4))
    negatives = torch.tensor([[3], [2], [0]])
    ranked, told_apart = Pairs(4, 1, ranked=True), Pairs(4, 1, ranked=False)
    drawn = ranked.draw(whole, Share.of(2, 0, 1), np.random.default_rng(0))
    drawn = type(drawn)(torch.arange(4), negatives=negatives)

    def log_sigmoid(x: float) -> float:
        return -math.log(1 + math.exp(-x))

    bpr = -((log_sigmoid(1 - 0) + log_sigmoid(2 - 3)) / 2 + log_sigmoid(3 - 1)) / 2
    assert float(ranked.loss(encoded, whole, drawn)) == pytest.approx(bpr)
    first = (log_sigmoid(1) + log_sigmoid(-0)) / 2, (log_sigmoid(2) + log_sigmoid(-3)) / 2
    bce = -(sum(first) / 2 + (log_sigmoid(3) + log_sigmoid(-1)) / 2) / 2
    assert float(told_apart.loss(encoded, whole, drawn)) == pytest.approx(bce)


def test_a_user_who_played_everything_is_no_pair_and_no_obstacle() -> None:
    none = torch.empty(0, dtype=torch.int64)
    zero = torch.zeros(1, dtype=torch.int64)
    whole = UserBatch(zero, none, none, torch.tensor([0, 0]), torch.tensor([0, 1]), zero, zero, zero)
    encoded = Encoded(torch.ones(1, 1), torch.tensor([[1.0], [2.0]]), torch.zeros(2))
    for ranked in (True, False):
        pairs = Pairs(2, 3, ranked)
        drawn = pairs.draw(whole, Share.of(1, 0, 1), np.random.default_rng(0))
        assert torch.isfinite(pairs.loss(encoded, whole, drawn))
