"""Two processes that train together get what one gets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from engine.config import load_settings
from engine.data.prepared import Prepared
from engine.training.data import TrainingData
from engine.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
LAUNCH += ["--main_process_port", "0", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
CPU = {**os.environ, "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}


def uneven(prepared: Prepared) -> int:
    """A batch size that leaves one user for the last batch, which one of the processes has to do without."""
    users = TrainingData.from_prepared(prepared, torch.device("cpu")).users
    return next(size for size in range(20, users) if users % size == 1)


@pytest.mark.parametrize(
    "changed",
    [
        ["train.loss=multinomial"],
        ["train.loss=sampled", "train.uniform_negatives=100", "train.accumulate=2", "train.clip_norm=0.5"],
        ["train.loss=bpr", "train.schedule=plateau", "train.plateau_patience=1", "train.validate_every=2"],
    ],
)
def test_two_processes_give_the_loss_curve_of_one(prepared: Prepared, tmp_path: Path, changed: list[str]) -> None:
    options = ["model.dim=8", "train.epochs=4", f"train.batch_users={uneven(prepared)}", "train.average_decay=0.8"]
    options += ["train.learning_rate=0.02", "train.checkpoint_seconds=0", *changed]
    one = train(prepared, load_settings(None, options), tmp_path / "one").curve

    given = [part for option in options for part in ("--set", option)]
    engine = ["-m", "engine", "train", "--prepared", str(prepared.folder), "--out", str(tmp_path / "two"), "--json"]
    done = subprocess.run([*LAUNCH, *engine, *given], cwd=ROOT, env=CPU, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["processes"] == 2  # and one of them only has spoken
    two = pd.read_parquet(tmp_path / "two" / "training.parquet")
    assert two["loss"].tolist() == pytest.approx(one["loss"].tolist(), abs=1e-4)
    assert two["ndcg@10"].tolist() == pytest.approx(one["ndcg@10"].tolist(), abs=2e-3, nan_ok=True)
    assert two["learning_rate"].tolist() == pytest.approx(one["learning_rate"].tolist())
    assert len(list((tmp_path / "two" / "tensorboard").iterdir())) == 1


def test_bad_input_ends_every_process(tmp_path: Path) -> None:
    engine = ["-m", "engine", "train", "--prepared", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run([*LAUNCH, *engine], cwd=ROOT, env=CPU, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "error: " in done.stderr
    assert "not a prepared folder" in done.stderr
