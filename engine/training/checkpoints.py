"""Checkpoints: `best.safetensors` to publish, `last/` to go on from, `epoch-0010.safetensors` to keep. All whole.

The optimiser's moments are tensors, so that safetensors holds them too and no pickle is ever read. Random state needs
no place: every pass seeds its generators from the seed, its number and the process, so the number is that state.
"""

import hashlib
import json
import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from engine.config import Settings
from engine.data.whole import sweep, whole_file, whole_folder
from engine.errors import DataError, WriteError

BEST = "best.safetensors"
LAST = "last"
STATE = "state.json"
CURVE = "training.parquet"
LOGS = "tensorboard"
UNCOUNTED = {"checkpoint_seconds", "keep_every", "tensorboard"}  # settings that leave the weights as they are


@dataclass
class State:
    """How far a run has come; `fingerprint` names its settings and data.

    `steps` counts those of the optimiser, `lowered` how often a plateau lowered the learning rate, `stale` the
    validations since the best one; `scaler` is the state of the loss scale, under fp16.
    """

    fingerprint: str
    epoch: int = 0
    steps: int = 0
    lowered: int = 0
    ndcg: float = float("nan")
    best_ndcg: float = -1.0
    stale: int = 0
    seconds_before: float = 0.0
    scaler: dict[str, Any] = field(default_factory=dict)
    curve: list[dict[str, Any]] = field(default_factory=list)


def fingerprint(settings: Settings, info: dict[str, Any]) -> str:
    """Hash what has to be the same for a run to go on: the settings, and the prepared data."""
    text = json.dumps([settings.model_dump(exclude={"train": UNCOUNTED}), info], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def exists(out: Path) -> bool:
    """Tell whether `out` holds a run to go on from, be it one that was killed while it saved."""
    sweep(out / LAST)
    return (out / LAST / STATE).is_file() and (out / BEST).is_file()


def matches(out: Path, wanted: str) -> bool:
    """Tell whether `out` holds a run with this fingerprint to go on from."""
    try:
        return exists(out) and json.loads((out / LAST / STATE).read_text(encoding="utf-8"))["fingerprint"] == wanted
    except (OSError, ValueError, KeyError):
        return False


def clear(out: Path) -> None:
    """Remove the checkpoints and logs of an earlier run."""
    for folder in (out / LAST, out / LOGS):
        shutil.rmtree(folder, ignore_errors=True)
    for kept in (out / BEST, out / CURVE, *out.glob("epoch-*.safetensors")):
        kept.unlink(missing_ok=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{out}: can't be made a folder ({error.strerror or error})") from error


def save(
    out: Path,
    state: State,
    best: dict[str, torch.Tensor],
    model: nn.Module,
    average: nn.Module,
    optimizer: Any,
) -> None:
    """Keep the best weights so far, and all that a resumed run needs.

    A kill between the two leaves a best that is newer than the last: resumed, the run comes by it again.
    """
    with whole_file(out / BEST) as temporary:
        save_file(_flat(best), temporary)
    moments = optimizer.state_dict()["state"]
    tensors = {f"{i}/{name}": value for i, entry in moments.items() for name, value in entry.items()}
    seconds = state.curve[-1]["seconds"] if state.curve else 0.0
    values = {**vars(state), "seconds_before": seconds}
    with whole_folder(out / LAST, lambda folder: (folder / STATE).is_file()) as folder:
        save_file(_flat(model.state_dict()), folder / "model.safetensors")
        save_file(_flat(average.state_dict()), folder / "average.safetensors")
        save_file(_flat(tensors), folder / "optimizer.safetensors")
        (folder / STATE).write_text(json.dumps(_without_nan(values)), encoding="utf-8")


def keep(out: Path, epoch: int, weights: dict[str, torch.Tensor]) -> Path:
    """Keep the weights of a pass for good; gives the file."""
    path = out / f"epoch-{epoch:04d}.safetensors"
    with whole_file(path) as temporary:
        save_file(_flat(weights), temporary)
    return path


def restore(out: Path, state: State, model: nn.Module, average: nn.Module, optimizer: Any) -> dict[str, torch.Tensor]:
    """Bring `state`, `model`, its running `average` and `optimizer` back; returns the best weights so far.

    Raises
    ------
    DataError
        The checkpoint belongs to other settings or other data, or can't be read.
    """
    try:
        best = load_file(out / BEST)
        values = json.loads((out / LAST / STATE).read_text(encoding="utf-8"))
        weights = load_file(out / LAST / "model.safetensors")
        averages = load_file(out / LAST / "average.safetensors")
        tensors = load_file(out / LAST / "optimizer.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise DataError(f"{out}: its checkpoint can't be read; train without --resume") from error
    if values["fingerprint"] != state.fingerprint:
        raise DataError(f"{out}: its checkpoint has other settings or other data; train without --resume")
    for name, value in values.items():
        setattr(state, name, value)
    state.ndcg = float("nan") if state.ndcg is None else state.ndcg
    for row in state.curve:
        row.update({name: float("nan") for name, value in row.items() if value is None})
    model.load_state_dict(weights)
    average.load_state_dict(averages)
    whole = optimizer.state_dict()
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split("/")
        moments.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": moments, "param_groups": whole["param_groups"]})
    return best


def _flat(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _without_nan(value: Any) -> Any:
    """Replace NaN, which JSON doesn't know, by null."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return value
