"""Export the trained towers to ONNX, checked against torch, so that serving needs no torch.

The user tower carries the finished history table: features and ids of each song are folded in at export, and a
request is a gather and a few sums. The item tower keeps its features as inputs, so that a new song can be embedded.
"""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from engine.errors import BundleError
from engine.model.hybrid import TwoTower
from engine.model.towers import SongTensors, UserTower

LARGEST_DIFFERENCE = 1e-4
USER_TOWER, ITEM_TOWER = "user_tower.onnx", "item_tower.onnx"


class ServingUserTower(nn.Module):
    """The user tower with its history table folded in, on padded histories instead of flat ones."""

    def __init__(self, tower: UserTower, table: Tensor) -> None:
        super().__init__()
        self.tower = tower
        self.table = nn.Parameter(table, requires_grad=False)

    def forward(self, history: Tensor, weight: Tensor, age: Tensor, gender: Tensor, country: Tensor) -> Tensor:
        """Embed users as `(users, dim + 1)`.

        Parameters
        ----------
        history
            `(users, length)` int64 song positions, padded with any valid position.
        weight
            `(users, length)` float32, 1 for a song heard, 0 for padding.
        age, gender, country
            `(users,)` int64 positions in the vocabularies.
        """
        # A masked sum written by hand: EmbeddingBag's offsets have no counterpart with dynamic shapes in ONNX.
        summed = torch.matmul(weight.unsqueeze(1), self.table[history]).squeeze(1)
        return self.tower.finish(summed, weight.sum(dim=1), age, gender, country)


@dataclass(frozen=True)
class Parity:
    """Largest absolute difference between torch and ONNX on the same inputs, for each tower."""

    user_tower: float
    item_tower: float


def export_towers(model: TwoTower, songs: SongTensors, folder: Path) -> Parity:
    """Write `user_tower.onnx` and `item_tower.onnx` to `folder` and compare both with torch.

    Raises
    ------
    BundleError
        An exported tower differs from torch by more than `LARGEST_DIFFERENCE`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = model.cpu().eval()
    user_inputs = _user_inputs(model, np.random.default_rng(0), batch=7, length=5)
    _export(_serving_tower(model, songs), user_inputs, folder / USER_TOWER, dynamic_length=True)
    item_inputs = _item_inputs(songs, np.arange(len(songs.song))[:5])
    _export(model.items, item_inputs, folder / ITEM_TOWER, dynamic_length=False)
    return measure_parity(model, songs, folder)


def measure_parity(model: TwoTower, songs: SongTensors, folder: Path) -> Parity:
    """Compare the exported towers in `folder` with torch, on other batch sizes and lengths than the export's.

    Raises
    ------
    BundleError
        A tower differs from torch by more than `LARGEST_DIFFERENCE`.
    """
    model = model.cpu().eval()
    rng = np.random.default_rng(1)
    tower = _serving_tower(model, songs)
    chosen = rng.choice(len(songs.song), min(500, len(songs.song)), replace=False)
    parity = Parity(
        user_tower=max(
            _difference(tower, _user_inputs(model, rng, batch, length), folder / USER_TOWER)
            for batch, length in ((1, 1), (64, 30), (3, 200))
        ),
        item_tower=_difference(model.items, _item_inputs(songs, chosen), folder / ITEM_TOWER),
    )
    worst = max(parity.user_tower, parity.item_tower)
    if not worst < LARGEST_DIFFERENCE:
        raise BundleError(f"the exported towers differ from torch by {worst:.1e}, more than {LARGEST_DIFFERENCE:.0e}")
    return parity


@torch.no_grad()
def _serving_tower(model: TwoTower, songs: SongTensors) -> ServingUserTower:
    return ServingUserTower(model.users, model.history_table(songs)).eval()


def _export(module: nn.Module, inputs: dict[str, Tensor], path: Path, dynamic_length: bool) -> None:
    batch = torch.export.Dim("batch")
    shapes: dict[str, dict[int, torch.export.Dim]] = {name: {0: batch} for name in inputs}
    if dynamic_length:
        length = torch.export.Dim("length")
        shapes["history"][1] = shapes["weight"][1] = length
    # It logs that torchvision is missing, which nothing here needs.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            module, (), kwargs=inputs, dynamo=True, dynamic_shapes=shapes, output_names=["vector"], verbose=False
        )
        assert program is not None
        program.save(path, external_data=False)


@torch.no_grad()
def _difference(module: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    expected = module(**inputs).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = {i.name for i in session.get_inputs()}
    (got,) = session.run(None, {name: value.numpy() for name, value in inputs.items() if name in names})
    return float(np.abs(expected - got).max())


def _user_inputs(model: TwoTower, rng: np.random.Generator, batch: int, length: int) -> dict[str, Tensor]:
    sizes = model.sizes
    weight = (rng.random((batch, length)) < 0.7).astype(np.float32)
    return {
        "history": torch.from_numpy(rng.integers(0, sizes.songs, (batch, length))),
        "weight": torch.from_numpy(weight),
        "age": torch.from_numpy(rng.integers(0, sizes.ages + 1, batch)),
        "gender": torch.from_numpy(rng.integers(0, sizes.genders + 1, batch)),
        "country": torch.from_numpy(rng.integers(0, sizes.countries + 1, batch)),
    }


def _item_inputs(songs: SongTensors, chosen: np.ndarray) -> dict[str, Tensor]:
    at = torch.from_numpy(np.asarray(chosen))
    return {
        "song": songs.song[at].cpu(),
        "artist": songs.artist[at].cpu(),
        "genres": songs.genres[at].cpu(),
        "sound": songs.sound[at].cpu(),
        "has_id": songs.has_id[at].cpu(),
    }
