"""The prediction layer as it is served: all heads at once, for one listener and any number of songs.

Heads of one kind have the same layers over the same inputs, and what is served is their average. So their first layers
are stacked, the later ones stand in blocks of one matrix, and the average is folded into the last. And since there is
one listener, W_s · song + W_p · (listener ∘ song) is (W_s + W_p ∘ listener) · song: a third of the work.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.model.heads import PredictionHead, PredictionLayer


class WideLayer(nn.Module):
    """A fitted `PredictionLayer` that says the same in less time; made from one, never fitted."""

    def __init__(self, layer: PredictionLayer) -> None:
        super().__init__()
        self.layer = layer
        outputs = [layer.play, layer.plays] if len(layer.plays) else [layer.play]
        self.kinds = nn.ModuleList()
        for vectors in (True, False):
            heads: list[PredictionHead] = []
            counts: list[list[float]] = []
            for output, members in enumerate(outputs):
                for head in members:
                    if isinstance(head, PredictionHead) and head.vectors == vectors:
                        heads.append(head)
                        counts.append([1 / len(members) if place == output else 0.0 for place in range(len(outputs))])
            if heads:
                self.kinds.append(_Heads(heads, torch.tensor(counts), layer.inputs.dim + 1))

    def forward(self, users: Tensor, items: Tensor, facts: Tensor) -> tuple[Tensor, ...]:
        """Predict songs for one listener, as `PredictionLayer` does pairs.

        Parameters
        ----------
        users
            `(1, width)`, the listener's vector.
        items, facts
            `(songs, width)` and `(songs, facts)`.
        """
        pairs = self.layer.inputs(users, items, facts)
        said = torch.stack([heads(*pairs) for heads in self.kinds]).sum(dim=0)
        probability = torch.sigmoid(self.layer.slope * said[:, 0] + self.layer.intercept)
        if not len(self.layer.plays):
            return (probability,)
        return probability, self.layer.centre + self.layer.spread * said[:, 1]


class _Heads(nn.Module):
    """Heads of one kind over vectors of length `dim`; `counts` `(heads, outputs)`: what each is of each output."""

    def __init__(self, heads: Sequence[PredictionHead], counts: Tensor, dim: int) -> None:
        super().__init__()
        *hidden, last = zip(*(head.dense for head in heads), strict=True)
        layers: list[nn.Module] = []
        for members in hidden:
            if isinstance(members[0], nn.Linear):
                layers.append(_linear(_weights(members, stacked=not layers), _joined(members, "bias")))
            elif isinstance(members[0], nn.BatchNorm1d):
                layers.append(_norm(members))
            elif isinstance(members[0], nn.ReLU):
                layers.append(nn.ReLU())
        layers.append(_linear(counts.T @ _weights(last, stacked=not layers), counts.T @ _joined(last, "bias")))
        first, *later = layers
        assert isinstance(first, nn.Linear)
        sizes = [*([dim] * 3 if heads[0].vectors else [0] * 3), heads[0].extra]
        self.vectors = heads[0].vectors
        self.of_listener, self.of_song, self.of_both, self.of_numbers = (
            nn.Parameter(part.contiguous(), requires_grad=False) for part in first.weight.detach().T.split(sizes)
        )
        self.bias = first.bias
        self.later = nn.Sequential(*later)
        self.straight = None
        if heads[0].straight is not None:
            straight = torch.cat([head.straight.weight.detach() for head in heads if head.straight is not None])
            self.straight = _linear(counts.T @ straight, torch.zeros(counts.shape[1]))

    def forward(self, user: Tensor, items: Tensor, z: Tensor) -> Tensor:
        """Predict what `PairInputs` gives: `(songs, outputs)`, for `user` `(1, dim)`."""
        hidden = z @ self.of_numbers + self.bias
        if self.vectors:
            hidden = hidden + user @ self.of_listener + items @ (self.of_song + user.T * self.of_both)
        said: Tensor = self.later(hidden)
        return said if self.straight is None else said + self.straight(z)


def _weights(members: Sequence[nn.Module], stacked: bool) -> Tensor:
    """Join the weights of linear layers: one below the other over shared inputs, else each over its own."""
    weights = [member.get_parameter("weight").detach() for member in members]
    return torch.cat(weights) if stacked else torch.block_diag(*weights)


def _joined(members: Sequence[nn.Module], name: str) -> Tensor:
    return torch.cat([getattr(member, name).detach() for member in members])


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight, bias
    return made


def _norm(members: Sequence[nn.Module]) -> nn.BatchNorm1d:
    names = ("weight", "bias", "running_mean", "running_var")
    eps = next(member.eps for member in members if isinstance(member, nn.BatchNorm1d))
    made = nn.BatchNorm1d(len(_joined(members, "weight")), eps=eps)
    made.load_state_dict({name: _joined(members, name) for name in names}, strict=False)
    return made
