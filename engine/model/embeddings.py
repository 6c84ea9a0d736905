"""A song as the sum of what is known of it."""

from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.model.towers import Sizes, SongTensors


class SongEncoder(nn.Module):
    """Sum of a song's embeddings: its id, its artist, the mean of its genres, its sound.

    Parameters
    ----------
    ids, content
        Whether songs are told apart by their id, and by artist, genres and sound.
    """

    def __init__(self, sizes: Sizes, dim: int, ids: bool = True, content: bool = True) -> None:
        super().__init__()
        self.content = content
        self.song = embedding(sizes.songs, dim) if ids else None
        if content:
            self.artist = embedding(sizes.artists + 1, dim, padding=True)
            self.genre = embedding(sizes.genres + 1, dim, padding=True)
            # A parameter, since a Linear of no columns, for songs without any sound, warns.
            self.sound = nn.Parameter(torch.randn(2 * sizes.sound, dim) * 0.01)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Encode songs as `(songs, dim)`."""
        parts = [self.song(song) * has_id.unsqueeze(-1)] if self.song is not None else []
        if self.content:
            known = (genres > 0).to(sound.dtype).sum(dim=-1, keepdim=True).clamp(min=1.0)
            parts += [self.artist(artist), self.genre(genres).sum(dim=-2) / known.sqrt(), sound @ self.sound]
        return reduce(torch.add, parts)

    def catalogue(self, songs: SongTensors, has_id: Tensor) -> Tensor:
        """Encode the whole catalogue as `forward` would, in a fraction of the time of its look-ups, for training."""
        parts = [self.song.weight * has_id.unsqueeze(-1)] if self.song is not None else []
        if self.content:
            artist = self.artist(songs.artist)
            if self.song is not None:
                artist = artist * (1 - songs.alone * (1 - has_id)).unsqueeze(-1)
            with torch.autocast(artist.device.type, enabled=False):  # sparse matrices have no half precision
                genre = songs.genre_shares @ self.genre.weight
            parts += [artist, genre, songs.sound @ self.sound]
        return reduce(torch.add, parts)

    def some(self, songs: SongTensors, has_id: Tensor, chosen: Tensor) -> Tensor:
        """Encode the songs `chosen` `(n,)` as `catalogue` would, `(n, dim)`, without touching the others."""
        kept = has_id[chosen]
        parts = [self.song(chosen) * kept.unsqueeze(-1)] if self.song is not None else []
        if self.content:
            artist = self.artist(songs.artist[chosen])
            if self.song is not None:
                artist = artist * (1 - songs.alone[chosen] * (1 - kept)).unsqueeze(-1)
            entries = songs.genres[chosen]
            known = (entries > 0).sum(dim=1, keepdim=True).clamp(min=1)
            genre = embedding_bag(entries, self.genre.weight, mode="sum", padding_idx=0) / known.sqrt()
            parts += [artist, genre, songs.sound[chosen] @ self.sound]
        return reduce(torch.add, parts)


def embedding(entries: int, dim: int, padding: bool = False) -> nn.Embedding:
    """Make a table of small random vectors; with `padding`, entry 0 is unknown: zeros, for good."""
    table = nn.Embedding(entries, dim, padding_idx=0 if padding else None)
    nn.init.normal_(table.weight, std=0.01)
    if padding:
        with torch.no_grad():
            table.weight[0] = 0
    return table
