"""Whether a listener has heard the artist of a song that nobody has played yet."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.model.towers import Sizes, SongTensors


class Familiar(nn.Module):
    """How much of a history is by a new song's artist, Σ weight · (1 − common) over its songs by that artist.

    What content says of a new song passes through vectors that have to serve all artists at once, in which the few
    songs of a little-known artist leave hardly a trace. Here artists are all but orthogonal: a basis of the listeners'
    histories by artist (PureSVD of Cremonesi et al., "Performance of Recommender Algorithms on Top-N Recommendation
    Tasks", RecSys 2010, on artists in place of songs).

    Attributes
    ----------
    artists
        `(artists + 1, rank)`, row 0, unknown, is 0.
    common
        `(songs,)`, how much less than 1 a song counts in a history for having many listeners.
    scale
        What the scores count beside the others.
    """

    def __init__(self, sizes: Sizes, rank: int) -> None:
        super().__init__()
        self.artists = nn.Parameter(torch.zeros(sizes.artists + 1, rank), requires_grad=False)
        self.common = nn.Parameter(torch.zeros(sizes.songs), requires_grad=False)
        self.register_buffer("scale", torch.tensor(1.0))
        self.scale: Tensor

    @property
    def rank(self) -> int:
        """Length of a vector."""
        return self.artists.shape[1]

    def history(self, song: Tensor, artist: Tensor) -> Tensor:
        """Songs as entries of a history, `(songs, rank)`; a listener is the weighted sum of theirs."""
        return self.artists[artist] * (1 - self.common[song]).unsqueeze(-1)

    def items(self, artist: Tensor, has_id: Tensor) -> Tensor:
        """Songs as listeners meet them, `(songs, rank)`: 0 for those with train plays."""
        return self.artists[artist] * self.scale * (1 - has_id).unsqueeze(-1)

    def users_of(self, rows: Tensor, songs: Tensor, weight: Tensor | None, users: int, table: Tensor) -> Tensor:
        """Sum histories given flat: `rows` (ascending) and `songs` `(plays,)`, `table` as of `history`."""
        counts = torch.bincount(rows, minlength=users)
        weight = None if weight is None else weight.to(table.dtype)
        return embedding_bag(songs, table, torch.cumsum(counts, 0) - counts, mode="sum", per_sample_weights=weight)

    def catalogue(self, songs: SongTensors) -> Tensor:
        """The whole catalogue as `items` gives it."""
        return self.items(songs.artist, songs.has_id)
