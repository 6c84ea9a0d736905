from pathlib import Path

import numpy as np
import pytest
import torch

from engine.config import load_settings
from engine.data.features import encode_users
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.errors import SettingsError
from engine.model.weights import load_weights, save_weights
from engine.training.loop import Trained, train
from engine.training.members import Members, train_members
from engine.training.progress import Progress
from engine.training.validation import scorer_of

SMALL = ["model.dim=8", "train.epochs=2", "train.batch_users=64", "model.members=2"]
SETTINGS = load_settings(None, SMALL)


@pytest.fixture(scope="module")
def members(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Members:
    return train_members(prepared, SETTINGS, tmp_path_factory.mktemp("run"))


def scores(trained: Trained, prepared: Prepared) -> np.ndarray:
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    people = encode_users(prepared.features, prepared.users)
    return scorer_of(trained.model, trained.songs, histories, people)(np.arange(20))


def test_networks_side_by_side_score_as_the_mean_of_them(prepared: Prepared, members: Members, tmp_path: Path) -> None:
    first, second = (scores(run, prepared) for run in members.runs)
    assert not np.allclose(first, second, atol=0.01)
    np.testing.assert_allclose(scores(members.joined, prepared), (first + second) / 2, atol=1e-4)
    save_weights(members.joined.model, tmp_path / "m.safetensors")
    again = load_weights(tmp_path / "m.safetensors", members.joined.model.sizes, SETTINGS.model)
    assert again.taste_dim == 16
    assert torch.equal(
        again.item_vectors(members.joined.songs), members.joined.model.item_vectors(members.joined.songs)
    )


def test_fading_histories_are_put_side_by_side_too(prepared: Prepared, tmp_path: Path) -> None:
    fading = train_members(prepared, load_settings(None, [*SMALL, "model.recency_half_life=0.1"]), tmp_path)
    mean = np.mean([scores(run, prepared) for run in fading.runs], axis=0)
    np.testing.assert_allclose(scores(fading.joined, prepared), mean, atol=1e-4)


def test_each_network_is_one_that_its_seed_alone_would_give(
    prepared: Prepared, members: Members, tmp_path: Path
) -> None:
    alone = train(prepared, load_settings(None, [*SMALL[:3], "model.members=1", "seed=8"]), tmp_path)
    np.testing.assert_array_equal(scores(alone, prepared), scores(members.runs[1], prepared))


def test_what_is_served_takes_as_many_passes_as_each_network_did(
    prepared: Prepared, members: Members, tmp_path: Path
) -> None:
    said: list[Progress] = []
    again = train_members(prepared.whole(), SETTINGS, tmp_path, on_progress=said.append, like=(prepared, members))
    plays = len(prepared.plays) / (prepared.plays["part"] == TRAIN).sum()
    for before, after in zip(members.runs, again.runs, strict=True):
        assert len(after.curve) == round(before.best_epoch * plays)
    assert said[0].text.startswith("network 1 of 2 · on all plays")
    fractions = [progress.fraction for progress in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_only_sums_are_put_side_by_side() -> None:
    assert load_settings().model.side_by_side == 2
    assert load_settings(None, ["model.dense=[8]"]).model.side_by_side == 1
    assert load_settings(None, ["model.history=attention"]).model.side_by_side == 1
    with pytest.raises(SettingsError, match="members"):
        load_settings(None, ["model.members=2", "model.history=attention"])
