"""Run the exported towers with onnxruntime: no torch, ready in a few hundred milliseconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from engine.data.features import SongArrays, UserArrays
from engine.errors import BundleError

LONGEST_HISTORY = 2_000  # songs; of a longer history the most played ones, so that one user can't fill the memory
MOST_CELLS = 200_000  # padded history cells a call


class UserTower:
    """The exported user tower: histories and demographics in, vectors out. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path)
        self._inputs = {i.name for i in self._session.get_inputs()}
        self.width = int(self._session.get_outputs()[0].shape[-1])

    def vectors(self, histories: Sequence[np.ndarray], users: UserArrays) -> np.ndarray:
        """Embed users.

        Parameters
        ----------
        histories
            For each user the positions of the songs heard, the most telling first; may be empty.
        users
            Their demographics, in the same order.

        Returns
        -------
        vectors
            `(users, dim + 1)` float32, the last place 1, which meets the songs' bias.
        """
        out = np.empty((len(histories), self.width), dtype=np.float32)
        lengths = np.array([min(len(h), LONGEST_HISTORY) for h in histories], dtype=np.int64)
        # Users of like length share a call, so that little of it is padding.
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and (stop + 1 - start) * max(lengths[order[stop]], 1) <= MOST_CELLS:
                stop += 1
            chosen = order[start:stop]
            out[chosen] = self._run([histories[i] for i in chosen], users, chosen)
            start = stop
        return out

    def _run(self, histories: list[np.ndarray], users: UserArrays, chosen: np.ndarray) -> np.ndarray:
        length = max(1, min(LONGEST_HISTORY, max(len(h) for h in histories)))
        padded = np.zeros((len(histories), length), dtype=np.int64)
        weight = np.zeros((len(histories), length), dtype=np.float32)
        for row, songs in enumerate(histories):
            kept = songs[:length]
            padded[row, : len(kept)] = kept
            weight[row, : len(kept)] = 1.0
        values = {
            "history": padded,
            "weight": weight,
            "age": users.age[chosen],
            "gender": users.gender[chosen],
            "country": users.country[chosen],
        }
        (vectors,) = self._session.run(None, {name: v for name, v in values.items() if name in self._inputs})
        return vectors


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
