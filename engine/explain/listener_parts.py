"""What a listener is made of beside the history: age, gender, country, and their own vector where the model has one."""

import numpy as np
import torch
from torch import Tensor

from engine.data.features import UserArrays
from engine.explain.explanation import AGE, COUNTRY, GENDER, OWN
from engine.explain.score import Side
from engine.model.blend import Blend, Network

_DEMOGRAPHICS = (AGE, GENDER, COUNTRY)


class Who:
    """Takes what is known of listeners apart.

    Parameters
    ----------
    users
        Demographics of all of a bundle's users, whose average may be a baseline.
    off
        Columns that no train play knows: their one embedding says nothing.
    """

    def __init__(self, model: Network, users: UserArrays, off: list[str]) -> None:
        self._tower, self._newcomers = model.users, model.newcomers if isinstance(model, Blend) else None
        self.names = [name for name in _DEMOGRAPHICS if name not in off] if self._read else []
        self.names += [OWN] if self._tower.user is not None else []
        self._shares = {name: _shares(getattr(users, name)) for name in _DEMOGRAPHICS}

    @property
    def _read(self) -> bool:
        return self._tower.demographics or self._newcomers is not None

    @torch.no_grad()
    def sides(self, user: UserArrays, known_as: int, baseline: str) -> tuple[Side, Side | None]:
        """Give a listener's parts in the towers, `(parts, 2 dim)`, and in the newcomers' part, or None without it.

        Parameters
        ----------
        user
            Arrays of length 1.
        known_as
            A known user's position plus 1, or 0.
        baseline
            As of `Baseline.listener`.
        """
        own = {name: _one(int(getattr(user, name)[0])) for name in _DEMOGRAPHICS}
        if baseline == "peers":
            base = own
        elif baseline == "average":
            base = self._shares
        else:
            base = dict.fromkeys(_DEMOGRAPHICS, _one(0))
        # What a model never learnt still has an embedding, small and random: there it is on both sides.
        base = {name: base[name] if name in self.names else own[name] for name in _DEMOGRAPHICS}
        return self._in_tower(own, base, known_as), self._in_newcomers(own, base)

    def _in_tower(self, own: dict[str, Tensor], base: dict[str, Tensor], known_as: int) -> Side:
        tower, start = self._tower, torch.zeros(2 * self._tower.dim, dtype=torch.float64)
        change = torch.zeros(len(self.names), len(start), dtype=torch.float64)
        if tower.demographics:
            for name in _DEMOGRAPHICS:
                table = getattr(tower, name).weight
                start[: tower.dim] += _mean(base[name], table)
                if name in self.names:
                    change[self.names.index(name), : tower.dim] = _mean(own[name], table) - _mean(base[name], table)
        if tower.user is not None:
            change[self.names.index(OWN), tower.dim :] = tower.user.weight[known_as]
        return Side(start, change)

    def _in_newcomers(self, own: dict[str, Tensor], base: dict[str, Tensor]) -> Side | None:
        if self._newcomers is None:
            return None
        start = torch.zeros(self._newcomers.songs.shape[1] + 1, dtype=torch.float64)
        start[-1] = 1.0
        change = torch.zeros(len(self.names), len(start), dtype=torch.float64)
        for name in _DEMOGRAPHICS:
            table = getattr(self._newcomers, name)
            start[:-1] += _mean(base[name], table)
            if name in self.names:
                change[self.names.index(name), :-1] = _mean(own[name], table) - _mean(base[name], table)
        return Side(start, change)


def _shares(values: np.ndarray) -> Tensor:
    counts = np.bincount(values) if len(values) else np.ones(1)
    return torch.from_numpy(counts / counts.sum())


def _one(value: int) -> Tensor:
    shares = torch.zeros(value + 1, dtype=torch.float64)
    shares[value] = 1.0
    return shares


def _mean(shares: Tensor, table: Tensor) -> Tensor:
    return shares @ table[: len(shares)]
