"""A training process that is killed for real, at any moment, and resumed."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from engine.data.prepared import Prepared

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "model.dim": 8,
    "train.epochs": 120,
    "train.patience": 120,
    "train.batch_users": 64,
    "train.average_decay": 0.8,
    "train.checkpoint_seconds": 0,
    "train.keep_every": 30,
    "train.schedule": "cosine",
    "train.warmup": 1.5,
    "train.accumulate": 2,
    "train.clip_norm": 1.0,
    "train.loss": "sampled",
    "train.uniform_negatives": 100,
}
KILLS = 3


def command(prepared: Prepared, out: Path, *more: str) -> list[str]:
    options = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    train = ["train", "--prepared", str(prepared.folder), "--out", str(out), "--quiet"]
    return [sys.executable, "-m", "engine", *train, *options, *more]


def reached(out: Path) -> int:
    try:
        return int(json.loads((out / "last" / "state.json").read_text())["epoch"])
    except OSError:  # not saved yet, or just being renamed
        return 0


def test_a_process_killed_again_and_again_ends_with_the_bits_of_an_undisturbed_one(
    prepared: Prepared, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(prepared, whole), cwd=ROOT, check=True, timeout=120)
    waits = [random.uniform(0, 0.4) for _ in range(KILLS)]  # not seeded: it has to hold at any moment
    for wait in waits:
        before = reached(killed)
        with subprocess.Popen(command(prepared, killed, "--resume"), cwd=ROOT) as process:
            deadline = time.monotonic() + 120
            while reached(killed) <= before and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
        assert before < reached(killed) < SETTINGS["train.epochs"]
    subprocess.run(command(prepared, killed, "--resume"), cwd=ROOT, check=True, timeout=120)

    weights = sorted(path.relative_to(whole) for path in whole.rglob("*.safetensors"))
    assert len(weights) == 4 + SETTINGS["train.epochs"] // SETTINGS["train.keep_every"]
    for path in weights:
        assert (killed / path).read_bytes() == (whole / path).read_bytes(), f"{path}, killed after {waits}"
    same = ["epoch", "loss", "ndcg@10", "learning_rate"]
    curves = [pd.read_parquet(out / "training.parquet")[same] for out in (whole, killed)]
    pd.testing.assert_frame_equal(*curves, check_exact=True)
    left = [path.name for path in killed.iterdir() if path.name.startswith(".")]
    assert left == []
