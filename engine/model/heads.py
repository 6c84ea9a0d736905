"""The prediction layer: what a user and a song are together, as the logit of a play or the log of how many."""

import torch
from torch import Tensor, nn

from engine.config import HeadSettings


class PredictionHead(nn.Module):
    """From the vectors of a user and a song, [user, item, user∘item], through dense layers to one number a pair.

    The retrieval score, user · item + bias, joins with a learned scale of its own: the dense layers only have to say
    what it leaves out, and a score put straight into a sigmoid would be neither a probability nor near one.
    """

    def __init__(self, dim: int, settings: HeadSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3 * (dim + 1)
        for size in settings.hidden:
            layers += [nn.Linear(width, size)]
            layers += [nn.BatchNorm1d(size)] if settings.batch_norm else []
            layers += [nn.ReLU(), nn.Dropout(settings.dropout)]
            width = size
        self.dense = nn.Sequential(*layers, nn.Linear(width, 1))
        self.scale = nn.Parameter(torch.ones(())) if settings.with_score else None

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Predict pairs.

        Parameters
        ----------
        users, items
            `(pairs, dim + 1)` vectors as the towers give them, the users' last place 1, the songs' their bias.

        Returns
        -------
        predicted
            `(pairs,)`: logits for classification, log plays for regression.
        """
        both = users * items
        predicted = self.dense(torch.cat([users, items, both], dim=-1)).squeeze(-1)
        if self.scale is not None:
            predicted = predicted + self.scale * both.sum(dim=-1)
        return predicted
