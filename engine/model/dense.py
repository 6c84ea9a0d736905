"""Dense layers on top of a tower's sum, for the layouts that have them.

The default has none: they cost accuracy against a plain sum of embeddings with a dot product and an item bias, as in
Rendle et al., "Neural Collaborative Filtering vs. Matrix Factorization Revisited", RecSys 2020.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation that takes a batch of one, such as an epoch's last may be, by what it has seen so far."""

    def forward(self, rows: Tensor) -> Tensor:
        """Normalise `(rows, dim)`."""
        if self.training and len(rows) == 1:
            return functional.batch_norm(
                rows, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
            )
        return super().forward(rows)


def dense_layers(dim: int, sizes: Sequence[int], batch_norm: bool) -> nn.Sequential:
    """Make layers of these sizes and one back to `dim`, so that vectors keep their length; none of `sizes` is none."""
    layers: list[nn.Module] = []
    width = dim
    for size in sizes:
        layers += [nn.Linear(width, size), *([BatchNorm(size)] if batch_norm else []), nn.ReLU()]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, dim)) if sizes else nn.Sequential()
