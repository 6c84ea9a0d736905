import numpy as np
import pytest
import torch

from engine.data.batches import UserBatch, training_batches
from engine.data.features import UserArrays
from engine.data.histories import Histories
from engine.training.data import Share

HISTORIES = Histories(np.array([0, 2, 5, 6, 10, 13]), np.array([1, 2, 0, 3, 4, 5, 1, 2, 3, 6, 0, 5, 6]))
PEOPLE = UserArrays(*(np.arange(5) + 10 * i for i in range(3)))


def one_batch() -> UserBatch:
    (batch,) = training_batches(HISTORIES, PEOPLE, 10, 0.5, 0.0, np.random.default_rng(0))
    return batch


def pairs(batch: UserBatch, kind: str) -> list[tuple[int, int]]:
    """(user, song) of what is shown or to be predicted."""
    rows, songs = getattr(batch, f"{kind}_rows"), getattr(batch, f"{kind}_songs")
    return sorted(zip(batch.users[rows].tolist(), songs.tolist(), strict=True))


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_processes_share_a_batch_without_overlap_and_leave_nothing_out(processes: int) -> None:
    batch = one_batch()
    shares = [Share.of(5, process, processes) for process in range(processes)]
    parts = [share.take(batch) for share in shares]
    assert [len(part.users) for part in parts] == [share.size for share in shares]
    assert max(share.size for share in shares) - min(share.size for share in shares) <= 1
    assert torch.cat([part.users for part in parts]).tolist() == batch.users.tolist()
    assert torch.cat([part.age for part in parts]).tolist() == batch.age.tolist()
    for kind in ("shown", "target"):
        assert sorted(pair for part in parts for pair in pairs(part, kind)) == pairs(batch, kind)


def test_a_process_without_users_works_on_somebody_elses() -> None:
    batch = one_batch()
    shares = [Share.of(1, process, 3) for process in range(3)]
    assert [share.size for share in shares] == [0, 0, 1]
    (alone,) = training_batches(
        Histories(np.array([0, 2]), np.array([1, 2])), PEOPLE, 10, 0.5, 0.0, np.random.default_rng(0)
    )
    for share in shares:
        assert share.take(alone).users.tolist() == alone.users.tolist()
        assert len(share.take(alone).target_rows) >= 1
    assert Share.of(5, 0, 1).take(batch) is batch
