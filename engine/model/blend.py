"""The towers and what stands beside them, as one model: each has its own dimensions of one long vector.

A dot product of two long vectors is the sum of the parts' scores, so that one index serves them all.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from engine.data.batches import UserBatch
from engine.model.content_map import ContentMap
from engine.model.familiar import Familiar
from engine.model.hybrid import TwoTower
from engine.model.least_squares import LeastSquares
from engine.model.newcomers import Newcomers
from engine.model.padded import last_played_only
from engine.model.towers import SongTensors
from engine.model.user_tower import UserTower


@dataclass(frozen=True)
class Parts:
    """What stands beside the towers, each of which may be missing."""

    unheard: ContentMap | None = None
    least_squares: LeastSquares | None = None
    newcomers: Newcomers | None = None
    familiar: Familiar | None = None


class BlendedItems(nn.Module):
    """The item side: songs by their content and, if they have train plays, their ids, `(songs, width)`."""

    def __init__(self, towers: TwoTower, parts: Parts) -> None:
        super().__init__()
        self.tower = towers.items
        self.unheard, self.least_squares = parts.unheard, parts.least_squares
        self.familiar, self.newcomers = parts.familiar, parts.newcomers

    def forward(self, song: Tensor, artist: Tensor, genres: Tensor, sound: Tensor, has_id: Tensor) -> Tensor:
        """Embed songs, as the item tower does."""
        told = song, artist, genres, sound, has_id
        known = has_id.unsqueeze(-1)
        out = self.tower(*told)
        if self.unheard is not None:
            out = out * known + self.unheard(*told) * (1 - known)
        parts = [out[:, :-1]]
        if self.least_squares is not None:
            parts.append(self.least_squares(*told) * self.least_squares.scale)
        if self.familiar is not None:
            parts.append(self.familiar.items(artist, has_id))
        if self.newcomers is not None:
            parts.append(self.newcomers.catalogue()[song] * known)
        return torch.cat([*parts, out[:, -1:]], dim=1)


class Blend(nn.Module):
    """Score of a user u for a song i: the sum of the parts'. It reads and answers as `TwoTower` does.

    Without a history what is known of a newcomer alone decides, and the more songs were heard, n, the less: the
    towers, least squares and familiar artists count n / (n + 1), newcomers' part 1 / (n + 1).
    """

    head = None

    def __init__(self, towers: TwoTower, parts: Parts) -> None:
        super().__init__()
        self.towers = towers
        self.unheard, self.least_squares = parts.unheard, parts.least_squares
        self.familiar, self.newcomers = parts.familiar, parts.newcomers
        self.sizes, self.timed = towers.sizes, towers.timed

    @property
    def parts(self) -> Parts:
        """What stands beside the towers."""
        return Parts(self.unheard, self.least_squares, self.newcomers, self.familiar)

    @property
    def users(self) -> UserTower:
        """The towers' user side."""
        return self.towers.users

    @property
    def items(self) -> BlendedItems:
        """The whole item side."""
        return BlendedItems(self.towers, self.parts).eval()

    @property
    def taste_dim(self) -> int:
        """How many places of a vector say what a song is like: the first ones."""
        own = 0 if self.least_squares is None else self.least_squares.width
        return self.towers.taste_dim + own

    @property
    def width(self) -> int:
        """Length of a vector, with the bias's place."""
        width = self.towers.users.dim + 1
        if self.least_squares is not None:
            width += self.least_squares.width
        if self.familiar is not None:
            width += self.familiar.rank
        return width if self.newcomers is None else width + self.newcomers.songs.shape[1] + 1

    def item_vectors(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue, `(songs, width)`, with its heat."""
        known = songs.has_id.unsqueeze(-1)
        out = self.towers.item_vectors(songs)
        if self.unheard is not None:
            out = out * known + self.unheard.catalogue(songs) * (1 - known)
            heat = (songs.heat * (1 - songs.has_id)).unsqueeze(-1)
            out = torch.cat([out[:, :-1], out[:, -1:] + heat], dim=1)
        parts = [out[:, :-1]]
        if self.least_squares is not None:
            parts.append(self.least_squares.catalogue(songs) * self.least_squares.scale)
        if self.familiar is not None:
            parts.append(self.familiar.catalogue(songs))
        if self.newcomers is not None:
            parts.append(self.newcomers.catalogue() * known)
        return torch.cat([*parts, out[:, -1:]], dim=1)

    def history_table(self, songs: SongTensors) -> Tensor:
        """Embed the whole catalogue as history entries: the towers', the factors of least squares, the artists."""
        tables = [self.towers.history_table(songs)]
        if self.least_squares is not None:
            tables.append(self.least_squares.catalogue(songs))
        if self.familiar is not None:
            tables.append(self.familiar.history(songs.song, songs.artist))
        return torch.cat(tables, dim=1)

    def split(self, entries: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Undo what `history_table` joins, `(…, width)`: what is for the towers, least squares and familiar artists."""
        factors = 0 if self.least_squares is None else self.least_squares.width
        dim = self.towers.users.dim
        return entries[..., :dim], entries[..., dim : dim + factors], entries[..., dim + factors :]

    def user_vectors(self, batch: UserBatch, table: Tensor) -> Tensor:
        """Embed the users of a batch, `(users, width)`."""
        users = len(batch.users)
        if self.towers.users.attention is not None:
            batch = last_played_only(batch, self.towers.users.most)  # what attention looks at is all that is served
        entries, factors, artists = self.split(table)
        shown = batch.shown_rows, batch.shown_songs, batch.shown_weight
        solved = None if self.least_squares is None else self.least_squares.users_of(*shown, users, factors)
        familiar = None if self.familiar is None else self.familiar.users_of(*shown, users, artists)
        heard = torch.bincount(batch.shown_rows, minlength=users).to(table.dtype)
        vectors = self.towers.user_vectors(batch, entries)
        return self.joined(vectors, solved, familiar, heard, batch.age, batch.gender, batch.country)

    def joined(
        self,
        towers: Tensor,
        solved: Tensor | None,
        familiar: Tensor | None,
        heard: Tensor,
        age: Tensor | None,
        gender: Tensor | None,
        country: Tensor | None,
    ) -> Tensor:
        """Join the parts of some users.

        Parameters
        ----------
        towers
            `(users, dim + 1)`, as of the user tower.
        solved
            `(users, width)`, as of least squares; None without them.
        familiar
            `(users, rank)`, as of familiar artists; None without them.
        heard
            `(users,)`, how many songs they have heard.
        age, gender, country
            `(users,)` positions in the vocabularies.
        """
        told = None
        if self.newcomers is not None:
            assert age is not None
            assert gender is not None
            assert country is not None
            told = self.newcomers.users(age, gender, country)
        return self.side_by_side(towers, solved, familiar, heard, told)

    def side_by_side(
        self, towers: Tensor, solved: Tensor | None, familiar: Tensor | None, heard: Tensor, told: Tensor | None
    ) -> Tensor:
        """Join the parts as `joined` does, `told` `(users, rank + 1)` being what newcomers' part makes of them."""
        parts = [towers[:, :-1], *(part for part in (solved, familiar) if part is not None)]
        if told is not None:
            known = (heard / (heard + 1)).unsqueeze(-1)
            parts = [part * known for part in parts]
            parts.append(told * (1 - known))
        return torch.cat([*parts, towers[:, -1:]], dim=1)

    def score_pairs(self, users: Tensor, items: Tensor) -> Tensor:
        """Score pairs, `(pairs,)`, from vectors of users and of songs, each `(pairs, width)`."""
        return (users * items).sum(dim=-1)

    def score_all(self, users: Tensor, songs: SongTensors, items: Tensor) -> Tensor:
        """Score the whole catalogue, `(users, songs)`, from `user_vectors` and `item_vectors`."""
        return users @ items.T


Network = TwoTower | Blend


@torch.no_grad()
def catalogue_vectors(model: Network, songs: SongTensors) -> np.ndarray:
    """Embed the whole catalogue as an index stores it, `(songs, width)` float32."""
    return model.item_vectors(songs).cpu().numpy()


def blended(model: Network, **parts: nn.Module | None) -> Blend:
    """Put parts beside the towers, or in the place of those that are there; the weights are shared, not copied."""
    if isinstance(model, TwoTower):
        return Blend(model, replace(Parts(), **parts))  # type: ignore[arg-type]
    return Blend(model.towers, replace(model.parts, **parts))  # type: ignore[arg-type]
