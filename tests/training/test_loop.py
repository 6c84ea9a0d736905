import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.nn.functional import dropout

from engine.config import Settings, load_settings
from engine.data.batches import UserBatch
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.errors import DataError, TrainingError
from engine.model.hybrid import TwoTower
from engine.training import checkpoints, hardware
from engine.training.loop import Progress, passes_on_everything, train
from engine.training.objective import Multinomial

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


RICH = ["train.schedule=cosine", "train.warmup=0.7", "train.accumulate=2", "train.clip_norm=0.5"]


@pytest.mark.parametrize(
    "changed",
    [
        [*RICH, "train.loss=sampled", "train.uniform_negatives=50"],
        ["train.schedule=plateau", "train.plateau_patience=1", "train.learning_rate=0.2", "train.loss=bpr"],
        ["train.loss=bce", "train.accumulate=3"],
    ],
)
def test_a_run_with_all_its_parts_resumes_to_equal_bits_dropout_in_the_network_included(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: list[str]
) -> None:
    plain = TwoTower.user_vectors

    def with_dropout(self: TwoTower, batch: UserBatch, table: torch.Tensor) -> torch.Tensor:
        return dropout(plain(self, batch, table), 0.3, self.training)

    monkeypatch.setattr(TwoTower, "user_vectors", with_dropout)
    common = ["model.dim=8", "train.epochs=6", "train.batch_users=48", "train.average_decay=0.8", *EVERY_EPOCH]
    settings = load_settings(None, [*common, *changed])
    whole = train(prepared, settings, tmp_path / "whole")

    def kill(progress: Progress) -> None:
        if progress.epoch == 4 and progress.step == 3:
            raise Killed

    with pytest.raises(Killed):
        train(prepared, settings, tmp_path / "killed", on_progress=kill)
    resumed = train(prepared, settings, tmp_path / "killed", resume="yes")
    for column in ("loss", "ndcg@10", "learning_rate"):
        assert resumed.curve[column].tolist() == whole.curve[column].tolist()
    for name in (
        "best.safetensors",
        "last/model.safetensors",
        "last/average.safetensors",
        "last/optimizer.safetensors",
    ):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.parametrize("loss", ["multinomial", "sampled", "bpr", "bce"])
def test_every_loss_learns_and_the_same_seed_gives_the_same_bits(prepared: Prepared, tmp_path: Path, loss: str) -> None:
    pairwise = ["train.learning_rate=0.02"] if loss in ("bpr", "bce") else []
    options = [
        "model.dim=16",
        "train.epochs=14",
        "train.batch_users=32",
        "train.average_decay=0.9",
        f"train.loss={loss}",
    ]
    settings = load_settings(None, [*options, *pairwise, "train.uniform_negatives=300"])
    first = train(prepared, settings, tmp_path / "1")
    second = train(prepared, settings, tmp_path / "2")
    assert first.curve["ndcg@10"].max() > 1.1 * first.curve["ndcg@10"].iloc[0]
    assert (tmp_path / "1/best.safetensors").read_bytes() == (tmp_path / "2/best.safetensors").read_bytes()
    assert second.curve["loss"].tolist() == first.curve["loss"].tolist()
    other = train(prepared, settings.model_copy(update={"seed": 8}), tmp_path / "3")
    assert other.curve["loss"].tolist() != first.curve["loss"].tolist()


@pytest.fixture
def gradient_norms(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """The norm of each step's gradient before and after clipping."""
    norms: list[tuple[float, float]] = []
    clip = Accelerator.clip_grad_norm_

    def clipped(self: Accelerator, parameters: Iterable[torch.nn.Parameter], max_norm: float) -> torch.Tensor:
        held = list(parameters)
        before = clip(self, held, max_norm)
        after = torch.stack([p.grad.norm() for p in held if p.grad is not None]).norm()
        norms.append((float(before), float(after)))
        return before

    monkeypatch.setattr(Accelerator, "clip_grad_norm_", clipped)
    return norms


def test_batches_that_make_one_step_are_worth_one_large_batch(
    prepared: Prepared, tmp_path: Path, gradient_norms: list[tuple[float, float]]
) -> None:
    train_plays = prepared.plays["part"] == TRAIN
    first = ~prepared.plays[train_plays].duplicated("user_index")
    single = prepared.plays[~train_plays | first.reindex(prepared.plays.index, fill_value=False)]
    one_each = replace(prepared, plays=single)  # nothing is left to chance: the one play is the target
    common = ["model.dim=8", "train.epochs=1", "train.history_dropout=0", "train.id_dropout=0", "train.clip_norm=1e9"]
    found = []
    for size, batches in ((96, 1), (24, 4)):
        settings = load_settings(None, [*common, f"train.batch_users={size}", f"train.accumulate={batches}"])
        train(one_each, settings, tmp_path / str(size))
        found.append([before for before, _ in gradient_norms])
        gradient_norms.clear()
    assert len(found[0]) == 3  # the last of fewer users, in batches of uneven size
    assert found[1] == pytest.approx(found[0], rel=1e-3)


def test_gradients_are_clipped_to_their_norm(
    prepared: Prepared, tmp_path: Path, gradient_norms: list[tuple[float, float]]
) -> None:
    options = ["model.dim=8", "train.epochs=1", "train.batch_users=64", "train.clip_norm=0.001"]
    train(prepared, load_settings(None, options), tmp_path)
    before, after = zip(*gradient_norms, strict=True)
    assert len(before) == 4
    assert min(before) > 0.002
    assert after == pytest.approx([0.001] * 4, rel=1e-2)


def test_checkpoints_are_kept_every_n_passes_and_gone_with_the_next_run(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    keeping = load_settings(None, ["model.dim=8", "train.epochs=5", "train.batch_users=64", "train.keep_every=2"])
    trained = train(prepared, keeping, tmp_path)
    kept = sorted(path.name for path in tmp_path.glob("epoch-*"))
    assert kept == ["epoch-0002.safetensors", "epoch-0004.safetensors"]
    assert load_file(tmp_path / kept[0]).keys() == trained.model.state_dict().keys()
    assert not torch.equal(
        load_file(tmp_path / kept[0])["items.bias.weight"], load_file(tmp_path / kept[1])["items.bias.weight"]
    )
    train(prepared, settings, tmp_path)
    assert not list(tmp_path.glob("epoch-*"))


def test_the_last_pass_is_validated_though_it_is_not_its_turn(prepared: Prepared, tmp_path: Path) -> None:
    options = ["model.dim=8", "train.epochs=3", "train.batch_users=64", "train.validate_every=2"]
    curve = train(prepared, load_settings(None, options), tmp_path).curve
    assert curve["ndcg@10"].notna().tolist() == [False, True, True]
    options = ["model.dim=8", "train.epochs=1", "train.batch_users=64", "train.validate_every=5"]
    assert train(prepared, load_settings(None, options), tmp_path).best_epoch == 1


def test_the_curve_says_how_fast_and_at_what_rate(prepared: Prepared, tmp_path: Path) -> None:
    options = ["model.dim=8", "train.epochs=4", "train.batch_users=64", "train.schedule=cosine", "train.patience=9"]
    trained = train(prepared, load_settings(None, options), tmp_path)
    assert trained.curve.columns.tolist() == [
        "epoch", "loss", "ndcg@10", "seconds", "learning_rate", "songs_per_second",
    ]  # fmt: skip
    assert trained.curve["learning_rate"].is_monotonic_decreasing
    assert (trained.curve["songs_per_second"] > 1_000).all()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "training.parquet"), trained.curve)


def test_a_loss_that_is_not_finite_stops_training_before_anything_is_kept(prepared: Prepared, tmp_path: Path) -> None:
    broken = load_settings(None, ["model.dim=8", "train.batch_users=64", "train.learning_rate=1e30"])
    with pytest.raises(TrainingError, match=r"not finite in epoch 1, step \d: lower train\.learning_rate"):
        train(prepared, broken, tmp_path)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_weights_that_are_not_finite_after_the_last_step_are_not_judged(prepared: Prepared, tmp_path: Path) -> None:
    broken = load_settings(None, ["model.dim=8", "train.batch_users=1000", "train.learning_rate=1e39"])
    with pytest.raises(TrainingError, match="weights are not finite in epoch 1, step 1"):
        train(prepared, broken, tmp_path)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_too_little_memory_is_one_sentence(
    prepared: Prepared, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 61 GiB")

    monkeypatch.setattr(Multinomial, "loss", full)
    with pytest.raises(TrainingError, match=r"out of memory in epoch 1, step 1: lower train\.batch_users \(now 64\)"):
        train(prepared, settings, tmp_path)


@pytest.mark.skipif(not hardware.cpu_has_bf16(), reason="this CPU has no bf16")
@pytest.mark.parametrize("loss", ["multinomial", "sampled"])
def test_half_precision_learns_nearly_the_same(prepared: Prepared, tmp_path: Path, loss: str) -> None:
    common = ["model.dim=8", "train.epochs=2", "train.batch_users=64", f"train.loss={loss}"]
    full, half = (
        train(prepared, load_settings(None, [*common, f"train.precision={p}"]), tmp_path / p) for p in ("no", "bf16")
    )
    assert half.curve["loss"].tolist() != full.curve["loss"].tolist()
    assert half.curve["loss"].tolist() == pytest.approx(full.curve["loss"].tolist(), rel=1e-2)


def test_logs_for_tensorboard_hold_the_curve_and_a_resumed_run_logs_nothing_twice(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    def kill(progress: Progress) -> None:
        if progress.epoch == 3 and progress.step == 2:
            raise Killed

    with pytest.raises(Killed):
        train(prepared, settings, tmp_path, on_progress=kill)
    curve = train(prepared, settings, tmp_path, resume="yes").curve
    logs = EventAccumulator(str(tmp_path / "tensorboard"), purge_orphaned_data=True).Reload()
    steps = [event.step for event in logs.Scalars("batch/loss")]
    assert steps == list(range(1, len(steps) + 1))
    batches = len(steps) // len(curve)
    for name, tag in (("loss", "pass/loss"), ("ndcg@10", "validation/ndcg_at_10")):
        assert [event.step for event in logs.Scalars(tag)] == [batches * epoch for epoch in curve["epoch"]]
        assert [event.value for event in logs.Scalars(tag)] == pytest.approx(curve[name].tolist())


def test_a_run_killed_between_two_renames_of_its_checkpoint_still_goes_on(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    train(prepared, settings, tmp_path)
    finished = subprocess.Popen(["true"])
    finished.wait()
    (tmp_path / "last").rename(tmp_path / f".last.{finished.pid}.old")
    assert checkpoints.exists(tmp_path)


def test_on_all_plays_the_learning_rate_falls_where_it_fell_before(prepared: Prepared, tmp_path: Path) -> None:
    options = ["model.dim=8", "train.epochs=12", "train.batch_users=64", "train.learning_rate=0.1"]
    plateau = load_settings(None, [*options, "train.schedule=plateau", "train.plateau_patience=1"])
    first = train(prepared, plateau, tmp_path / "first")
    rates = first.curve["learning_rate"]
    assert rates.min() < rates.max()
    best = first.best_epoch
    again = train(prepared.whole(), plateau, tmp_path / "again", passes=best, like=first.curve)
    assert again.curve["learning_rate"].tolist() == pytest.approx(rates.iloc[:best].tolist())


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
