"""Recommend for many users at once: exact search, block by block, in the owner's ids."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from engine.data.files import malformed_rows, read_table_with_rejects
from engine.errors import DataError
from engine.evaluation.metrics import BLOCK_SCORES, top_k
from engine.serving.engine import Engine


def recommend_users(
    engine: Engine,
    users: np.ndarray,
    k: int,
    only_new_songs: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Recommend k unseen songs to each user.

    Parameters
    ----------
    users
        Positions of the users. One without plays is answered from the demographics.
    k
        Songs a user; a user gets fewer only if fewer unseen songs exist.
    only_new_songs
        Choose among the songs that nobody has played.

    Returns
    -------
    frame
        `user_id`, `song_id`, `rank` (from 1), `score`; users in the order given.

    Raises
    ------
    DataError
        `only_new_songs`, and every song has been played.
    """
    songs = len(engine.songs)
    played = np.bincount(engine.histories.songs, minlength=songs) > 0
    allowed = np.flatnonzero(~played) if only_new_songs else np.arange(songs)
    if len(allowed) == 0:
        raise DataError(f"{engine.bundle.folder}: every song has plays, so there are no new songs to recommend")
    index = engine.recommender.exact.narrowed(allowed)
    place = np.full(songs, -1)
    place[allowed] = np.arange(len(allowed))

    song_ids, user_ids = engine.songs["song_id"].to_numpy(), engine.users["user_id"].to_numpy()
    block = int(np.clip(BLOCK_SCORES // len(allowed), 1, 4_096))
    parts = []
    for start in range(0, len(users), block):
        chosen = users[start : start + block]
        scores = index.scores(engine.user_vectors(chosen))
        rows, heard = engine.histories.flat(chosen)
        seen = place[heard] >= 0
        scores[rows[seen], place[heard[seen]]] = -np.inf
        best = top_k(scores, k)
        rank = np.broadcast_to(np.arange(1, best.shape[1] + 1), best.shape)
        kept = best >= 0
        values = np.take_along_axis(scores, best, axis=1)
        user = np.broadcast_to(user_ids[chosen][:, None], best.shape)
        parts.append(
            pd.DataFrame(
                {
                    "user_id": user[kept],
                    "song_id": song_ids[allowed[best[kept]]],
                    "rank": rank[kept],
                    "score": values[kept].astype(np.float64),
                }
            )
        )
        on_progress(min(start + block, len(users)), len(users))
    empty = pd.DataFrame({"user_id": [], "song_id": [], "rank": [], "score": []})
    return pd.concat(parts, ignore_index=True) if parts else empty


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
