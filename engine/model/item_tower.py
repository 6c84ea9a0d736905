"""What a song is: its vector, and what it is worth to everyone."""

import torch
from torch import Tensor, nn

from engine.config import ModelSettings
from engine.model.dense import dense_layers
from engine.model.embeddings import SongEncoder
from engine.model.towers import Sizes, SongTensors


class ItemTower(nn.Module):
    """A song's vector and its bias, in one: `(songs, dim + 1)`, the bias last.

    The bias rides in one more dimension, past any dense layers, so that an inner-product index serves vector and bias
    alike. It too is a sum over id and content: a song without train plays starts from what its artist and genres are
    worth. Without a bias its place is 0.
    """

    def __init__(self, sizes: Sizes, settings: ModelSettings) -> None:
        super().__init__()
        self.encoder = SongEncoder(sizes, settings.width + 1, settings.id_embedding, settings.item_features)
        self.bias = nn.Embedding(sizes.songs, 1) if settings.bias else None
        if self.bias is not None:
            nn.init.zeros_(self.bias.weight)
        self.dense = dense_layers(settings.width, settings.dense, settings.batch_norm)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Embed songs as `(songs, dim + 1)`."""
        out = self._finished(self.encoder(song, artist, genres, sound, has_id))
        if self.bias is None:
            return out
        return torch.cat([out[..., :-1], out[..., -1:] + self.bias(song) * has_id.unsqueeze(-1)], dim=-1)

    def catalogue(self, songs: SongTensors, has_id: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the whole catalogue: `(songs, dim + 1)`, and the bias of the ids `(songs,)`, not yet added."""
        out = self._finished(self.encoder.catalogue(songs, has_id))
        return out, torch.zeros_like(has_id) if self.bias is None else self.bias.weight[:, 0] * has_id

    def some(self, songs: SongTensors, has_id: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the songs `chosen` as `catalogue` would: `(n, dim + 1)` and `(n,)`."""
        out, kept = self._finished(self.encoder.some(songs, has_id, chosen)), has_id[chosen]
        return out, torch.zeros_like(kept) if self.bias is None else self.bias(chosen)[:, 0] * kept

    def _finished(self, summed: Tensor) -> Tensor:
        """Take the vectors, not the bias, through the dense layers."""
        if self.bias is not None and not self.dense:
            return summed
        bias = summed[..., -1:] if self.bias is not None else torch.zeros_like(summed[..., -1:])
        return torch.cat([self.dense(summed[..., :-1]), bias], dim=-1)
