"""Leave one part of the model out at a time, and print what that costs, with paired intervals over users.

Each variant is trained on the same train plays and stopped by the same validation plays; the test plays judge it.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality import table
from engine.build import WorldSize, simulate
from engine.config import PRESETS, Settings, load_settings
from engine.data.features import encode_users
from engine.data.frames import write_frame
from engine.data.histories import Histories
from engine.data.prepare import prepare
from engine.data.prepared import Prepared, load_prepared
from engine.data.split import TEST, TRAIN, VALID, new_to_user
from engine.evaluation.bootstrap import mean_intervals
from engine.evaluation.metrics import ranking_metrics
from engine.training.finish import finish
from engine.training.loop import train
from engine.training.validation import scorer_of

SETS = ("hetrec2k", "lastfm15k", "playlists")
VARIANTS: dict[str, Sequence[str]] = {
    "ids of users in place of histories": ("model.history=none", "model.user_id=true", "train.input_dropout=0.9"),
    "without features": ("model.item_features=false", "model.history_features=false"),
    "without demographics": ("model.demographics=false", "blend.newcomers=false"),
    "without bias": ("model.bias=false",),
    "without order": ("train.order=false",),
    "without what is played now": ("blend.heat=false",),
    "without what stands beside the towers": ("blend.use=false",),
    "without least squares": ("blend.factors=0",),
    "without familiar artists": ("blend.artists=0",),
    "sampled softmax": ("train.loss=sampled", "train.uniform_negatives=1000"),
    "sampled softmax without logQ": ("train.loss=sampled", "train.uniform_negatives=1000", "train.log_q=false"),
    "with attention": ("model.history=attention",),
    "with ids of users": ("model.user_id=true",),
    "with dense layers and batch norm": ("model.dense=[128]", "model.batch_norm=true"),
}
WHOLE = "seed.yaml whole"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["simulated", *SETS], help=f"simulated, {', '.join(SETS)}")
    parser.add_argument("--set", action="append", default=[], help="for all variants, such as train.epochs=10")
    parser.add_argument("--only", action="append", choices=[*VARIANTS, WHOLE], help="this variant; may be repeated")
    parser.add_argument("--out", type=Path, help="a Parquet or CSV file for the report of a bundle; one set at a time")
    arguments = parser.parse_args()
    if arguments.out and len(arguments.sets) != 1:
        parser.error("--out takes one set")
    data = Path(os.environ.get("LHYDRA_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    for name in arguments.sets:
        if name != "simulated" and not (data / name).is_dir():
            print(f"{name}: not at {data} (LHYDRA_DATA)")
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows = ablate(name, data / name, Path(folder), arguments.set, arguments.only or [*VARIANTS, WHOLE])
            print(f"\n{name}\n\n{table([written(row) for row in rows])}", flush=True)
            if arguments.out:
                write_frame(arguments.out, pd.DataFrame(rows))


def ablate(name: str, data: Path, work: Path, common: Sequence[str], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Train and judge the default and each variant that is wanted; one row each, with the difference in NDCG@10."""
    settings = load_settings(None, common)
    source = "tables"
    if name == "simulated":
        source, data = "simulated", work / "world"
        simulate(data, WorldSize(seed=settings.seed))
    prepare(source, data, work / "prepared", settings)
    prepared = load_prepared(work / "prepared")
    variants = {"default": settings}
    for variant in wanted:
        preset, pairs = (PRESETS / "seed.yaml", ()) if variant == WHOLE else (None, VARIANTS[variant])
        variants[variant] = load_settings(preset, [*common, *pairs])
    whole, rows = pd.Series(dtype=float), []
    for number, (variant, asked) in enumerate(variants.items()):
        began = time.perf_counter()
        ndcg = judged(prepared, asked, work / f"run-{number}")
        seconds = time.perf_counter() - began
        row: dict[str, Any] = {"variant": variant, "ndcg@10": float(ndcg.mean()), "seconds": seconds}
        row |= {"difference": np.nan, "low": np.nan, "high": np.nan}
        if number:
            low, high = mean_intervals((ndcg - whole).to_numpy()[:, None])
            row |= {"difference": float((ndcg - whole).mean()), "low": float(low[0]), "high": float(high[0])}
        else:
            whole = ndcg
        rows.append(row)
        print(f"{name}: {written(row)}", flush=True)
    return rows


def written(row: dict[str, Any]) -> dict[str, str]:
    """A row as text, to print."""
    less = "" if np.isnan(row["low"]) else f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]"
    cells = {"variant": row["variant"], "NDCG@10": f"{row['ndcg@10']:.4f}", "seconds": f"{row['seconds']:.0f}"}
    return {**cells, "less default": less}


def judged(prepared: Prepared, settings: Settings, out: Path) -> pd.Series:
    """Train, and give NDCG@10 of each user with test plays."""
    users, songs = len(prepared.users), len(prepared.songs)
    trained, _ = finish(prepared, train(prepared, settings, out), settings)
    train_plays = Histories.from_plays(prepared.part(TRAIN), users)
    seen = Histories.from_plays(prepared.part(TRAIN, VALID), users)
    truth = Histories.from_plays(new_to_user(prepared.part(TEST), prepared.part(TRAIN, VALID)), users)
    asked = np.flatnonzero((truth.counts > 0) & (train_plays.counts > 0))
    scorer = scorer_of(trained.model, trained.songs, train_plays, encode_users(prepared.features, prepared.users))
    frame = ranking_metrics(scorer, asked, seen, truth, songs)
    return frame.set_index("user_index")["ndcg@10"]


if __name__ == "__main__":
    main()
