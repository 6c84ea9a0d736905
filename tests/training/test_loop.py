from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.config import Settings, load_settings
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.errors import DataError
from engine.training import checkpoints
from engine.training.loop import Progress, passes_on_everything, train

EVERY_EPOCH = ["train.checkpoint_seconds=0"]


class Killed(BaseException):
    """Stands for a signal: nothing in the loop catches it."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(
        None, ["model.dim=8", "train.epochs=4", "train.batch_users=64", "train.average_decay=0.8", *EVERY_EPOCH]
    )


def test_training_improves_on_the_start_and_keeps_its_curve(prepared: Prepared, tmp_path: Path) -> None:
    longer = load_settings(None, ["model.dim=16", "train.epochs=25", "train.batch_users=32", "train.average_decay=0.9"])
    trained = train(prepared, longer, tmp_path)
    curve = trained.curve
    assert curve["loss"].iloc[-1] < curve["loss"].iloc[0]
    assert curve["ndcg@10"].max() > 1.2 * curve["ndcg@10"].iloc[0]
    assert curve["epoch"].tolist() == list(range(1, len(curve) + 1))


def test_on_everything_it_trains_a_given_number_of_passes_and_never_validates(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    first = train(prepared, settings, tmp_path / "first")
    assert first.best_epoch == first.curve.loc[first.curve["ndcg@10"].idxmax(), "epoch"]
    passes = passes_on_everything(prepared, first)
    assert passes == round(first.best_epoch * 25_000 / 20_000)
    whole = prepared.whole()
    assert (whole.plays["part"] == TRAIN).all()
    again = train(whole, settings, tmp_path / "whole", passes=passes)
    assert again.curve["epoch"].tolist() == list(range(1, passes + 1))
    assert again.curve["ndcg@10"].isna().all()
    assert int(again.songs.has_id.sum()) > int(first.songs.has_id.sum())


def test_a_killed_run_resumes_to_the_weights_of_an_undisturbed_one(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    whole = train(prepared, settings, tmp_path / "whole")

    def kill(progress: Progress) -> None:
        if progress.epoch == 3 and progress.step == 2:
            raise Killed

    with pytest.raises(Killed):
        train(prepared, settings, tmp_path / "killed", on_progress=kill)
    resumed = train(prepared, settings, tmp_path / "killed", resume="yes")
    assert resumed.curve["loss"].tolist() == whole.curve["loss"].tolist()
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name]), name


def test_a_checkpoint_of_other_data_is_not_resumed(prepared: Prepared, settings: Settings, tmp_path: Path) -> None:
    train(prepared, settings, tmp_path)
    other = replace(prepared, info={**prepared.info, "data_sha256": "other"})
    with pytest.raises(DataError, match="other settings or other data"):
        train(other, settings, tmp_path, resume="yes")
    assert len(train(other, settings, tmp_path, resume="if it fits").curve) == 4


def test_a_damaged_checkpoint_is_one_sentence(prepared: Prepared, settings: Settings, tmp_path: Path) -> None:
    train(prepared, settings, tmp_path)
    (tmp_path / checkpoints.LAST / "optimizer.safetensors").write_bytes(b"no")
    with pytest.raises(DataError, match="can't be read"):
        train(prepared, settings, tmp_path, resume="yes")
