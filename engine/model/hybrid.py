"""The whole network: a user tower and an item tower, and the score of what they give."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import lsqr
from torch import Tensor, nn

from engine.config import ModelSettings
from engine.data.batches import UserBatch
from engine.data.features import AGE_BANDS, Features
from engine.model.embeddings import SongEncoder
from engine.model.heads import PredictionHead
from engine.model.item_tower import ItemTower
from engine.model.scoring import AllPairs
from engine.model.towers import Sizes, SongTensors
from engine.model.user_tower import UserTower

_GENRE_SCALE = 0.05  # of the first genre embeddings; larger, and what songs share drowns what tells them apart
_RIDGE = 10.0  # strength of the pull towards 0 in the regression of a song's worth on its content


class Encoded(NamedTuple):
    """What a score is made of: `users` `(batch, dim + 1)`, `songs` `(n, dim + 1)`, `bias` `(n,)` beside them.

    `head` scores them, or None for the inner product.
    """

    users: Tensor
    songs: Tensor
    bias: Tensor
    head: PredictionHead | None = None

    def scores(self) -> Tensor:
        """Score every song for every user, `(batch, n)`."""
        if self.head is None:
            return torch.addmm(self.bias, self.users, self.songs.T)
        scores: Tensor = AllPairs(self.head)(self.users, self.song_vectors())
        return scores

    def pairs(self, rows: Tensor, places: Tensor) -> Tensor:
        """Score some songs for each of some users, `(pairs, songs)`.

        Parameters
        ----------
        rows
            `(pairs,)`, rows of `users`.
        places
            `(pairs, songs)`, rows of `songs`.
        """
        users, songs = self.users[rows], self.song_vectors()[places]
        if self.head is None:
            return torch.einsum("td,tnd->tn", users.float(), songs.float())
        scores: Tensor = self.head(users.repeat_interleave(places.shape[1], 0), songs.flatten(0, 1))
        return scores.reshape(places.shape)

    def song_vectors(self) -> Tensor:
        """Songs with the bias in its place, `(n, dim + 1)`."""
        return torch.cat([self.songs[:, :-1], self.songs[:, -1:] + self.bias.unsqueeze(-1)], dim=1)


class TwoTower(nn.Module):
    """Score of a user u for a song i: user(u) · item(i) + bias(i), or a head's view of both vectors."""

    def __init__(self, sizes: Sizes, settings: ModelSettings) -> None:
        super().__init__()
        self.sizes = sizes
        self.timed = settings.timed
        self.items = ItemTower(sizes, settings)
        self.users = UserTower(sizes, settings)
        self.head: PredictionHead | None = None
        if settings.score == "head":
            self.head = PredictionHead(settings.width, settings.score_head.model_copy(update={"with_score": False}))
        history = self.users.history
        if history is not None and history.content and self.items.encoder.content:
            # Both sides start from the same genres, so that a song scores by those it shares with the history.
            genres = history.genre.weight
            with torch.no_grad():
                genres[1:].normal_(std=_GENRE_SCALE)
                self.items.encoder.genre.weight[:, :-1] = genres

    @property
    def taste_dim(self) -> int:
        """How many places of a vector say what a song is like: all but the bias's."""
        return self.users.dim

    def item_vectors(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue, `(songs, dim + 1)`; a dot product's vectors have `heat` in their bias."""
        vectors, bias = self.items.catalogue(songs, songs.has_id)
        if self.head is None:
            bias = bias + songs.heat
        return torch.cat([vectors[:, :-1], vectors[:, -1:] + bias.unsqueeze(-1)], dim=1)

    def history_table(self, songs: SongTensors, has_id: Tensor | None = None) -> Tensor:
        """Embed the whole catalogue as history entries, `(songs, dim)`; zeros without a history."""
        if self.users.history is None:
            return songs.has_id.new_zeros(()).expand(len(songs.song), self.users.dim)
        return self.users.history.catalogue(songs, songs.has_id if has_id is None else has_id)

    def user_vectors(self, batch: UserBatch, table: Tensor) -> Tensor:
        """Embed the users of a batch from what it shows of their histories, `(users, dim + 1)`."""
        vectors: Tensor = self.users(batch, table)
        return vectors

    def score_pairs(self, users: Tensor, items: Tensor) -> Tensor:
        """Score pairs, `(pairs,)`, from vectors of users and of songs, each `(pairs, dim + 1)`."""
        if self.head is None:
            return (users * items).sum(dim=-1)
        scores: Tensor = self.head(users, items)
        return scores

    def score_all(self, users: Tensor, songs: SongTensors, items: Tensor) -> Tensor:
        """Score the whole catalogue, `(users, songs)`, as it is served: `heat` counts. Not for training.

        Parameters
        ----------
        users
            `(users, dim + 1)`, as of `user_vectors`.
        items
            `(songs, dim + 1)`, as of `item_vectors`.
        """
        if self.head is None:
            return users @ items.T
        return AllPairs(self.head).blockwise(users, items) + songs.heat

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
            users = self.user_vectors(batch, self.history_table(songs, has_id))
            return Encoded(users, *self.items.catalogue(songs, has_id), self.head)
        if self.users.history is None:
            table = self.history_table(songs)
        else:
            shown, entries = torch.unique(batch.shown_songs, return_inverse=True)
            shown = shown if len(shown) else torch.zeros_like(songs.song[:1])  # padding has to point somewhere
            table, batch = self.users.history.some(songs, has_id, shown), replace(batch, shown_songs=entries)
        return Encoded(self.user_vectors(batch, table), *self.items.some(songs, has_id, candidates), self.head)


def sizes_of(features: Features, songs: int, users: int = 0) -> Sizes:
    """Sizes of the network for fitted features, a catalogue and how many users there are (for a tower with ids)."""
    return Sizes(
        songs=songs,
        artists=len(features.artists),
        genres=len(features.genres),
        sound=len(features.sound),
        ages=len(AGE_BANDS) + 1,
        genders=len(features.genders),
        countries=len(features.countries),
        users=users,
        span=features.span,
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
    if model.items.bias is None:
        return
    share = np.log((listeners + 1.0) / (listeners.sum() + len(listeners)))
    played = np.flatnonzero(listeners > 0)
    centre = share[played].mean() if len(played) else 0.0
    left = share - centre
    if model.items.encoder.content:
        left = _content_bias(model.items.encoder, songs, left, played)
    with torch.no_grad():
        model.items.bias.weight[:, 0] = torch.from_numpy(np.where(listeners > 0, left, 0.0)).float()


def _content_bias(encoder: SongEncoder, songs: SongTensors, left: np.ndarray, played: np.ndarray) -> np.ndarray:
    """Put what content explains of `left` `(songs,)` into the content's bias; returns what it doesn't explain."""
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
    with torch.no_grad():
        encoder.artist.weight[:, -1] = torch.from_numpy(effect).float()
    return np.asarray(left - effect[artist])
