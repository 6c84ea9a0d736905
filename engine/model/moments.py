"""When the songs of a history were played, as a network reads it. All on padded histories, `(users, length)`.

How long ago is measured from the last song of the same history and in shares of the time the train plays span: the
same in training and serving, whenever someone asks.
"""

import math

import torch
from torch import Tensor

from engine.data.activity import HOURS, WEEKDAYS

_HOUR = 3_600_000_000  # microseconds
_FIRST_WEEKDAY = 3  # 1 January 1970 was a Thursday
FINEST = 0.001  # of the span: what is nearer than this is about as near as can be
MOMENT = 6  # columns of `moment`


def known(played_at: Tensor, heard: Tensor) -> Tensor:
    """Tell which songs have a time, bool."""
    return (heard > 0) & (played_at >= 0)


def ago(played_at: Tensor, heard: Tensor, span: int) -> Tensor:
    """How long before the last song of its history each song was played, as a share of `span`; 0 where unknown.

    Parameters
    ----------
    played_at
        int64 microseconds since 1970, negative where unknown.
    heard
        1 for a song heard, 0 for padding.
    """
    dated = known(played_at, heard)
    last = torch.where(dated, played_at, -1).amax(dim=1, keepdim=True)
    return torch.where(dated, last - played_at, 0).to(torch.float32) / span


def nearness(since: Tensor) -> Tensor:
    """Log of how long ago, brought to 0 (now) to 1 (the whole span ago), the same step for each doubling."""
    return torch.log1p(since / FINEST) / math.log1p(1 / FINEST)


def moment(played_at: Tensor, heard: Tensor, span: int) -> Tensor:
    """Describe the moments of plays, `(users, length, MOMENT)` float32, all 0 where unknown.

    Columns: log of how long ago, hour of day and weekday (UTC) each as a point on the circle, 1.
    """
    dated = known(played_at, heard)
    times = torch.where(dated, played_at, 0)
    hour = (times % (HOURS * _HOUR)).to(torch.float32) / _HOUR / HOURS
    weekday = ((times // (HOURS * _HOUR) + _FIRST_WEEKDAY) % WEEKDAYS).to(torch.float32) / WEEKDAYS
    circles = [f(2 * math.pi * share) for share in (hour, weekday) for f in (torch.sin, torch.cos)]
    near = nearness(ago(played_at, heard, span))
    return torch.stack([near, *circles, torch.ones_like(near)], dim=-1) * dated.unsqueeze(-1)
