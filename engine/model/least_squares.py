"""A second view of the listener: the best fit, in the least squares, of all songs played and not played.

Implicit alternating least squares (Hu et al., "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008),
with the user's side solved anew for each history, so that anyone with a history has a vector. Its errors are others
than the towers', which learn by ranking, and the sum of both is better than either.
"""

import torch
from torch import Tensor, nn

from engine.model.content_map import ContentMap
from engine.model.towers import Sizes, SongTensors

STEPS = 16  # of conjugate gradients: as far as single precision gets on histories that were tried
_TINY = 1e-12  # not to divide by 0 once solved
_MOST_CELLS = 200_000  # of padded histories at once


class LeastSquares(nn.Module):
    """Song factors Z, whitened: a user with songs h and confidences c has the factors (I + Zhᵀ(C − I)Zh)⁻¹ Zhᵀc.

    With Y the factors of all songs, λ the regularisation and LLᵀ = YᵀY + λI, Z is Y L⁻ᵀ: the usual solution, in a
    basis in which conjugate gradients need few steps and the same table serves users and songs.

    Attributes
    ----------
    factors
        `(songs, width)`, of songs with train plays.
    unheard
        What content says of the factors of the others.
    confidence
        How many times as much a play of average weight counts as a song not played.
    scale
        What the scores count beside the towers'.
    """

    def __init__(self, sizes: Sizes, width: int) -> None:
        super().__init__()
        self.factors = nn.Parameter(torch.zeros(sizes.songs, width), requires_grad=False)
        self.unheard = ContentMap(sizes, width)
        self.register_buffer("confidence", torch.tensor(1.0))
        self.register_buffer("scale", torch.tensor(1.0))
        self.confidence: Tensor
        self.scale: Tensor

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self.factors.shape[1]

    def catalogue(self, songs: SongTensors) -> Tensor:
        """Factors of the whole catalogue, `(songs, width)`."""
        known = songs.has_id.unsqueeze(-1)
        return self.factors * known + self.unheard.catalogue(songs) * (1 - known)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Factors of some songs, `(songs, width)`; read as `SongEncoder` reads them."""
        known = has_id.unsqueeze(-1)
        return self.factors[song] * known + self.unheard(song, artist, genres, sound, has_id) * (1 - known)

    def users(self, entries: Tensor, weight: Tensor) -> Tensor:
        """Solve for users, `(users, width)`.

        Parameters
        ----------
        entries
            `(users, length, width)`, the factors of the songs heard.
        weight
            `(users, length)`, how much each counts (1 on average), 0 for padding.
        """
        heard = (weight > 0).to(entries.dtype)
        confidence = (weight * self.confidence).clamp(min=1.0) * heard
        wanted = torch.matmul(confidence.unsqueeze(1), entries).squeeze(1)
        beyond = confidence - heard  # what a play counts beyond a song not played
        found = torch.zeros_like(wanted)
        left, direction = wanted, wanted
        error = (left * left).sum(dim=1, keepdim=True)
        for _ in range(STEPS):
            seen = torch.matmul(entries, direction.unsqueeze(-1)).squeeze(-1) * beyond
            image = direction + torch.matmul(seen.unsqueeze(1), entries).squeeze(1)
            step = error / (direction * image).sum(dim=1, keepdim=True).clamp(min=_TINY)
            found, left = found + step * direction, left - step * image
            after = (left * left).sum(dim=1, keepdim=True)
            direction = left + after / error.clamp(min=_TINY) * direction
            error = after
        return found

    def users_of(self, rows: Tensor, songs: Tensor, weight: Tensor | None, users: int, table: Tensor) -> Tensor:
        """Solve for users given flat: `rows` (ascending) and `songs` `(plays,)`, `table` as of `catalogue`."""
        if weight is None:
            weight = torch.ones(len(rows), device=rows.device)
        counts = torch.bincount(rows, minlength=users)
        starts = torch.cumsum(counts, 0) - counts
        out = table.new_zeros(users, self.width)
        # Users of like length are solved together, so that little of it is padding.
        order = torch.argsort(counts)
        first = 0
        while first < users:
            last = first + 1
            while last < users and (last + 1 - first) * int(counts[order[last]]) <= _MOST_CELLS:
                last += 1
            chosen = order[first:last]
            place = torch.arange(max(int(counts[order[last - 1]]), 1), device=rows.device).unsqueeze(0)
            inside = place < counts[chosen].unsqueeze(1)
            at = (starts[chosen].unsqueeze(1) + place).clamp(max=max(len(songs) - 1, 0))
            if len(songs):
                out[chosen] = self.users(table[songs[at]], weight[at] * inside)
            first = last
        return out
