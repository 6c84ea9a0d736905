"""Predict pairs with the exported prediction layer: how likely a listener is to play a song, and how often."""

from dataclasses import dataclass

import numpy as np

from engine.data.pair_facts import PairFacts
from engine.serving import bundle as files
from engine.serving.bundle import Bundle
from engine.serving.runtime import LONGEST_HISTORY, _session


@dataclass(frozen=True)
class Predicted:
    """`probability` `(songs,)` of a play, and `plays` `(songs,)` there would be, NaN where counts were not learnt."""

    probability: np.ndarray
    plays: np.ndarray


class Predictor:
    """The exported layer with the facts it reads. Safe to call from several threads."""

    def __init__(self, bundle: Bundle) -> None:
        self._session = _session(bundle.path(files.HEAD))
        self._one_row = self._session.get_inputs()[0].shape[0] == 1  # an older bundle's graph reads a user a song
        self._facts = PairFacts.load(bundle.path(files.HEAD_FACTS))

    def predict(
        self, user: np.ndarray, items: np.ndarray, songs: np.ndarray, history: np.ndarray, play_counts: np.ndarray
    ) -> Predicted:
        """Predict songs for one listener.

        Parameters
        ----------
        user
            `(dim + 1,)`, the user tower's vector.
        items
            `(songs, dim + 1)`, the songs' vectors.
        songs
            `(songs,)`, their positions.
        history, play_counts
            The songs heard, the most telling first, and how often; NaN where that isn't known.
        """
        history, play_counts = history[:LONGEST_HISTORY], play_counts[:LONGEST_HISTORY]  # as the user tower reads it
        row = np.zeros(len(songs), dtype=np.int64)
        shown = np.zeros(len(history), dtype=np.int64), history, np.log1p(play_counts.astype(np.float64))
        values = {
            "users": np.repeat(user[None].astype(np.float32), 1 if self._one_row else len(songs), axis=0),
            "items": np.ascontiguousarray(items, dtype=np.float32),
            "facts": self._facts.of(shown, 1, row, songs),
        }
        found = [np.asarray(out, dtype=np.float64) for out in self._session.run(None, values)]
        plays = np.maximum(np.expm1(found[1]), 0.0) if len(found) > 1 else np.full(len(songs), np.nan)
        return Predicted(found[0], plays)
