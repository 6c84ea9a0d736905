"""Export the trained towers to ONNX, checked against torch, so that serving needs no torch.

The user tower carries the finished history table: features and ids of each song are folded in at export, and a
request is a gather and a few sums. The item tower keeps its features as inputs, so that a new song can be embedded.
Where a head scores, it is exported too, over all pairs of some users and some songs. Inputs that a layout doesn't
read aren't there, so that nobody has to give them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from engine.data.histories import UNDATED
from engine.errors import BundleError
from engine.model.blend import Blend, Network
from engine.model.padded import Padded
from engine.model.scoring import AllPairs
from engine.model.towers import SongTensors
from engine.model.user_tower import UserTower
from engine.model.write_onnx import write_onnx

LARGEST_DIFFERENCE = 1e-4
USER_TOWER, ITEM_TOWER, SCORE = "user_tower.onnx", "item_tower.onnx", "score.onnx"
_USERS, _LENGTH, _SONGS = "users", "length", "songs"
_USER_INPUTS = {
    "history": (_USERS, _LENGTH), "weight": (_USERS, _LENGTH), "played_at": (_USERS, _LENGTH),
    "age": (_USERS,), "gender": (_USERS,), "country": (_USERS,), "ids": (_USERS,),
}  # fmt: skip
_ITEM_INPUTS = dict.fromkeys(("song", "artist", "genres", "sound", "has_id"), (_SONGS,))
_SCORE_INPUTS = {"users": (_USERS,), "items": (_SONGS,)}


class ServingUserTower(nn.Module):
    """The user tower with its history table folded in, on padded histories instead of flat ones."""

    def __init__(self, model: Network, table: Tensor) -> None:
        super().__init__()
        self.tower: UserTower = model.users
        self.blend = model if isinstance(model, Blend) else None
        self.table = nn.Parameter(table, requires_grad=False)

    def forward(
        self,
        history: Tensor | None = None,
        weight: Tensor | None = None,
        played_at: Tensor | None = None,
        age: Tensor | None = None,
        gender: Tensor | None = None,
        country: Tensor | None = None,
        ids: Tensor | None = None,
    ) -> Tensor:
        """Embed users as `(users, width)`. What the tower doesn't read may be None.

        Parameters
        ----------
        history
            `(users, length)` int64 song positions, padded with any valid position.
        weight
            `(users, length)` float32, how much a song heard counts (1 on average), 0 for padding.
        played_at
            `(users, length)` int64 microseconds since 1970, UTC, negative where unknown.
        age, gender, country
            `(users,)` int64 positions in the vocabularies.
        ids
            `(users,)` int64, a known user's position plus 1, else 0.
        """
        who = age, gender, country
        solved = familiar = None
        if self.tower.history is None or history is None or weight is None:
            given = next(value for value in (*who, ids) if value is not None)
            summed = self.table.new_zeros(given.shape[0], self.tower.dim)
            songs = self.table.new_zeros(given.shape[0])
        else:
            times = torch.full_like(history, UNDATED) if played_at is None else played_at
            entries = factors = artists = self.table[history]
            if self.blend is not None:
                entries, factors, artists = self.blend.split(entries)
            summed, songs = self.tower.summed(Padded(history, weight, times), entries, self.tower.person(*who))
            if self.blend is not None and self.blend.least_squares is not None:
                solved = self.blend.least_squares.users(factors, weight)
            if self.blend is not None and self.blend.familiar is not None:
                familiar = torch.matmul(weight.to(artists.dtype).unsqueeze(1), artists).squeeze(1)
        vectors = self.tower.finish(summed, songs, *who, ids)
        if self.blend is None:
            return vectors
        heard = torch.zeros_like(songs) if weight is None else (weight > 0).to(songs.dtype).sum(dim=1)
        return self.blend.joined(vectors, solved, familiar, heard, *who)


@dataclass(frozen=True)
class Parity:
    """Largest absolute difference between torch and ONNX on the same inputs, for each part; None for a dot product."""

    user_tower: float
    item_tower: float
    score: float | None = None

    def measured(self) -> dict[str, float]:
        """Give those that were measured, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def export_towers(model: Network, songs: SongTensors, folder: Path) -> Parity:
    """Write `user_tower.onnx`, `item_tower.onnx` and, where it scores, `score.onnx` to `folder`; compare with torch.

    Raises
    ------
    BundleError
        An exported part differs from torch by more than `LARGEST_DIFFERENCE`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = model.cpu().eval()
    rng = np.random.default_rng(0)
    _export(_serving_tower(model, songs), _user_inputs(model, rng, 7, 5), _USER_INPUTS, folder / USER_TOWER)
    _export(model.items, _item_inputs(model, songs, np.arange(len(songs.song))[:5]), _ITEM_INPUTS, folder / ITEM_TOWER)
    if model.head is not None:
        _export(AllPairs(model.head).eval(), _score_inputs(model, rng, 7, 5), _SCORE_INPUTS, folder / SCORE)
    return measure_parity(model, songs, folder)


def measure_parity(model: Network, songs: SongTensors, folder: Path) -> Parity:
    """Compare the exported parts in `folder` with torch, on other batch sizes and lengths than the export's.

    Raises
    ------
    BundleError
        A part differs from torch by more than `LARGEST_DIFFERENCE`.
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
        item_tower=_difference(model.items, _item_inputs(model, songs, chosen), folder / ITEM_TOWER),
        score=None
        if model.head is None
        else max(
            _difference(AllPairs(model.head).eval(), _score_inputs(model, rng, users, items), folder / SCORE)
            for users, items in ((1, 1), (3, 500), (20, 7))
        ),
    )
    worst = max(parity.measured().values())
    if not worst < LARGEST_DIFFERENCE:
        raise BundleError(f"the exported towers differ from torch by {worst:.1e}, more than {LARGEST_DIFFERENCE:.0e}")
    return parity


@torch.no_grad()
def _serving_tower(model: Network, songs: SongTensors) -> ServingUserTower:
    return ServingUserTower(model, model.history_table(songs)).eval()


def _export(module: nn.Module, inputs: dict[str, Tensor], sizes: Mapping[str, tuple[str, ...]], path: Path) -> None:
    dims = {name: torch.export.Dim(name) for name in {size for name in inputs for size in sizes[name]}}
    shapes = {name: {place: dims[size] for place, size in enumerate(sizes[name])} for name in inputs}
    write_onnx(module, inputs, shapes, ["vector"], path)


@torch.no_grad()
def _difference(module: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    expected = module(**inputs).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = {i.name for i in session.get_inputs()}
    (got,) = session.run(None, {name: value.numpy() for name, value in inputs.items() if name in names})
    return float(np.abs(expected - got).max())


def _user_inputs(model: Network, rng: np.random.Generator, batch: int, length: int) -> dict[str, Tensor]:
    """Draw what the user tower reads: histories with gaps, some undated songs, users known and unknown."""
    sizes, tower = model.sizes, model.users
    values: dict[str, np.ndarray] = {}
    if tower.history is not None:
        values["history"] = rng.integers(0, sizes.songs, (batch, length))
        values["weight"] = (rng.uniform(0.2, 2.0, (batch, length)) * (rng.random((batch, length)) < 0.7)).astype("f4")
        if model.timed and sizes.span:
            times = 1_600_000_000_000_000 + rng.integers(0, sizes.span + 1, (batch, length))
            values["played_at"] = np.where(rng.random((batch, length)) < 0.9, times, UNDATED)
    if tower.demographics or (isinstance(model, Blend) and model.newcomers is not None):
        entries = {"age": sizes.ages, "gender": sizes.genders, "country": sizes.countries}
        values |= {name: rng.integers(0, entry + 1, batch) for name, entry in entries.items()}
    if tower.user is not None:
        values["ids"] = rng.integers(0, sizes.users + 1, batch)
    return {name: torch.from_numpy(value) for name, value in values.items()}


def _item_inputs(model: Network, songs: SongTensors, chosen: np.ndarray) -> dict[str, Tensor]:
    at = torch.from_numpy(np.asarray(chosen))
    names = tuple(_ITEM_INPUTS)
    return {name: getattr(songs, name)[at].cpu() for name in names}


def _score_inputs(model: Network, rng: np.random.Generator, users: int, items: int) -> dict[str, Tensor]:
    width = model.users.dim + 1
    return {
        name: torch.from_numpy(rng.normal(size=(count, width)).astype(np.float32))
        for name, count in (("users", users), ("items", items))
    }
