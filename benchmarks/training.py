"""Speed and memory of training, beside LightFM and RecTools' two towers; how they grow; and what a GPU makes of it.

    PYTHONPATH=. python benchmarks/training.py --lightfm peers/bin/python [--rectools rectools/bin/python]
    PYTHONPATH=. python benchmarks/training.py --growth
    PYTHONPATH=. python benchmarks/training.py --gpu [--prepared FOLDER]

All train on the same plays of one simulated world, each in a process of its own, one after the other and with as many
threads. Memory is the most that the process held, judging included. Time at equal quality is the time until both reach
the lower one of their best NDCG@10. A pass goes over all plays once; RecTools' goes over one play of each user.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

# Nothing heavier is imported here: a new process starts from the memory of the one that started it.

ROOT = Path(__file__).resolve().parent.parent
PLAYS_A_USER, PLAYS_A_SONG = 200, 50  # as `simulate` has them by default


@dataclass(frozen=True)
class Run:
    """What a contender's process told: of each pass its seconds and NDCG@10, plays a pass, and its peak in bytes."""

    seconds: list[float]
    ndcg: list[float]
    songs: int
    peak: int

    @property
    def pass_seconds(self) -> float:
        """Seconds of the usual pass; the first one warms up."""
        return statistics.median(self.seconds[1:] or self.seconds)

    @property
    def best(self) -> float:
        """The best NDCG@10."""
        return max(self.ndcg)

    def until(self, ndcg: float) -> float:
        """Seconds of training until NDCG@10 was `ndcg` or better; infinity if it never was."""
        passed = zip(accumulate(self.seconds), self.ndcg, strict=True)
        return next((seconds for seconds, reached in passed if reached >= ndcg), float("inf"))


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--songs", type=int, default=20_000)
    parser.add_argument("--plays", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--most-seconds", type=int, default=300, help="of a peer's training; default: %(default)s")
    parser.add_argument("--set", action="append", default=[], help="a setting of Lhydra, such as model.dim=64")
    parser.add_argument("--lightfm", type=Path, help="the Python that has LightFM (benchmarks/requirements.txt)")
    parser.add_argument("--rectools", type=Path, help="the Python that has rectools[torch]; it asks for an older numpy")
    parser.add_argument("--python", default=default_python(), help="the Python that runs Lhydra")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--growth", nargs="*", type=int, metavar="PLAYS", help="default: 10000 100000 1000000")
    what.add_argument("--gpu", action="store_true")
    parser.add_argument("--passes", type=int, default=8, help="of --growth")
    parser.add_argument("--prepared", type=Path, help="a prepared folder instead of a simulated world; not of --growth")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    os.environ["PYTHONPATH"] = str(ROOT)
    if (
        options.gpu
        and subprocess.run(
            [options.python, "-c", "import torch; assert torch.cuda.is_available()"],
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
    ):
        print("no GPU: torch finds no CUDA device here")
        sys.exit(2)
    with tempfile.TemporaryDirectory(prefix="lhydra-training-") as name:
        if options.growth is not None:
            print_growth(options, Path(name))
            return
        prepared = options.prepared or world(options, Path(name), options.users, options.songs, options.plays)
        if options.gpu:
            command = ["-m", "benchmarks.training_gpu", "--prepared", prepared, "--work", name]
            run(options.python, *command, *settings(options))
        else:
            print_peers(options, prepared, Path(name))


def print_peers(options: argparse.Namespace, prepared: Path, work: Path) -> None:
    """Train all, and print a row each, then each peer beside Lhydra."""
    run(options.python, "-m", "benchmarks.training_contenders", "arrays", "--prepared", prepared, "--work", work)
    runs = {"lhydra": contend(options, options.python, "lhydra", prepared, work)}
    for peer, python, module in (("lightfm", options.lightfm, "lightfm"), ("dssm", options.rectools, "rectools")):
        if python is None:
            print(f"{peer}: left out, no --{module}")
        elif subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            print(f"{peer}: left out, {python} can't import {module}")
        else:
            runs[peer] = contend(options, python, peer, prepared, work)
    ours = runs["lhydra"]
    print(f"\n{ours.songs:,} train plays (user and song), threads: {options.threads}\n")
    print("| | s a pass | passes | best NDCG@10 | s until then | peak MB |\n|---|---|---|---|---|---|")
    for name, told in runs.items():
        figures = f"{told.pass_seconds:.2f} | {len(told.seconds)} | {told.best:.4f} | {told.until(told.best):.1f}"
        print(f"| {name} | {figures} | {told.peak / 1e6:.0f} |")
    print("\n| peer over Lhydra | a pass | until its best | until equal NDCG@10 | peak memory |\n|---|---|---|---|---|")
    for name, told in list(runs.items())[1:]:
        equal = min(ours.best, told.best)
        slower, other = ours.until(equal), told.until(equal)
        ratios = f"{told.pass_seconds / ours.pass_seconds:.2f} | {told.until(told.best) / ours.until(ours.best):.2f}"
        at = f"{other / slower:.2f} ({other:.1f} s over {slower:.1f} s, until {equal:.4f})"
        print(f"| {name} | {ratios} | {at} | {told.peak / ours.peak:.2f} |")


def print_growth(options: argparse.Namespace, work: Path) -> None:
    """Train Lhydra on worlds of several sizes for as many passes, and print a row each."""
    print(f"{'plays':>10} {'pairs':>9} {'s a pass':>9} {'pairs/s':>10} {'peak MB':>8} {'time x':>7} {'memory x':>8}")
    before: Run | None = None
    for plays in options.growth or [10_000, 100_000, 1_000_000]:
        folder = work / str(plays)
        prepared = world(options, folder, plays // PLAYS_A_USER, plays // PLAYS_A_SONG, plays)
        told = contend(options, options.python, "lhydra", prepared, folder, "--passes", options.passes)
        row = f"{plays:>10,} {told.songs:>9,} {told.pass_seconds:>9.3f} {told.songs / told.pass_seconds:>10,.0f}"
        row += f" {told.peak / 1e6:>8.0f}"
        if before is not None:
            row += f" {told.pass_seconds / before.pass_seconds:>7.1f} {told.peak / before.peak:>8.2f}"
        print(row, flush=True)
        before = told


def default_python() -> str:
    """The project's own environment if it is there, else the Python that runs this."""
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def world(options: argparse.Namespace, work: Path, users: int, songs: int, plays: int) -> Path:
    """Invent a world and prepare it; gives the prepared folder."""
    tables, prepared = work / "tables", work / "prepared"
    sizes: list[str | int] = ["--users", users, "--songs", songs, "--plays", plays]
    run(options.python, "-m", "engine", "simulate", "--out", tables, "--quiet", *sizes)
    run(options.python, "-m", "engine", "prepare", "--source", "tables", "--data", tables, "--out", prepared, "--quiet")
    return prepared


def settings(options: argparse.Namespace) -> list[str]:
    """Give Lhydra's settings as words of a command."""
    return [word for pair in options.set for word in ("--set", pair)]


def contend(
    options: argparse.Namespace, python: str | Path, name: str, prepared: Path, work: Path, *more: str | int
) -> Run:
    """Train one contender in a process of its own."""
    command: list[str | int | Path] = [
        "-m",
        "benchmarks.training_contenders",
        name,
        "--prepared",
        prepared,
        "--work",
        work,
        *more,
    ]
    command += ["--threads", options.threads, "--most-seconds", options.most_seconds]
    peak = run(python, *command, *settings(options))
    return Run(**json.loads((work / f"{name}.json").read_text(encoding="utf-8")), peak=peak)


def run(python: str | Path, *words: str | int | Path) -> int:
    """Run a process; gives the most memory it held, in bytes. Its failure ends this run."""
    process = subprocess.Popen([python, *map(str, words)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"{' '.join(map(str, words))} failed with {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
