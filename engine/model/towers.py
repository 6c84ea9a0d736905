"""What the towers read: the sizes of what there is, and songs as tensors."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from engine.data.features import SongArrays


@dataclass(frozen=True)
class Sizes:
    """Numbers of songs, users and vocabulary entries, each vocabulary without its unknown entry.

    `span` is the time from the first to the last train play in microseconds, 0 where plays have no times.
    """

    songs: int
    artists: int
    genres: int
    sound: int
    ages: int
    genders: int
    countries: int
    users: int = 0
    span: int = 0


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
