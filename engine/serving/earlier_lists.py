"""What an earlier batch has found, taken over where nothing that it was made from has changed.

A Parquet file of recommendations carries with it, as metadata, what was asked for, by which model, and a fingerprint
of each user: all that the user tower reads of them. The file itself is the cache: there is nothing beside it to lose
or to forget.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.serving import bundle as files
from engine.serving.batch import BatchScorer
from engine.serving.engine import Engine

VERSION = 1  # raise it whenever scoring or fingerprints change
MOST_USERS = 5_000_000  # whose fingerprints a file carries: Parquet reads no more metadata than 100 MB
_SCORES_BY = (files.VECTORS, files.USER_TOWER, files.SCORE, files.SONGS)
_OF_USER = np.dtype([("print", "<u8"), ("rows", "<u2")])


def described(engine: Engine, scorer: BatchScorer, k: int) -> dict[str, Any]:
    """Say what lists depend on beside the user: the bundle's files that scoring reads, and the parameters."""
    hashes = {name: engine.bundle.manifest["files"].get(name) for name in _SCORES_BY}
    among = hashlib.sha256(scorer.allowed.astype("<i8").tobytes()).hexdigest()
    return {"version": VERSION, "k": k, "among": among, **hashes}


def fingerprints(engine: Engine, users: np.ndarray) -> np.ndarray:
    """Give a number for each user's id and all that is known of them, `(users,)` uint64."""
    names = pd.util.hash_array(engine.users["user_id"].to_numpy(dtype=object)[users], categorize=False)
    return engine.fingerprints(users) ^ names.astype(np.uint64)


@dataclass(frozen=True)
class EarlierLists:
    """The lists of an earlier file, by fingerprint; without such a file, none.

    `prints` `(users,)` sorted, `groups` the row group each lies in, `starts` and `rows` where in it.
    """

    prints: np.ndarray
    groups: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    path: Path | None
    engine: Engine

    @classmethod
    def open(cls, path: Path, asked: dict[str, Any], engine: Engine) -> "EarlierLists":
        """Look at what lies at `path`; whatever is no file of the same model and parameters counts as none."""
        none = np.empty(0, dtype=np.int64)
        nothing = cls(none.astype(np.uint64), none, none, none, None, engine)
        if not path.name.lower().endswith(".parquet") or not path.is_file():
            return nothing
        try:
            about = pq.read_metadata(path)
            kept = about.metadata or {}
            if json.loads(kept.get(b"lhydra", b"null")) != asked:
                return nothing
            of_users = np.frombuffer(base64.b64decode(kept[b"lhydra.users"]), dtype=_OF_USER)
        except (pa.ArrowException, OSError, ValueError, KeyError):
            return nothing
        rows = of_users["rows"].astype(np.int64)
        first = np.cumsum(rows) - rows
        bounds = np.cumsum([about.row_group(g).num_rows for g in range(about.num_row_groups)])
        if len(rows) and (not len(bounds) or first[-1] + rows[-1] != bounds[-1]):
            return nothing  # somebody has written to it since
        group = np.searchsorted(bounds, first, side="right").clip(max=max(len(bounds) - 1, 0))
        starts = first - np.concatenate([[0], bounds])[group]
        order = np.argsort(of_users["print"], kind="stable")
        return cls(of_users["print"][order], group[order], starts[order], rows[order], path, engine)

    @staticmethod
    def kept(prints: np.ndarray, rows: np.ndarray) -> dict[bytes, bytes]:
        """Give what a new file is to carry, for fingerprints and rows a user in the order of the file."""
        if len(prints) > MOST_USERS:
            return {}
        of_users = np.empty(len(prints), dtype=_OF_USER)
        of_users["print"], of_users["rows"] = prints, rows
        return {b"lhydra.users": base64.b64encode(of_users.tobytes())}

    def holds(self, prints: np.ndarray) -> np.ndarray:
        """Tell which users' lists are there, `(users,)` bool."""
        if not len(self.prints):
            return np.zeros(len(prints), dtype=bool)
        return np.asarray(self.prints[self._at(prints)] == prints)

    def lists(self, prints: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Read lists that are there: positions `(users, k)` int32, -1 where there are fewer, and scores."""
        positions = np.full((len(prints), k), -1, dtype=np.int32)
        values = np.full((len(prints), k), -np.inf, dtype=np.float32)
        if self.path is None or not len(prints):
            return positions, values
        at = self._at(prints)
        with pq.ParquetFile(self.path) as file:
            for group in np.unique(self.groups[at]):
                table = file.read_row_group(int(group), columns=["song_id", "score"])
                songs = self.engine.song_positions(table["song_id"].to_pandas())
                scores = table["score"].to_numpy()
                for row in np.flatnonzero(self.groups[at] == group):
                    start, rows = self.starts[at[row]], self.rows[at[row]]
                    positions[row, :rows] = songs[start : start + rows]
                    values[row, :rows] = scores[start : start + rows]
        return positions, values

    def _at(self, prints: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.prints, prints).clip(max=len(self.prints) - 1)
