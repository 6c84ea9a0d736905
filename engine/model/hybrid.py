"""The whole network: a user tower and an item tower whose dot product is the score."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.config import ModelSettings
from engine.data.batches import UserBatch
from engine.data.features import AGE_BANDS, Features
from engine.model.towers import ItemTower, Sizes, SongTensors, UserTower


class TwoTower(nn.Module):
    """Score of a user u for a song i: user(u) · item(i) + bias(i)."""

    def __init__(self, sizes: Sizes, settings: ModelSettings) -> None:
        super().__init__()
        self.sizes = sizes
        self.items = ItemTower(sizes, settings.dim)
        self.users = UserTower(sizes, settings.dim, settings.history_features, settings.demographics)

    def item_vectors(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue, `(songs, dim + 1)`."""
        vectors, bias = self.items.catalogue(songs, songs.has_id)
        return torch.cat([vectors[:, :-1], vectors[:, -1:] + bias.unsqueeze(-1)], dim=1)

    def history_table(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue as history entries, `(songs, dim)`."""
        return self.users.history.catalogue(songs, songs.has_id)

    def user_vectors(self, batch: UserBatch, table: Tensor) -> Tensor:
        """Embed the users of a batch from what it shows of their histories, `(users, dim + 1)`."""
        counts = torch.bincount(batch.shown_rows, minlength=len(batch.users))
        offsets = torch.cumsum(counts, 0) - counts
        summed = embedding_bag(batch.shown_songs, table, offsets, mode="sum")
        return self.users.finish(summed, counts.to(table.dtype), batch.age, batch.gender, batch.country)

    def forward(self, batch: UserBatch, songs: SongTensors, id_kept: Tensor) -> Tensor:
        """Score the whole catalogue for a batch, `(users, songs)`.

        `id_kept` `(songs,)` is 0 for the songs whose id embedding is dropped in this step, 1 for the others.
        """
        has_id = songs.has_id * id_kept
        users = self.user_vectors(batch, self.users.history.catalogue(songs, has_id))
        items, bias = self.items.catalogue(songs, has_id)
        return torch.addmm(bias, users, items.T)


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


def set_bias(model: TwoTower, listeners: np.ndarray) -> None:
    """Start the item bias at the log share of listeners, where a softmax would spend its first epochs bringing it.

    Parameters
    ----------
    listeners
        `(songs,)`, users with a train play of each song.
    """
    share = (listeners + 1.0) / (listeners.sum() + len(listeners))
    log_share = torch.from_numpy(np.log(share) - np.log(share).mean()).to(torch.float32)
    with torch.no_grad():
        model.items.bias.weight[:, 0] = log_share
