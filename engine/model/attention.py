"""How much each song of a history counts: fading with time, or by attention.

Both give weights and leave the sum to the tower, so that the plain mean is the case in which all weights are 1. The
weights of a history add up to how many songs it is worth, (Σ w)² / Σ w² (Kish, "Survey Sampling", 1965): all of them
if they count the same, one if one alone counts. Divided by the root of that, a history is of the same length whether
it is spread over many songs or rests on a few, and demographics weigh as much as against so many songs.
"""

import torch
from torch import Tensor, nn

from engine.model.moments import MOMENT, ago, moment, nearness

_NEVER = -1e9  # before a softmax: as good as -inf, but a history of nothing gives 0 instead of NaN


class Fading(nn.Module):
    """Weights that halve with each half-life since the last song; songs without a time don't fade."""

    def __init__(self, half_life: float, span: int) -> None:
        super().__init__()
        self.half_life, self.span = half_life, span

    def forward(self, heard: Tensor, played_at: Tensor) -> Tensor:
        """Weigh histories, `(users, length)`, from `heard` and `played_at` of that shape."""
        return worth(heard * 0.5 ** (ago(played_at, heard, self.span) / self.half_life)) if self.span else heard


class Attention(nn.Module):
    """Attention of one query over the songs of a history, by what they are and when they were played.

    The query is learned, and moved by who asks. A key is the song's own embedding plus a projection of its moment;
    another matrix for the songs' keys would say nothing that the query doesn't. How long ago also counts by itself,
    as in ALiBi (Press et al., ICLR 2022) but over log time: a power law. All starts at 0, which is the plain mean.
    Without times in the data (`span` 0) there are no weights for them.
    """

    def __init__(self, dim: int, span: int, person: bool) -> None:
        super().__init__()
        self.span = span
        self.query = nn.Parameter(torch.zeros(dim))
        self.person = nn.Linear(dim, dim, bias=False) if person else None
        self.moment = nn.Linear(MOMENT, dim, bias=False) if span else None
        self.decay = nn.Parameter(torch.zeros(())) if span else None
        if self.person is not None:
            nn.init.zeros_(self.person.weight)
        if self.moment is not None:
            nn.init.normal_(self.moment.weight, std=0.1)

    def forward(self, entries: Tensor, heard: Tensor, played_at: Tensor, person: Tensor | None) -> Tensor:
        """Weigh histories, `(users, length)`.

        Parameters
        ----------
        entries
            `(users, length, dim)`, the songs' history embeddings.
        heard, played_at
            `(users, length)`: 1 for a song heard and 0 for padding; int64 microseconds, negative where unknown.
        person
            `(users, dim)`, the sum of the demographics' embeddings, or None.
        """
        query = self.query.expand(entries.shape[0], -1)  # not len(), which an export would take for a constant
        if self.person is not None and person is not None:
            query = query + self.person(person)
        logits = torch.matmul(entries, query.unsqueeze(-1)).squeeze(-1).float()
        if self.moment is not None and self.decay is not None:
            # The moments meet the query as six numbers each, not as (users, length, dim) keys.
            logits = logits + torch.matmul(
                moment(played_at, heard, self.span), (query @ self.moment.weight).unsqueeze(-1).float()
            ).squeeze(-1)
            logits = logits - self.decay * nearness(ago(played_at, heard, self.span))
        share = torch.softmax(logits.masked_fill(heard == 0, _NEVER), dim=1)
        return worth(share * heard)


def worth(weights: Tensor) -> Tensor:
    """Scale weights of any size so that each row adds up to how many equal ones it is worth; rows of 0 stay 0."""
    squares = (weights * weights).sum(dim=1, keepdim=True)
    return weights * weights.sum(dim=1, keepdim=True) / squares.clamp(min=1e-12)
