"""Training on a GPU: plays a second, and the share of the memory's bandwidth it makes use of at the least.

Bytes of a step, at the least: for each parameter 48, float32 (AdamW reads it, its gradient and two moments and writes
three of them; the average reads it and itself and is written; forward reads it, backward writes its gradient), and for
each score of a user and song that a softmax takes 5 touches in the working precision (written, read; its gradient
written, read for the users and for the songs). Histories aren't counted. The bandwidth is that of a plain copy on the
same card, bytes read and bytes written.

`benchmarks/training.py --gpu` runs this, which needs CUDA and ends with status 2 without.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

from engine.config import Settings, load_settings
from engine.data.prepared import Prepared, load_prepared
from engine.training.data import TrainingData
from engine.training.hardware import choose_precision
from engine.training.loop import Trained, train
from engine.training.objective import MOST_SONGS_SCORED

COPIED, COPIES = 1 << 30, 20  # bytes, times


def main() -> None:
    """Train with and without train.compile, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="for checkpoints")
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no GPU: torch finds no CUDA device here")
        sys.exit(2)
    prepared = load_prepared(options.prepared)
    bandwidth = copied_a_second()
    print(f"{torch.cuda.get_device_name()}: a plain copy moves {bandwidth / 1e9:,.0f} GB/s")
    print(f"{'compiled':>8} {'plays/s':>12} {'GB/s':>7} {'share':>6} {'passes':>6} {'s in all':>8} {'peak GB':>8}")
    for compiled in (False, True):
        more = [f"train.compile={str(compiled).lower()}", "train.tensorboard=false"]
        settings = load_settings(None, [*options.set, *more])
        torch.cuda.reset_peak_memory_stats()
        trained = train(prepared, settings, options.work / f"compiled-{compiled}")
        plays = float(trained.curve["songs_per_second"].iloc[1:].median())
        moved = plays * bytes_a_play(prepared, settings, trained)
        peak = torch.cuda.max_memory_allocated()
        row = f"{'yes' if compiled else 'no':>8} {plays:>12,.0f} {moved / 1e9:>7.1f} {moved / bandwidth:>6.1%}"
        row += f" {len(trained.curve):>6} {trained.seconds:>8.1f} {peak / 1e9:>8.2f}"
        print(row, flush=True)


def copied_a_second() -> float:
    """Bytes that a copy reads and writes a second."""
    source = torch.ones(COPIED, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    target.copy_(source)
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(COPIES):
        target.copy_(source)
    torch.cuda.synchronize()
    return 2 * COPIED * COPIES / (time.perf_counter() - began)


def bytes_a_play(prepared: Prepared, settings: Settings, trained: Trained) -> float:
    """Bytes that training has to move for a play at the least, as the module says, over a whole pass."""
    plan, songs = settings.train, len(prepared.songs)
    data = TrainingData.from_prepared(prepared, torch.device("cpu"))
    steps = -(-data.users // plan.users_a_batch(data.users))
    every = plan.loss == "multinomial" or (plan.loss == "auto" and songs <= MOST_SONGS_SCORED)
    # Of a sampled softmax the draws alone are counted; the targets beside them come on top. Pairs score next to none.
    scored = songs if every else plan.uniform_negatives if plan.loss in ("auto", "sampled") else 0
    wide = 4 if choose_precision(plan, torch.device("cuda")) == "no" else 2
    parameters = sum(parameter.numel() for parameter in trained.model.parameters())
    moved = 48 * parameters * -(-steps // plan.accumulate) + 5 * wide * data.users * scored
    return moved / len(data.histories.songs)


if __name__ == "__main__":
    main()
