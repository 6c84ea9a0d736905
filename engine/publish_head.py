"""The prediction layer in a bundle: exported, its facts beside it, evaluated on the test plays.

What is evaluated is the layer on the towers of the train plays; what is served is the same layer, carried over to the
towers of all plays where there are such (`engine/training/carry_head.py`).
"""

from pathlib import Path
from typing import Any

import numpy as np

from engine.config import Settings
from engine.data.frames import write_frame
from engine.data.prepared import Prepared
from engine.data.split import TEST
from engine.evaluation.calibration import reliability
from engine.evaluation.curves import precision_recall_curve, roc_curve
from engine.evaluation.predictions import classification_metrics, regression_metrics
from engine.evaluation.tables import file_of
from engine.model.export_head import export_head, save_head
from engine.serving import bundle as files
from engine.training.head import LEAST_PLAYED, FittedHead, predict
from engine.training.loop import Trained
from engine.training.pairs import PairReader, held_out_pairs

TOO_FEW = f"under {LEAST_PLAYED} validation plays of songs that are new to a user with train plays"
NO_COUNTS = "play counts don't vary"


def publish_head(folder: Path, served: FittedHead | None, settings: Settings) -> dict[str, Any]:
    """Write the served layer to a bundle's folder; returns what the manifest says of it, `off` where there is none.

    Raises
    ------
    BundleError
        The exported layer differs from torch.
    """
    if served is None:
        return {"off": TOO_FEW}
    parity = export_head(served.layer, folder / files.HEAD)
    save_head(served.layer, folder / files.HEAD_WEIGHTS)
    served.facts.save(folder / files.HEAD_FACTS)
    return {
        "counts": served.counts,
        "vectors": any(bool(head.vectors) for head in served.layer.play),
        "alignment": round(served.alignment, 4),
        "parity": parity,
        "population": population(settings),
    }


def evaluate_head(
    folder: Path, prepared: Prepared, trained: Trained, head: FittedHead | None, settings: Settings
) -> dict[str, Any]:
    """Predict test pairs; write the reliability bins and the curves, and return the metrics."""
    if head is None:
        return {"off": TOO_FEW}
    plan = settings.head
    pairs = held_out_pairs(prepared, TEST, plan.negatives, plan.most_pairs, settings.seed)
    if not pairs.played.any():
        return {"off": "no test plays of songs that are new to a user with train plays"}
    probability, log_plays = predict(head, PairReader.of(prepared, trained), pairs)
    played_or_not = pairs.played.astype(np.float64)
    write_frame(folder / file_of("calibration"), reliability(probability, played_or_not))
    write_frame(folder / file_of("roc"), roc_curve(probability, played_or_not))
    write_frame(folder / file_of("precision_recall"), precision_recall_curve(probability, played_or_not))
    played = int(pairs.played.sum())
    regression: dict[str, Any] = {"off": NO_COUNTS}
    if log_plays is not None:
        found = regression_metrics(log_plays[pairs.played], pairs.log_plays[pairs.played])
        regression = {"pairs": played, **_rounded(found)}
    return {
        "population": population(settings),
        "users": len(np.unique(pairs.users)),
        "classification": {"pairs": len(pairs), "played": played}
        | _rounded(classification_metrics(probability, played_or_not)),
        "regression": regression,
    }


def population(settings: Settings) -> str:
    """Say what a probability refers to."""
    return (
        f"for each song a user plays next and had not played before, {settings.head.negatives} songs "
        "that they have not played, drawn uniformly from the catalogue"
    )


def _rounded(metrics: dict[str, float]) -> dict[str, float | None]:
    """Round for the manifest; None, as JSON has it, for what isn't defined."""
    return {name: round(value, 5) if np.isfinite(value) else None for name, value in metrics.items()}
