"""The two towers: what a song is, and who a listener is.

Notable: no tower has a hidden layer. Dense layers cost accuracy against a plain sum of embeddings with a dot product
and an item bias, as in Rendle et al., "Neural Collaborative Filtering vs. Matrix Factorization Revisited", RecSys 2020.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.data.features import SongArrays


@dataclass(frozen=True)
class Sizes:
    """Numbers of songs and of vocabulary entries, each vocabulary without its unknown entry."""

    songs: int
    artists: int
    genres: int
    sound: int
    ages: int
    genders: int
    countries: int


@dataclass(frozen=True)
class SongTensors:
    """Songs as tensors: `song`, `artist` `(songs,)`, `genres` `(songs, slots)`, `sound` `(songs, 2 * columns)`.

    `sound` holds the z-scores and then the mask of what is known. `has_id` `(songs,)` is 1 for songs with train
    plays, whose id embedding means something, and 0 for the others, who live on their content. `genre_shares` is a
    sparse `(songs, genres + 1)` matrix of 1 / (number of genres), which takes the mean of genre embeddings at once.
    `alone` `(songs,)` is 1 for songs with train plays whose artist has no other such song: without its id such a song
    has to do without its artist too, or the artist would be an id by another name and the rest never learnt from.
    `heat` `(songs,)` is added to the bias when serving: how much a song is played now, 0 where nothing is known of it.
    """

    song: Tensor
    artist: Tensor
    genres: Tensor
    sound: Tensor
    has_id: Tensor
    genre_shares: Tensor
    alone: Tensor
    heat: Tensor

    @classmethod
    def from_arrays(
        cls,
        arrays: SongArrays,
        has_id: np.ndarray,
        genres: int,
        device: torch.device | str = "cpu",
        heat: np.ndarray | None = None,
    ) -> "SongTensors":
        """Put encoded songs on a device; `has_id` marks those with train plays, `genres` is the vocabulary's size."""
        row, slot = np.nonzero(arrays.genres)
        share = 1 / np.sqrt((arrays.genres > 0).sum(axis=1)[row])
        shares = sparse.csr_matrix((share, (row, arrays.genres[row, slot])), shape=(len(arrays.artist), genres + 1))
        with_plays = np.bincount(arrays.artist[has_id > 0], minlength=arrays.artist.max(initial=0) + 1)
        alone = (has_id > 0) & (with_plays[arrays.artist] <= 1)
        sound = torch.cat([torch.from_numpy(arrays.sound), torch.from_numpy(arrays.sound_known)], dim=1)
        return cls(
            song=torch.arange(len(arrays.artist), device=device),
            artist=torch.tensor(arrays.artist, device=device),
            genres=torch.from_numpy(arrays.genres).to(device),
            sound=sound.to(device),
            has_id=torch.tensor(has_id, dtype=torch.float32, device=device),
            genre_shares=_sparse(shares, device),
            alone=torch.tensor(alone, dtype=torch.float32, device=device),
            heat=torch.tensor(np.zeros(len(has_id)) if heat is None else heat, dtype=torch.float32, device=device),
        )

    def genre_matrix(self) -> sparse.csr_matrix:
        """Give `genre_shares` as SciPy holds it."""
        matrix = self.genre_shares.cpu()
        parts = (matrix.values().numpy(), matrix.col_indices().numpy(), matrix.crow_indices().numpy())
        return sparse.csr_matrix(parts, shape=tuple(matrix.shape))


class SongEncoder(nn.Module):
    """Sum of a song's embeddings: its id, its artist, the mean of its genres, its sound."""

    def __init__(self, sizes: Sizes, dim: int, content: bool = True) -> None:
        super().__init__()
        self.content = content
        self.song = _embedding(sizes.songs, dim)
        if content:
            self.artist = _embedding(sizes.artists + 1, dim, padding=True)
            self.genre = _embedding(sizes.genres + 1, dim, padding=True)
            # A parameter, since a Linear of no columns, for songs without any sound, warns.
            self.sound = nn.Parameter(torch.randn(2 * sizes.sound, dim) * 0.01)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Encode songs as `(songs, dim)`."""
        out = self.song(song) * has_id.unsqueeze(-1)
        if self.content:
            known = (genres > 0).to(out.dtype).sum(dim=-1, keepdim=True).clamp(min=1.0)
            out = out + self.artist(artist) + self.genre(genres).sum(dim=-2) / known.sqrt() + sound @ self.sound
        return out

    def catalogue(self, songs: SongTensors, has_id: Tensor) -> Tensor:
        """Encode the whole catalogue as `forward` would, in a fraction of the time of its look-ups, for training."""
        out = self.song.weight * has_id.unsqueeze(-1)
        if self.content:
            artist_kept = 1 - songs.alone * (1 - has_id)
            artist = self.artist(songs.artist) * artist_kept.unsqueeze(-1)
            with torch.autocast(out.device.type, enabled=False):  # sparse matrices have no half precision
                genre = songs.genre_shares @ self.genre.weight
            out = out + artist + genre + songs.sound @ self.sound
        return out

    def some(self, songs: SongTensors, has_id: Tensor, chosen: Tensor) -> Tensor:
        """Encode the songs `chosen` `(n,)` as `catalogue` would, `(n, dim)`, without touching the others."""
        kept = has_id[chosen]
        out = self.song(chosen) * kept.unsqueeze(-1)
        if self.content:
            artist_kept = 1 - songs.alone[chosen] * (1 - kept)
            artist = self.artist(songs.artist[chosen]) * artist_kept.unsqueeze(-1)
            entries = songs.genres[chosen]
            known = (entries > 0).sum(dim=1, keepdim=True).clamp(min=1)
            genre = embedding_bag(entries, self.genre.weight, mode="sum", padding_idx=0) / known.sqrt()
            out = out + artist + genre + songs.sound[chosen] @ self.sound
        return out


class ItemTower(nn.Module):
    """A song's vector and its bias, in one: `(songs, dim + 1)`, the bias last.

    The bias rides in one more dimension, so that an inner-product index serves vector and bias alike. It too is a
    sum over id and content: a song without train plays starts from what its artist and genres are worth.
    """

    def __init__(self, sizes: Sizes, dim: int) -> None:
        super().__init__()
        self.encoder = SongEncoder(sizes, dim + 1)
        self.bias = nn.Embedding(sizes.songs, 1)
        nn.init.zeros_(self.bias.weight)

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Embed songs as `(songs, dim + 1)`."""
        out = self.encoder(song, artist, genres, sound, has_id)
        bias = out[..., -1:] + self.bias(song) * has_id.unsqueeze(-1)
        return torch.cat([out[..., :-1], bias], dim=-1)

    def catalogue(self, songs: SongTensors, has_id: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the whole catalogue: `(songs, dim + 1)`, and the bias of the ids `(songs,)`, not yet added."""
        return self.encoder.catalogue(songs, has_id), self.bias.weight[:, 0] * has_id

    def some(self, songs: SongTensors, has_id: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the songs `chosen` as `catalogue` would: `(n, dim + 1)` and `(n,)`."""
        return self.encoder.some(songs, has_id, chosen), self.bias(chosen)[:, 0] * has_id[chosen]


class UserTower(nn.Module):
    """A listener's vector from the songs heard and the demographics, `(users, dim + 1)`, the last place 1.

    Each demographic is one more entry of the history, so that its weight shrinks as the history grows:
    (Σ songs + Σ demographics) / √(songs + demographics).
    """

    def __init__(self, sizes: Sizes, dim: int, history_features: bool, demographics: bool) -> None:
        super().__init__()
        self.history = SongEncoder(sizes, dim, content=history_features)
        self.demographics = demographics
        if demographics:
            self.age = _embedding(sizes.ages + 1, dim)
            self.gender = _embedding(sizes.genders + 1, dim)
            self.country = _embedding(sizes.countries + 1, dim)

    def finish(self, summed: Tensor, songs: Tensor, age: Tensor, gender: Tensor, country: Tensor) -> Tensor:
        """Add demographics to a summed history.

        Parameters
        ----------
        summed
            `(users, dim)`, the sum over the songs heard.
        songs
            `(users,)`, how many they were (or the sum of their weights).
        age, gender, country
            `(users,)` positions in the vocabularies.
        """
        entries = songs.unsqueeze(-1)
        if self.demographics:
            summed = summed + self.age(age) + self.gender(gender) + self.country(country)
            entries = entries + 3.0
        vector = summed / entries.clamp(min=1.0).sqrt()
        return torch.cat([vector, torch.ones_like(entries)], dim=-1)


def _embedding(entries: int, dim: int, padding: bool = False) -> nn.Embedding:
    table = nn.Embedding(entries, dim, padding_idx=0 if padding else None)
    nn.init.normal_(table.weight, std=0.01)
    if padding:
        with torch.no_grad():
            table.weight[0] = 0
    return table


def _sparse(matrix: sparse.csr_matrix, device: torch.device | str) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its sparse rows a beta; matrix times matrix is all we use
        return torch.sparse_csr_tensor(
            torch.tensor(matrix.indptr, dtype=torch.int64),
            torch.tensor(matrix.indices, dtype=torch.int64),
            torch.tensor(matrix.data, dtype=torch.float32),
            size=matrix.shape,
            device=device,
        )
