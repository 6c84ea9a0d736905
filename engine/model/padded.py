"""Histories side by side, `(users, length)`, as attention and serving read them."""

from dataclasses import dataclass

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
    rows, songs, times, heard = batch.shown_rows, batch.shown_songs, batch.shown_played_at, batch.shown_weight
    users = len(batch.users)
    if times is None:
        times = torch.full_like(songs, UNDATED)
    if heard is None:
        heard = torch.ones(len(songs), device=songs.device)
    counts = torch.bincount(rows, minlength=users)
    length = int(counts.max()) if users else 0
    if most is not None and length > most:
        latest = torch.argsort(times, descending=True, stable=True)
        latest = latest[torch.argsort(rows[latest], stable=True)]
        kept = _column(rows, counts) < most
        rows, songs, times, heard = rows[kept], songs[latest][kept], times[latest][kept], heard[latest][kept]
        counts, length = counts.clamp(max=most), most
    place = rows, _column(rows, counts)
    shape = users, max(length, 1)
    return Padded(
        songs=songs.new_zeros(shape).index_put(place, songs),
        heard=torch.zeros(shape, device=songs.device).index_put(place, heard),
        played_at=songs.new_full(shape, UNDATED).index_put(place, times),
    )


def _column(rows: Tensor, counts: Tensor) -> Tensor:
    """Place of each entry within its row; rows ascend."""
    return torch.arange(len(rows), device=rows.device) - (torch.cumsum(counts, 0) - counts)[rows]
