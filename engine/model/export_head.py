"""Export the prediction layer to ONNX, checked against torch, and keep its weights.

Units, heads, their average and the calibration are one graph: serving gives it vectors and facts as they are.
"""

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.config import Settings
from engine.errors import BundleError
from engine.model.export_onnx import LARGEST_DIFFERENCE
from engine.model.heads import FROM_VECTORS, PredictionLayer
from engine.model.wide_layer import WideLayer
from engine.model.write_onnx import write_onnx

OUTPUTS = ("probability", "log_plays")


def save_head(layer: PredictionLayer, path: Path) -> None:
    """Write the weights, units and calibration of a layer."""
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in layer.state_dict().items()}, path)


def load_head(path: Path, settings: Settings, counts: bool, vectors: bool) -> PredictionLayer:
    """Bring a layer back, ready to predict.

    Parameters
    ----------
    counts, vectors
        Whether it predicts how often, and whether it has heads that read vectors.

    Raises
    ------
    BundleError
        The weights can't be read or don't fit the settings.
    """
    try:
        weights = load_file(path)
        facts = len(weights["inputs.mean"]) - len(FROM_VECTORS)
        layer = PredictionLayer(len(weights["inputs.rotation"]), facts, settings.head, counts, vectors)
        layer.load_state_dict(weights)
    except (RuntimeError, KeyError, OSError, SafetensorError) as error:
        raise BundleError(f"{path}: doesn't fit its settings; build the bundle again") from error
    return layer.eval()


def export_head(layer: PredictionLayer, path: Path) -> float:
    """Write a layer to `path` as ONNX; returns the largest difference from torch.

    Raises
    ------
    BundleError
        It differs by more than `LARGEST_DIFFERENCE`.
    """
    layer = layer.cpu().eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = _inputs(layer, 1, 7, np.random.default_rng(0))
    songs = torch.export.Dim("songs")
    shapes = {name: {} if name == "users" else {0: songs} for name in inputs}
    write_onnx(WideLayer(layer).eval(), inputs, shapes, OUTPUTS[: 1 + bool(len(layer.plays))], path)
    return measure_head(layer, path)


@torch.no_grad()
def measure_head(layer: PredictionLayer, path: Path) -> float:
    """Compare an exported layer with torch; returns the largest difference of any output.

    Raises
    ------
    BundleError
        It differs by more than `LARGEST_DIFFERENCE`.
    """
    layer = layer.cpu().eval()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    one = session.get_inputs()[0].shape[0] == 1  # an older bundle's graph reads a user a song
    rng, worst = np.random.default_rng(1), 0.0
    for songs in (1, 20, 500):
        inputs = _inputs(layer, 1 if one else songs, songs, rng)
        found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        inputs["users"] = inputs["users"].expand(songs, -1)
        for expected, got in zip(layer(**inputs), found, strict=True):
            worst = max(worst, float(np.abs(expected.numpy() - got).max()))
    if not worst < LARGEST_DIFFERENCE:
        raise BundleError(f"{path}: differs from torch by {worst:.1e}, more than {LARGEST_DIFFERENCE:.0e}")
    return worst


def _inputs(layer: PredictionLayer, users: int, songs: int, rng: np.random.Generator) -> dict[str, Tensor]:
    """Draw a listener, or one a song, and songs, about as far from the usual ones as real ones are."""
    units = layer.inputs
    facts = len(units.mean) - len(FROM_VECTORS)
    deviation = torch.where(units.inverse_deviation > 0, 1 / units.inverse_deviation.clamp(min=1e-6), 0.0)[-facts:]

    def drawn(*shape: int) -> Tensor:
        return torch.from_numpy(rng.normal(size=shape).astype(np.float32))

    # Turned as they were measured, a vector's lengths are those of the heads' own space.
    counts = users, songs
    tastes = [
        drawn(n, lengths.shape[0]) * lengths @ units.rotation.T
        for n, lengths in zip(counts, units.lengths, strict=True)
    ]
    beside = int(units.width) - units.dim - 1  # places of the vectors that are neither taste nor bias
    return {
        "users": torch.cat([tastes[0], drawn(users, beside), torch.ones(users, 1)], dim=1),
        "items": torch.cat([tastes[1], drawn(songs, beside), drawn(songs, 1)], dim=1),
        "facts": units.mean[-facts:] + deviation * drawn(songs, facts),
    }
