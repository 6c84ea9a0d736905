"""A listener's history as the score reads it: each song's entry in the tower, its factors, and how much it counts."""

import numpy as np
import torch
from torch import Tensor

from engine.explain.score import Heard
from engine.model.blend import Blend, Network
from engine.model.padded import Padded
from engine.model.towers import SongTensors
from engine.serving.recommender import Listener, told
from engine.serving.runtime import UserTower

_CONTENT = ("song", "artist", "genres", "sound", "has_id")


def history_of(
    model: Network, songs: SongTensors, serving: UserTower, listener: Listener, person: Tensor
) -> tuple[Heard, np.ndarray]:
    """Give a history, and the positions of its songs, `(songs,)`.

    Parameters
    ----------
    model, songs
        In double precision.
    serving
        The exported tower: a long history is cut as it cuts it.
    person
        `(dim,)`, the sum of the listener's demographics in the tower, which attention asks with.
    """
    tower, squares, familiar = model.users, None, None
    if isinstance(model, Blend):
        squares, familiar = model.least_squares, model.familiar
    read = serving.padded(told([listener]), np.zeros(1, dtype=np.int64))
    count = 0 if tower.history is None else min(len(listener.history), read["history"].shape[1])
    places, weight, times = (torch.from_numpy(read[n][:, :count]) for n in ("history", "weight", "played_at"))
    at, weight = places[0], weight.double()
    factors = artists = None
    if familiar is not None:
        artists = familiar.history(at, songs.artist[at])
    if squares is not None:
        factors = squares(*(getattr(songs, name)[at] for name in _CONTENT))
    if tower.history is None or not count:
        nothing = torch.zeros(0, tower.dim, dtype=torch.float64)
        return Heard(nothing, factors, artists, weight[0], weight[0]), at.numpy()
    entries = tower.history.some(songs, songs.has_id, at)
    asking = person.unsqueeze(0) if tower.demographics else None
    counted = tower.weighed(Padded(places, weight, times), entries.unsqueeze(0), asking)[0].double()
    return Heard(entries, factors, artists, weight[0], counted), at.numpy()
