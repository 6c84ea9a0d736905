"""Build a bundle from each data set at hand and print what it is worth, and how long each stage took.

Each set is split the way the product splits it; EASE is tuned on the same validation plays as the model stops on.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from engine import console
from engine.build import Report, build
from engine.config import load_settings

ROOT = Path(__file__).resolve().parent.parent
REAL = ("hetrec2k", "lastfm15k", "playlists")


def main() -> None:
    """Build and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="simulated, hetrec2k, lastfm15k, playlists; default: all at hand")
    parser.add_argument("--set", action="append", default=[], help="key=value, such as model.dim=128")
    arguments = parser.parse_args()
    data = Path(os.environ.get("LHYDRA_DATA") or ROOT.parent / "shared" / "data")
    at_hand = ["simulated", *(name for name in REAL if (data / name).is_dir())]
    for name in arguments.sets or at_hand:
        seconds: dict[str, float] = {}
        last = [("", time.perf_counter())]

        def count(report: Report, seconds: dict[str, float] = seconds, last: list = last) -> None:
            now = time.perf_counter()
            stage, since = last[0]
            if stage:
                seconds[stage] = seconds.get(stage, 0.0) + now - since
            last[0] = (report.stage, now)

        with tempfile.TemporaryDirectory() as folder:
            source, where = ("simulated", None) if name == "simulated" else ("tables", data / name)
            metrics = build(source, where, Path(folder) / name, load_settings(None, arguments.set), count)
            count(Report("end", ""))
        print(f"\n{name}")
        console.show_metrics(metrics)
        stages = ", ".join(f"{stage} {value:.0f}" for stage, value in seconds.items())
        print(f"seconds: {sum(seconds.values()):.0f} ({stages})")


if __name__ == "__main__":
    main()
