"""The prediction layer: what a user and a song are together, as the chance of a play and the log of how many.

Notable: it reads a pair in units that don't depend on the towers it stands on. Vectors may be rotated, lengths are
measured against the average, every other number is a z-score among unplayed pairs, so that a head fitted beside one
training of the towers reads another (`engine/training/carry_head.py`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.config import HeadSettings, PredictionSettings

FROM_VECTORS = ("score", "cosine", "bias", "user_length", "song_length")
MOST_DEVIATIONS = 6.0  # beyond them a number says "extreme"; how extreme would only lead astray


class PredictionHead(nn.Module):
    """From a pair, [user, item, user∘item] and whatever else is known of it, through dense layers to one number.

    The retrieval score, user · item + bias, joins with a learned scale of its own: the dense layers only have to say
    what it leaves out, and a score put straight into a sigmoid would be neither a probability nor near one. A head that
    reads extra numbers finds the score among them, and all of them also go straight to the sum (the wide part of Cheng
    et al., "Wide & Deep Learning for Recommender Systems", 2016).
    """

    def __init__(self, dim: int, settings: HeadSettings, extra: int = 0, vectors: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3 * (dim + 1) * vectors + extra
        for size in settings.hidden:
            layers += [nn.Linear(width, size)]
            layers += [nn.BatchNorm1d(size)] if settings.batch_norm else []
            layers += [nn.ReLU(), nn.Dropout(settings.dropout)]
            width = size
        self.vectors = vectors
        self.extra = extra
        self.dense = nn.Sequential(*layers, nn.Linear(width, 1))
        self.straight = nn.Linear(extra, 1, bias=False) if extra and settings.with_score else None
        self.scale = nn.Parameter(torch.ones(())) if not extra and settings.with_score else None

    def forward(self, users: Tensor, items: Tensor, extra: Tensor | None = None) -> Tensor:
        """Predict pairs.

        Parameters
        ----------
        users, items
            `(pairs, dim + 1)` vectors as the towers give them, the users' last place 1, the songs' their bias.
        extra
            `(pairs, extra)`, for a head that was made to read some.

        Returns
        -------
        predicted
            `(pairs,)`: logits for classification, log plays for regression.
        """
        return self.of_joined(self.join(users, items, extra))

    def join(self, users: Tensor, items: Tensor, extra: Tensor | None = None) -> Tensor:
        """Put all that is read of a pair into one row, `(pairs, width)`."""
        read = [users, items, users * items] if self.vectors else []
        return torch.cat(read if extra is None else [*read, extra], dim=-1)

    def of_joined(self, joined: Tensor) -> Tensor:
        """Predict pairs that are joined already, which saves a fit from doing it in every pass."""
        predicted = self.dense(joined).squeeze(-1)
        if self.straight is not None:
            predicted = predicted + self.straight(joined[..., -self.extra :]).squeeze(-1)
        if self.scale is not None:
            both = joined[..., -(joined.shape[-1] // 3) :]
            predicted = predicted + self.scale * both.sum(dim=-1)
        return predicted


class PairInputs(nn.Module):
    """Vectors and facts of pairs in the units that heads read. Its numbers are measured, not learnt."""

    width: Tensor
    rotation: Tensor
    lengths: Tensor
    mean: Tensor
    inverse_deviation: Tensor

    def __init__(self, dim: int, facts: int) -> None:
        super().__init__()
        self.dim = dim
        self.register_buffer("width", torch.tensor(dim + 1))  # of the model's vectors, bias and all
        self.register_buffer("rotation", torch.eye(dim))
        self.register_buffer("lengths", torch.ones(2, dim))  # root mean squares over users and over songs, once turned
        self.register_buffer("mean", torch.zeros(len(FROM_VECTORS) + facts))
        self.register_buffer("inverse_deviation", torch.ones(len(FROM_VECTORS) + facts))

    def taste(self, vectors: Tensor) -> Tensor:
        """Take the places that say what someone or something is like, `(n, dim)`."""
        return vectors[:, : self.dim]

    def numbers(self, users: Tensor, items: Tensor, facts: Tensor) -> Tensor:
        """Put what vectors say, `FROM_VECTORS`, before the facts: `(pairs, 5 + facts)`."""
        score = (users * items).sum(dim=-1)
        user, item = self.taste(users), self.taste(items)
        lengths = torch.linalg.vector_norm(user, dim=-1), torch.linalg.vector_norm(item, dim=-1)
        cosine = (user * item).sum(dim=-1) / (lengths[0] * lengths[1]).clamp(min=1e-9)
        said = torch.broadcast_tensors(score, cosine, items[:, -1], *lengths)
        return torch.cat([torch.stack(said, dim=1), facts], dim=1)

    def forward(self, users: Tensor, items: Tensor, facts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give tastes, `(pairs, dim + 1)` twice, the songs' bias z-scored, and z-scores `(pairs, 5 + facts)`.

        `users` and `items` are `(pairs, width)`, as the model gives them, of which the first `dim` places are taste;
        one user may stand for all pairs, and then has one row of taste.
        """
        z = (self.numbers(users, items, facts) - self.mean) * self.inverse_deviation
        z = z.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)
        user, item = (
            self.taste(vectors) @ self.rotation / lengths
            for vectors, lengths in zip((users, items), self.lengths, strict=True)
        )
        bias = FROM_VECTORS.index("bias")
        return torch.cat([user, users[:, -1:]], dim=1), torch.cat([item, z[:, bias : bias + 1]], dim=1), z


class PredictionLayer(nn.Module):
    """Several heads that agree on an average, calibrated: the probability of a play, and log plays where they vary.

    Half of the heads read the vectors, half only what is the same in every space: scores, lengths and facts. Without
    `vectors` there are only the latter.
    """

    slope: Tensor
    intercept: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, dim: int, facts: int, settings: PredictionSettings, counts: bool, vectors: bool = True) -> None:
        super().__init__()
        self.inputs = PairInputs(dim, facts)
        kinds = ([True, False] if vectors else [False]) * settings.folds
        extra = len(FROM_VECTORS) + facts
        self.play = nn.ModuleList(PredictionHead(dim, settings, extra, kind) for kind in kinds)
        self.plays = nn.ModuleList(PredictionHead(dim, settings, extra, kind) for kind in kinds if counts)
        self.register_buffer("slope", torch.ones(()))
        self.register_buffer("intercept", torch.zeros(()))
        self.register_buffer("centre", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, users: Tensor, items: Tensor, facts: Tensor) -> tuple[Tensor, ...]:
        """Predict pairs: probabilities `(pairs,)` and, where play counts vary, log(1 + plays) of a pair that plays.

        Parameters
        ----------
        users, items
            `(pairs, width)`, as the model gives them, `dim` places of taste first.
        facts
            `(pairs, facts)`, as `PairFacts.of` gives them.
        """
        pairs = self.inputs(users, items, facts)
        probability = torch.sigmoid(self.slope * mean_of(self.play, *pairs) + self.intercept)
        if not len(self.plays):
            return (probability,)
        return probability, self.centre + self.spread * mean_of(self.plays, *pairs)


def mean_of(heads: Sequence[nn.Module] | nn.ModuleList, users: Tensor, items: Tensor, z: Tensor) -> Tensor:
    """Average what heads say of pairs that are already in their units, `(pairs,)`."""
    return torch.stack([head(users, items, z) for head in heads]).mean(dim=0)
