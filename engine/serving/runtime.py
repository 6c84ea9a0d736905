"""Run the exported towers with onnxruntime: no torch, ready in a few hundred milliseconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from engine.data.features import SongArrays, UserArrays
from engine.data.histories import UNDATED, Histories
from engine.errors import BundleError

LONGEST_HISTORY = 2_000  # songs; of a longer history the most played ones, so that one user can't fill the memory
MOST_CELLS = 20_000  # padded history cells a call: what the tower makes of them fits the cache of the processor
MOST_PAIRS = 200_000  # of users and songs that a head scores a call


class UserTower:
    """The exported user tower: histories and demographics in, vectors out. Safe to call from several threads."""

    def __init__(self, path: Path, model: Mapping[str, Any] | None = None) -> None:
        self._session = _session(path)
        self._inputs = {i.name for i in self._session.get_inputs()}
        self.width = int(self._session.get_outputs()[0].shape[-1])
        self._longest = LONGEST_HISTORY
        if model is not None and model.get("history") == "attention":
            self._longest = min(int(model["history_length"]), LONGEST_HISTORY)

    def vectors(
        self, histories: Histories, users: np.ndarray, people: UserArrays, ids: np.ndarray | None = None
    ) -> np.ndarray:
        """Embed users.

        Parameters
        ----------
        histories
            The songs heard, of each user the most telling first; some may have none. With times, a layout that reads
            them keeps the last played songs of a long history.
        users
            `(users,)` positions in `histories`.
        people
            Their demographics, in the order of `users`.
        ids
            `(users,)` int64, a known user's position plus 1, else 0; None where nobody is known.

        Returns
        -------
        vectors
            `(users, dim + 1)` float32, the last place 1, which meets the songs' bias.
        """
        if len(users) == 1:  # a request: nothing to sort, and nothing to pad
            everyone = slice(None)
            return self._run(self.padded(histories, users), people, ids, everyone)
        out = np.empty((len(users), self.width), dtype=np.float32)
        lengths = np.clip(histories.counts[users], 1, self._longest)
        # Users of like length share a call, so that little of it is padding.
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):
            # As many as fit if all of them are as long as the last.
            fits = (np.arange(1, len(order) - start + 1) * lengths[order[start:]]) <= MOST_CELLS
            stop = start + max(int(np.count_nonzero(fits)), 1)
            chosen = order[start:stop]
            out[chosen] = self._run(self.padded(histories, users[chosen]), people, ids, chosen)
            start = stop
        return out

    def padded(self, histories: Histories, users: np.ndarray) -> dict[str, np.ndarray]:
        """Lay histories out as the graph reads them: `history`, `weight`, `played_at`, `(users, length)` each."""
        if len(users) == 1 and histories.starts[users[0] + 1] > histories.starts[users[0]]:
            return self._alone(histories, int(users[0]))
        counts = histories.counts[users]
        shape = len(users), int(np.clip(counts.max(initial=1), 1, self._longest))
        padded, weight = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        rows, places = histories.places(users)
        when = None
        if histories.played_at is not None and "played_at" in self._inputs:
            when = histories.played_at
            if counts.max(initial=0) > shape[1]:
                latest = np.where(counts[rows] > shape[1], -when[places], 0)
                places = places[np.lexsort((latest, rows))]
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        kept = columns < shape[1]
        at, places = (rows[kept], columns[kept]), places[kept]
        padded[at] = histories.songs[places]
        weight[at] = 1.0 if histories.weights is None else histories.weights[places]
        times = np.full(shape, UNDATED)
        if when is not None:
            times[at] = when[places]
        return {"history": padded, "weight": weight, "played_at": times}

    def _alone(self, histories: Histories, user: int) -> dict[str, np.ndarray]:
        """Lay out the one history of a request, as `padded` does that of many."""
        own = slice(int(histories.starts[user]), int(histories.starts[user + 1]))
        songs, when = histories.songs[own], None
        weight = np.ones(len(songs), np.float32) if histories.weights is None else histories.weights[own]
        if histories.played_at is not None and "played_at" in self._inputs:
            when = histories.played_at[own]
        if len(songs) > self._longest:
            kept = np.arange(self._longest) if when is None else np.argsort(-when, kind="stable")[: self._longest]
            songs, weight, when = songs[kept], weight[kept], None if when is None else when[kept]
        times = np.full(len(songs), UNDATED) if when is None else when
        return {"history": songs[None], "weight": weight[None], "played_at": times[None]}

    def _run(
        self, values: dict[str, np.ndarray], people: UserArrays, ids: np.ndarray | None, chosen: np.ndarray | slice
    ) -> np.ndarray:
        values |= {"age": people.age[chosen], "gender": people.gender[chosen], "country": people.country[chosen]}
        values["ids"] = np.zeros(len(values["age"]), dtype=np.int64) if ids is None else ids[chosen]
        (vectors,) = self._session.run(None, {name: v for name, v in values.items() if name in self._inputs})
        return vectors


class Head:
    """The exported head: all pairs of some users' and some songs' vectors in, scores out."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path)

    def scores(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Score `(users, dim + 1)` with `(songs, dim + 1)`: `(users, songs)` float32, in blocks."""
        out = np.empty((len(users), len(items)), dtype=np.float32)
        block = max(MOST_PAIRS // max(len(items), 1), 1)
        for first in range(0, len(users), block):
            for song in range(0, len(items), MOST_PAIRS):
                values = {"users": users[first : first + block], "items": items[song : song + MOST_PAIRS]}
                (out[first : first + block, song : song + MOST_PAIRS],) = self._session.run(None, values)
        return out


class ItemTower:
    """The exported item tower: encoded songs in, vectors with their bias out."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path)
        self._inputs = {i.name for i in self._session.get_inputs()}

    def vectors(self, songs: SongArrays, index: np.ndarray, has_id: np.ndarray) -> np.ndarray:
        """Embed songs as `(songs, dim + 1)` float32; `has_id` is 0 for songs without train plays."""
        values = {
            "song": index.astype(np.int64),
            "artist": songs.artist,
            "genres": songs.genres,
            "sound": np.concatenate([songs.sound, songs.sound_known], axis=1),
            "has_id": has_id.astype(np.float32),
        }
        (vectors,) = self._session.run(None, {name: v for name, v in values.items() if name in self._inputs})
        return vectors


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one request is too small to share; several requests run side by side
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own types, which share no public base
        raise BundleError(f"{path}: can't be loaded as an ONNX model; build the bundle again") from error
