"""Who a listener is: the songs heard, the demographics, perhaps an id."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from engine.config import ModelSettings
from engine.data.batches import UserBatch
from engine.model.attention import Attention, Fading
from engine.model.dense import dense_layers
from engine.model.embeddings import SongEncoder, embedding
from engine.model.padded import Padded, pad
from engine.model.towers import Sizes

_GAIN = 2.0  # songs and users learn at the same pace when a history of a few songs moves its user far enough


class UserTower(nn.Module):
    """A listener's vector, `(users, dim + 1)`, the last place 1, where it meets the songs' bias.

    Each demographic is one more entry of the history, so that its weight shrinks as the history grows:
    2 (Σ songs + Σ demographics) / √(songs + demographics), songs played often counting more. A user's id comes on top,
    then the dense layers.
    """

    def __init__(self, sizes: Sizes, settings: ModelSettings) -> None:
        super().__init__()
        dim = settings.width
        self.dim, self.most = dim, settings.history_length
        self.history: SongEncoder | None = None
        self.fading: Fading | None = None
        self.attention: Attention | None = None
        if settings.history != "none":
            self.history = SongEncoder(sizes, dim, settings.id_embedding, settings.history_features)
        self.demographics = settings.demographics
        if settings.demographics:
            self.age = embedding(sizes.ages + 1, dim)
            self.gender = embedding(sizes.genders + 1, dim)
            self.country = embedding(sizes.countries + 1, dim)
        if settings.history == "attention":
            self.attention = Attention(dim, sizes.span, settings.demographics)
        elif settings.recency_half_life is not None:
            self.fading = Fading(settings.recency_half_life, sizes.span)
        self.user = embedding(sizes.users + 1, dim, padding=True) if settings.user_id else None
        self.dense = dense_layers(dim, settings.dense, settings.batch_norm)

    def forward(self, batch: UserBatch, table: Tensor) -> Tensor:
        """Embed the users of a batch; `table` `(songs, dim)` holds the songs as history entries."""
        who = batch.age, batch.gender, batch.country, batch.ids
        if self.attention is not None:
            padded = pad(batch, self.most)
            return self.finish(*self.summed(padded, table[padded.songs], self.person(*who[:3])), *who)
        counts = torch.bincount(batch.shown_rows, minlength=len(batch.users))
        if self.history is None:
            return self.finish(
                table.new_zeros(len(counts), self.dim), torch.zeros_like(counts, dtype=table.dtype), *who
            )
        offsets = torch.cumsum(counts, 0) - counts
        weights, entries = batch.shown_weight, counts.to(table.dtype)
        if weights is not None:
            entries = torch.zeros_like(entries).index_add(0, batch.shown_rows, weights)
        if self.fading is not None:
            padded = pad(batch)
            faded = self.fading(padded.heard, padded.played_at)
            weights, entries = faded[padded.heard > 0].to(table.dtype), faded.sum(dim=1)
        summed = embedding_bag(batch.shown_songs, table, offsets, mode="sum", per_sample_weights=weights)
        return self.finish(summed, entries, *who)

    def summed(self, histories: Padded, entries: Tensor, person: Tensor | None) -> tuple[Tensor, Tensor]:
        """Sum padded histories: `(users, dim)`, and how many songs each is worth, `(users,)`.

        Parameters
        ----------
        entries
            `(users, length, dim)`, the songs of the histories.
        person
            As of `person`.
        """
        weights = self.weighed(histories, entries, person)
        # A masked sum written by hand: EmbeddingBag's offsets have no counterpart with dynamic shapes in ONNX.
        return torch.matmul(weights.to(entries.dtype).unsqueeze(1), entries).squeeze(1), weights.sum(dim=1)

    def weighed(self, histories: Padded, entries: Tensor, person: Tensor | None) -> Tensor:
        """Weigh the songs of padded histories, `(users, length)`; as `summed` does."""
        weights = histories.heard
        if self.attention is not None:
            weights = self.attention(entries, weights, histories.played_at, person)
        elif self.fading is not None:
            weights = self.fading(weights, histories.played_at)
        return weights

    def person(self, age: Tensor | None, gender: Tensor | None, country: Tensor | None) -> Tensor | None:
        """Sum the demographics, `(users, dim)`, from `(users,)` positions in the vocabularies; None without them."""
        return self.age(age) + self.gender(gender) + self.country(country) if self.demographics else None

    def finish(
        self,
        summed: Tensor,
        songs: Tensor,
        age: Tensor | None,
        gender: Tensor | None,
        country: Tensor | None,
        ids: Tensor | None = None,
    ) -> Tensor:
        """Add demographics and id to a summed history.

        Parameters
        ----------
        summed
            `(users, dim)`, the sum over the songs heard.
        songs
            `(users,)`, how many they were (or are worth).
        age, gender, country
            `(users,)` positions in the vocabularies; read only by a tower with demographics.
        ids
            `(users,)` int64, a user's position plus 1, 0 for someone unknown; None for nobody known.
        """
        own = self.user(ids) if self.user is not None and ids is not None else None
        return self.finished(summed, songs, self.person(age, gender, country), own)

    def finished(self, summed: Tensor, songs: Tensor, person: Tensor | None, own: Tensor | None) -> Tensor:
        """Add to a summed history what `person` gives and `own` `(users, dim)`, the ids' embeddings; None for none."""
        entries = songs.unsqueeze(-1)
        if person is not None:
            summed = summed + person
            entries = entries + 3.0
        vector = _GAIN * summed / entries.clamp(min=1.0).sqrt()
        if own is not None:
            vector = vector + own
        return torch.cat([self.dense(vector), torch.ones_like(entries)], dim=-1)
