"""Keep a trained network's weights, and bring the network back; safetensors, so that no pickle is ever read."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.config import ModelSettings
from engine.errors import BundleError
from engine.model.blend import Blend, Network, Parts
from engine.model.content_map import ContentMap
from engine.model.familiar import Familiar
from engine.model.hybrid import TwoTower
from engine.model.least_squares import LeastSquares
from engine.model.newcomers import Newcomers
from engine.model.towers import Sizes


def save_weights(model: Network, path: Path) -> None:
    """Write the weights of a network on any device."""
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}, path)


def load_weights(path: Path, sizes: Sizes, settings: ModelSettings) -> Network:
    """Build a network and give it the weights of `path`, on the CPU and ready to evaluate.

    Raises
    ------
    BundleError
        The weights can't be read or don't fit the sizes and settings.
    """
    towers = TwoTower(sizes, settings)
    try:
        weights = load_file(path)
        blend = any(name.startswith("towers.") for name in weights)
        model = Blend(towers, _parts(sizes, weights)) if blend else towers
        model.load_state_dict(weights)
    except (RuntimeError, KeyError, OSError, SafetensorError) as error:
        raise BundleError(f"{path}: doesn't fit its settings; build the bundle again") from error
    return model.eval()


def with_more_songs(model: Network, sizes: Sizes, settings: ModelSettings) -> Network:
    """Give a network room for more songs, `sizes.songs` in all; what tells single songs apart is 0 for the new ones."""
    weights = model.state_dict()
    towers = TwoTower(sizes, settings)
    larger: Network = Blend(towers, _parts(sizes, weights)) if isinstance(model, Blend) else towers
    roomier = larger.state_dict()
    for name, tensor in weights.items():
        if tensor.shape == roomier[name].shape:
            roomier[name] = tensor
        else:
            roomier[name] = tensor.new_zeros(roomier[name].shape)
            roomier[name][: len(tensor)] = tensor
    larger.load_state_dict(roomier)
    return larger.eval()


def _parts(sizes: Sizes, weights: dict[str, Tensor]) -> Parts:
    """Make the parts beside the towers that there are weights for."""
    names = ("unheard.mean", "least_squares.factors", "newcomers.songs", "familiar.artists")
    unheard, factors, newcomers, familiar = (weights.get(name) for name in names)
    return Parts(
        None if unheard is None else ContentMap(sizes, len(unheard)),
        None if factors is None else LeastSquares(sizes, factors.shape[1]),
        None if newcomers is None else Newcomers(sizes, newcomers.shape[1]),
        None if familiar is None else Familiar(sizes, familiar.shape[1]),
    )
