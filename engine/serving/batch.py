"""Recommend for many users at once: exact search, block by block, in the owner's ids."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from engine.data.files import malformed_rows, read_table_with_rejects
from engine.errors import DataError
from engine.evaluation.metrics import BLOCK_SCORES
from engine.retrieval.top_k import top_k_of_rows
from engine.serving.engine import Engine

MOST_USERS_A_BLOCK = 1_024
Progress = Callable[[int, int], None]


class BatchScorer:
    """Finds the k best songs of users by their positions, a block of scores in memory at a time.

    Parameters
    ----------
    k
        Songs a user; a user gets fewer only if fewer unseen songs exist.
    only_new_songs
        Choose among the songs that nobody has played.

    Raises
    ------
    DataError
        `only_new_songs`, and every song has been played.
    """

    def __init__(self, engine: Engine, k: int, only_new_songs: bool = False) -> None:
        songs = len(engine.songs)
        played = np.bincount(engine.histories.songs, minlength=songs) > 0
        self.allowed = np.flatnonzero(~played) if only_new_songs else np.arange(songs)
        if len(self.allowed) == 0:
            raise DataError(f"{engine.bundle.folder}: every song has plays, so there are no new songs to recommend")
        self.k = min(k, len(self.allowed))
        self.block = int(np.clip(BLOCK_SCORES // len(self.allowed), 1, MOST_USERS_A_BLOCK))
        self._engine, exact = engine, engine.recommender.exact
        self._index = exact.narrowed(self.allowed) if only_new_songs else exact
        self._place = np.full(songs, -1)
        self._place[self.allowed] = np.arange(len(self.allowed))

    def lists(
        self, users: np.ndarray, on_progress: Callable[[int], None] = lambda done: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rank unseen songs: positions `(users, k)` int32, -1 where none is left, and scores `(users, k)` float32."""
        positions = np.empty((len(users), self.k), dtype=np.int32)
        values = np.empty((len(users), self.k), dtype=np.float32)
        vectors = self._engine.user_vectors(users)
        # Once for all blocks: that much memory asked for anew costs nearly as long as the product that fills it.
        scored = np.empty((min(self.block, len(users)), len(self.allowed)), dtype=np.float32)
        for start in range(0, len(users), self.block):
            at = slice(start, start + self.block)
            scores = self._index.scores(vectors[at], scored[: len(vectors[at])])
            rows, heard = self._engine.histories.flat(users[at])
            seen = self._place[heard] >= 0
            scores[rows[seen], self._place[heard[seen]]] = -np.inf
            best, values[at] = top_k_of_rows(scores, self.k)
            positions[at] = np.where(best < 0, -1, self.allowed[best])
            on_progress(min(start + self.block, len(users)))
        return positions, values


def recommend_users(
    engine: Engine,
    users: np.ndarray,
    k: int,
    only_new_songs: bool = False,
    on_progress: Progress = lambda done, total: None,
) -> pd.DataFrame:
    """Recommend k unseen songs to each user; for more users than memory holds see `recommend_to_file`.

    Parameters
    ----------
    users
        Positions of the users. One without plays is answered from the demographics.
    k, only_new_songs
        As of `BatchScorer`, and what it raises.

    Returns
    -------
    frame
        `user_id`, `song_id`, `rank` (from 1), `score`; users in the order given.
    """
    scorer = BatchScorer(engine, k, only_new_songs)
    positions, values = scorer.lists(users, lambda done: on_progress(done, len(users)))
    row, place = np.nonzero(positions >= 0)
    return pd.DataFrame(
        {
            "user_id": engine.users["user_id"].array.take(users[row]),
            "song_id": engine.songs["song_id"].array.take(positions[row, place]),
            "rank": place + 1,
            "score": values[row, place].astype(np.float64),
        }
    )


def select_users(engine: Engine, users: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Read which users are asked for.

    Parameters
    ----------
    users
        `all`, or the path of a CSV or Parquet file with a column `user_id`.

    Returns
    -------
    positions
        Known users, each once, in the order of the file.
    rejects
        `file`, `line`, `reason`, `content` of the rows that are malformed or name no known user.

    Raises
    ------
    DataError
        The file can't be read, or names no known user at all.
    """
    path = Path(users)
    if users == "all":
        return np.arange(len(engine.users)), malformed_rows(path, [])
    table, malformed = read_table_with_rejects(path, ["user_id"])
    asked = table["user_id"].astype("str")
    positions = pd.Index(engine.users["user_id"]).get_indexer(pd.Index(asked))
    known = positions >= 0
    if not known.any():
        first = f", the first is {asked.iloc[0]!r:.60}" if len(asked) else ""
        raise DataError(f"{users}: none of its {len(asked):,} user_ids is known to {engine.bundle.name}{first}")
    unknown = [(line, "unknown user_id", text) for line, text in asked[~known].items()]
    return pd.unique(positions[known]), malformed_rows(path, [*malformed, *unknown])
