"""Keep a trained network's weights, and bring the network back; safetensors, so that no pickle is ever read."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.config import ModelSettings
from engine.errors import BundleError
from engine.model.hybrid import TwoTower
from engine.model.towers import Sizes


def save_weights(model: TwoTower, path: Path) -> None:
    """Write the weights of a network on any device."""
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}, path)


def load_weights(path: Path, sizes: Sizes, settings: ModelSettings) -> TwoTower:
    """Build a network and give it the weights of `path`, on the CPU and ready to evaluate.

    Raises
    ------
    BundleError
        The weights can't be read or don't fit the sizes and settings.
    """
    model = TwoTower(sizes, settings)
    try:
        model.load_state_dict(load_file(path))
    except (RuntimeError, OSError, SafetensorError) as error:
        raise BundleError(f"{path}: doesn't fit its settings; build the bundle again") from error
    return model.eval()
