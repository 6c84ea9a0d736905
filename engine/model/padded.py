"""Histories side by side, `(users, length)`, as attention and serving read them."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.data.batches import UserBatch
from engine.data.histories import UNDATED


@dataclass(frozen=True)
class Padded:
    """Histories of equal length, each `(users, length)`.

    `songs` int64, any valid position where there is padding; `heard` float32, how much a song counts (1 on average),
    0 for padding;
    `played_at` int64, as of `engine.data.histories.last_played`.
    """

    songs: Tensor
    heard: Tensor
    played_at: Tensor


def pad(batch: UserBatch, most: int | None = None) -> Padded:
    """Lay what a batch shows side by side, in its order; of a longer history the `most` that were played last."""
    if most is not None:
        batch = last_played_only(batch, most)
    rows, songs, times, heard = batch.shown_rows, batch.shown_songs, batch.shown_played_at, batch.shown_weight
    users = len(batch.users)
    if times is None:
        times = torch.full_like(songs, UNDATED)
    if heard is None:
        heard = torch.ones(len(songs), device=songs.device)
    counts = torch.bincount(rows, minlength=users)
    place = rows, _column(rows, counts)
    shape = users, max(int(counts.max()) if users else 0, 1)
    return Padded(
        songs=songs.new_zeros(shape).index_put(place, songs),
        heard=torch.zeros(shape, device=songs.device).index_put(place, heard),
        played_at=songs.new_full(shape, UNDATED).index_put(place, times),
    )


def last_played_only(batch: UserBatch, most: int) -> UserBatch:
    """Show of each longer history only the `most` that were played last, the last one first."""
    rows, times = batch.shown_rows, batch.shown_played_at
    counts = torch.bincount(rows, minlength=len(batch.users))
    if not len(rows) or int(counts.max()) <= most:
        return batch
    if times is None:
        times = torch.full_like(rows, UNDATED)
    latest = torch.argsort(times, descending=True, stable=True)
    latest = latest[torch.argsort(rows[latest], stable=True)]
    kept = latest[_column(rows, counts) < most]
    cut = {
        name: value[kept]
        for name, value in vars(batch).items()
        if name.startswith("shown_") and isinstance(value, torch.Tensor)
    }
    return replace(batch, **cut)


def _column(rows: Tensor, counts: Tensor) -> Tensor:
    """Place of each entry within its row; rows ascend."""
    return torch.arange(len(rows), device=rows.device) - (torch.cumsum(counts, 0) - counts)[rows]
