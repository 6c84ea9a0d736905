"""What a song's content says of its vector, for songs that nobody has played yet."""

import torch
from torch import Tensor, nn

from engine.model.embeddings import SongEncoder
from engine.model.towers import Sizes, SongTensors

MANY_GENRES = 5  # of a song: more say no more


class ContentMap(nn.Module):
    """A linear map from artist, genres and sound to a vector, fitted in closed form to the vectors of played songs.

    Training leaves content whatever the ids don't say, and the more ids there are the less that is. A ridge regression
    on the finished vectors sees all of them (the attribute-to-feature mapping of Gantner et al., "Learning
    Attribute-to-Feature Mappings for Cold-Start Recommendations", ICDM 2010).

    Attributes
    ----------
    described
        `(2, width)`: that genres are known at all, and how many of `MANY_GENRES`. Where listeners write the genres,
        that tells how known a song is.
    """

    def __init__(self, sizes: Sizes, width: int) -> None:
        super().__init__()
        self.encoder = SongEncoder(sizes, width, ids=False)
        self.described = nn.Parameter(torch.zeros(2, width))
        self.mean = nn.Parameter(torch.zeros(width))
        self.requires_grad_(False)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Map songs to `(songs, width)`; read as `SongEncoder` reads them."""
        out: Tensor = self.encoder(song, artist, genres, sound, has_id) + self.mean
        return out + how_described(genres).to(out.dtype) @ self.described

    def catalogue(self, songs: SongTensors) -> Tensor:
        """Map the whole catalogue, `(songs, width)`."""
        out = self.encoder.catalogue(songs, songs.has_id) + self.mean
        return out + how_described(songs.genres).to(out.dtype) @ self.described


def how_described(genres: Tensor) -> Tensor:
    """Tell whether and how well songs are described, `(songs, 2)`, from their genres `(songs, slots)`, 0 for none."""
    count = (genres > 0).sum(dim=-1, keepdim=True).float()
    return torch.cat([count.clamp(max=1.0), count.clamp(max=MANY_GENRES) / MANY_GENRES], dim=-1)
