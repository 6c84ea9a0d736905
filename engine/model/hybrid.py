"""The whole network: a user tower and an item tower whose dot product is the score."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import lsqr
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.config import ModelSettings
from engine.data.batches import UserBatch
from engine.data.features import AGE_BANDS, Features
from engine.model.towers import ItemTower, Sizes, SongTensors, UserTower

_GENRE_SCALE = 0.05  # of the first genre embeddings; larger, and what songs share drowns what tells them apart
_RIDGE = 10.0  # strength of the pull towards 0 in the regression of a song's worth on its content


class Encoded(NamedTuple):
    """What a score is made of: `users` `(batch, dim + 1)`, `songs` `(n, dim + 1)`, and `bias` `(n,)` beside them."""

    users: Tensor
    songs: Tensor
    bias: Tensor

    def scores(self) -> Tensor:
        """Score every song for every user, `(batch, n)`."""
        return torch.addmm(self.bias, self.users, self.songs.T)

    def song_vectors(self) -> Tensor:
        """Songs with the bias in its place, `(n, dim + 1)`."""
        return torch.cat([self.songs[:, :-1], self.songs[:, -1:] + self.bias.unsqueeze(-1)], dim=1)


class TwoTower(nn.Module):
    """Score of a user u for a song i: user(u) · item(i) + bias(i)."""

    def __init__(self, sizes: Sizes, settings: ModelSettings) -> None:
        super().__init__()
        self.sizes = sizes
        self.items = ItemTower(sizes, settings.dim)
        self.users = UserTower(sizes, settings.dim, settings.history_features, settings.demographics)
        if settings.history_features:
            # Both sides start from the same genres, so that a song scores by those it shares with the history.
            genres = self.users.history.genre.weight
            with torch.no_grad():
                genres[1:].normal_(std=_GENRE_SCALE)
                self.items.encoder.genre.weight[:, :-1] = genres

    def item_vectors(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue, `(songs, dim + 1)`."""
        vectors, bias = self.items.catalogue(songs, songs.has_id)
        return torch.cat([vectors[:, :-1], vectors[:, -1:] + (bias + songs.heat).unsqueeze(-1)], dim=1)

    def history_table(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue as history entries, `(songs, dim)`."""
        return self.users.history.catalogue(songs, songs.has_id)

    def user_vectors(self, batch: UserBatch, table: Tensor) -> Tensor:
        """Embed the users of a batch from what it shows of their histories, `(users, dim + 1)`."""
        counts = torch.bincount(batch.shown_rows, minlength=len(batch.users))
        offsets = torch.cumsum(counts, 0) - counts
        summed = embedding_bag(batch.shown_songs, table, offsets, mode="sum")
        return self.users.finish(summed, counts.to(table.dtype), batch.age, batch.gender, batch.country)

    def forward(
        self, batch: UserBatch, songs: SongTensors, id_kept: Tensor, candidates: Tensor | None = None
    ) -> Encoded:
        """Encode a batch and the songs it is to be scored against: the whole catalogue, or some candidates.

        Parameters
        ----------
        id_kept
            `(songs,)`, 0 for the songs whose id embedding is dropped in this step, 1 for the others.
        candidates
            `(n,)` positions of songs. With them, nothing but they and the histories is encoded.
        """
        has_id = songs.has_id * id_kept
        if candidates is None:
            users = self.user_vectors(batch, self.users.history.catalogue(songs, has_id))
            return Encoded(users, *self.items.catalogue(songs, has_id))
        shown, entries = torch.unique(batch.shown_songs, return_inverse=True)
        table = self.users.history.some(songs, has_id, shown)
        users = self.user_vectors(replace(batch, shown_songs=entries), table)
        return Encoded(users, *self.items.some(songs, has_id, candidates))


@torch.no_grad()
def catalogue_vectors(model: TwoTower, songs: SongTensors) -> np.ndarray:
    """Embed the whole catalogue as an index stores it, `(songs, dim + 1)` float32."""
    return model.item_vectors(songs).cpu().numpy()


def sizes_of(features: Features, songs: int) -> Sizes:
    """Sizes of the network for fitted features and a catalogue."""
    return Sizes(
        songs=songs,
        artists=len(features.artists),
        genres=len(features.genres),
        sound=len(features.sound),
        ages=len(AGE_BANDS) + 1,
        genders=len(features.genders),
        countries=len(features.countries),
    )


def set_bias(model: TwoTower, songs: SongTensors, listeners: np.ndarray) -> None:
    """Start the item bias at the log share of listeners, where a softmax would spend its first epochs bringing it.

    As much of it as content explains is put into the content's own bias (a ridge regression on genres and sound, then
    what is left of it by artist), so that a song without plays starts from what songs like it are worth.

    Parameters
    ----------
    listeners
        `(songs,)`, users with a train play of each song.
    """
    share = np.log((listeners + 1.0) / (listeners.sum() + len(listeners)))
    played = np.flatnonzero(listeners > 0)
    centre = share[played].mean() if len(played) else 0.0
    left = share - centre
    encoder = model.items.encoder
    genres, sound = songs.genre_matrix(), songs.sound.cpu().numpy()
    content = sparse.hstack([genres, sparse.csr_matrix(sound)], format="csr")
    if len(played) and content.nnz:
        worth = lsqr(content[played], left[played], damp=_RIDGE**0.5)[0]
        left = left - content @ worth
        with torch.no_grad():
            encoder.genre.weight[:, -1] = torch.from_numpy(worth[: genres.shape[1]]).float()
            encoder.sound[:, -1] = torch.from_numpy(worth[genres.shape[1] :]).float()
    artist = songs.artist.cpu().numpy()
    size = len(encoder.artist.weight)
    total = np.bincount(artist[played], weights=left[played], minlength=size)
    effect = total / (np.bincount(artist[played], minlength=size) + _RIDGE)
    effect[0] = 0.0
    left = left - effect[artist]
    with torch.no_grad():
        encoder.artist.weight[:, -1] = torch.from_numpy(effect).float()
        model.items.bias.weight[:, 0] = torch.from_numpy(np.where(listeners > 0, left, 0.0)).float()
