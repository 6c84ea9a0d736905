"""The split and the judge of the quality benchmark: what is held out, who is judged on what, and NDCG@10 a user.

Needs numpy and pandas alone, so that anything which writes ranked lists can be judged.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

SETS = ("hetrec2k", "lastfm15k", "playlists")
GROUPS = ("warm", "new_songs", "delivered", "new_users")
DEMOGRAPHICS = ("age", "gender", "country")
K = 10

TEST_SHARE, NEW_SONGS, NEW_USERS = 0.2, 0.1, 0.05


@dataclass(frozen=True)
class Split:
    """One data set, held out in part.

    `users` and `songs` are the whole tables; `train` the plays one may learn from; `test` the plays held out, its
    column `lost` true for what new songs and new users lost beyond the ordinary cut. `new_songs` are ids.
    """

    name: str
    seed: int
    users: pd.DataFrame
    songs: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    new_songs: np.ndarray

    @property
    def temporal(self) -> bool:
        """Whether plays were cut in time."""
        return "played_at" in self.train

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that can be judged: new users only where something is known of them, or where they came in time."""
        some = self.temporal or any(column in self.users for column in DEMOGRAPHICS)
        return tuple(group for group in GROUPS if some or group != "new_users")

    @cached_property
    def user_index(self) -> pd.Index:
        """User ids by position."""
        return pd.Index(self.users["user_id"])

    @cached_property
    def song_index(self) -> pd.Index:
        """Song ids by position."""
        return pd.Index(self.songs["song_id"])

    def keys(self, plays: pd.DataFrame) -> np.ndarray:
        """Number each (user, song) of `plays`, `(rows,)` int64."""
        users, songs = positions(self.user_index, plays["user_id"]), positions(self.song_index, plays["song_id"])
        return users * len(self.songs) + songs

    @cached_property
    def seen(self) -> np.ndarray:
        """The (user, song) numbers of the train plays, sorted."""
        return np.unique(self.keys(self.train))

    @cached_property
    def _truths(self) -> dict[str, np.ndarray]:
        return {}

    def candidates(self, group: str) -> np.ndarray:
        """Tell which songs may be shown to a group, `(songs,)` bool by position."""
        if group == "delivered":
            return np.ones(len(self.songs), dtype=bool)
        return np.asarray(self.song_index.isin(self.new_songs if group == "new_songs" else self.train["song_id"]))

    def truth(self, group: str) -> np.ndarray:
        """Number the relevant (user, song) of a group, sorted: held out, new to the user, among the candidates.

        What new songs lost is asked for among new songs only: in the delivered list they keep the share of plays that
        they have in the data.
        """
        if group not in GROUPS:
            raise ValueError(f"{group}: no such group; there are {', '.join(GROUPS)}")
        if group not in self._truths:
            self._truths[group] = self._relevant(group)
        return self._truths[group]

    def _relevant(self, group: str) -> np.ndarray:
        test = self.test[~self.test["lost"]] if group == "delivered" else self.test
        heard = test["user_id"].isin(self.train["user_id"])
        keys = np.setdiff1d(self.keys(test[heard != (group == "new_users")]), self.seen)
        return keys[self.candidates(group)[keys % len(self.songs)]]

    def write(self, folder: Path) -> None:
        """Write `users.csv`, `songs.csv` and `plays.csv`, the plays of the train part alone."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("users", "songs"):
            getattr(self, name).to_csv(folder / f"{name}.csv", index=False)
        self.train.to_csv(folder / "plays.csv", index=False)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that is judged, by which saved results are known to belong to this split."""
        digest = hashlib.sha256(self.seen.tobytes())
        for group in self.groups:
            digest.update(self.truth(group).tobytes())
        return digest.hexdigest()[:16]


def positions(index: pd.Index, ids: pd.Series) -> np.ndarray:
    """Find ids in `index`, `(rows,)` int64, -1 where one is missing; each id is looked up once."""
    codes, names = pd.factorize(ids)
    return index.get_indexer(pd.Index([str(name) for name in names], dtype=index.dtype)).astype(np.int64)[codes]


def make_split(name: str, seed: int, data: Path | None = None) -> Split:
    """Split one of `SETS`; `data` is the folder of all sets, by default `LHYDRA_DATA` or `../shared/data`."""
    folder = (data or data_folder()) / name
    users, songs, plays = (pd.read_csv(folder / f"{table}.csv.gz", dtype=str) for table in ("users", "songs", "plays"))
    new_users = NEW_USERS if any(column in users for column in DEMOGRAPHICS) else 0.0
    return hold_out(name, users, songs, plays, seed, TEST_SHARE, NEW_SONGS, new_users)


def data_folder() -> Path:
    """Where the real data sets are."""
    return Path(os.environ.get("LHYDRA_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def inner_split(split: Split, cold: bool) -> Split:
    """Split the train part again to choose hyper-parameters on; with new songs and new users if `cold`."""
    shares = (NEW_SONGS, NEW_USERS if any(column in split.users for column in DEMOGRAPHICS) else 0.0)
    test_share = TEST_SHARE if split.temporal else TEST_SHARE / 2
    seed = split.seed + 1_000
    return hold_out(split.name, split.users, split.songs, split.train, seed, test_share, *(shares if cold else (0, 0)))


def hold_out(
    name: str,
    users: pd.DataFrame,
    songs: pd.DataFrame,
    plays: pd.DataFrame,
    seed: int,
    test_share: float,
    new_songs: float = 0.0,
    new_users: float = 0.0,
) -> Split:
    """Hold plays out.

    With `played_at` one cut in time for all, else a share of each user's plays at random, at least one of which stays.
    Then a share of the songs and of the users lose all their train plays. At random these become test plays; in time
    they are gone, for the truth is what comes after the cut, and songs first played after it are new songs too.
    """
    rng = np.random.default_rng(seed)
    plays = plays.sort_values(["user_id", "song_id"], kind="stable", ignore_index=True)
    temporal = "played_at" in plays
    if temporal:
        times = pd.to_datetime(plays["played_at"])
        test = (times > times.quantile(1 - test_share, interpolation="lower")).to_numpy()
    else:
        test = _share_of_each_user(plays["user_id"], test_share, rng)

    drawn = _draw(plays["song_id"], new_songs, rng)
    lost = plays["song_id"].isin(drawn) | plays["user_id"].isin(_draw(plays["user_id"], new_users, rng))
    train = plays[~test & ~lost]
    held = plays.assign(lost=~test)[test | (lost & (not temporal))]
    if temporal:
        late = plays.loc[~plays["song_id"].isin(plays.loc[~test, "song_id"]), "song_id"]
        drawn = np.sort(pd.unique(np.concatenate([drawn, late.to_numpy(dtype=object)])))
    return Split(name, seed, users, songs, train.reset_index(drop=True), held.reset_index(drop=True), drawn)


def _share_of_each_user(users: pd.Series, share: float, rng: np.random.Generator) -> np.ndarray:
    codes, ids = pd.factorize(users, sort=True)
    counts = np.bincount(codes)
    # Rounded at random: a user with two plays has one held out now and then instead of never.
    wanted = np.minimum(np.floor(counts * share + rng.random(len(ids))).astype(int), counts - 1)
    place = pd.Series(rng.random(len(users))).groupby(codes).rank(method="first").to_numpy() - 1
    return place < wanted[codes]


def _draw(ids: pd.Series, share: float, rng: np.random.Generator) -> np.ndarray:
    present = np.sort(ids.unique().to_numpy(dtype=object))
    return np.sort(rng.choice(present, round(len(present) * share), replace=False))


def judge(frame: pd.DataFrame, split: Split, group: str) -> pd.Series:
    """Compute NDCG@10 of ranked lists for each user of a group.

    Binary gains; the ideal has min(10, relevant) hits. Songs that are no candidates of the group, and train songs of
    the user, are dropped from the lists before the first ten are taken.

    Parameters
    ----------
    frame
        Columns `user_id`, `song_id`, `rank`, the best rank the lowest; more than ten a user where some will be dropped.

    Returns
    -------
    ndcg
        By `user_id`, a value for every user with a relevant song; 0 without a list.
    """
    users, songs = positions(split.user_index, frame["user_id"]), positions(split.song_index, frame["song_id"])
    if (users < 0).any() or (songs < 0).any():
        raise ValueError("the lists hold ids that the tables don't")
    return judge_positions(users, songs, frame["rank"].to_numpy(), split, group)


def judge_positions(users: np.ndarray, songs: np.ndarray, ranks: np.ndarray, split: Split, group: str) -> pd.Series:
    """Judge lists as `judge` does, given by positions, each `(rows,)`."""
    truth, width = split.truth(group), len(split.songs)
    relevant = np.bincount(truth // width, minlength=len(split.users))
    keys = users * width + songs
    kept = (relevant[users] > 0) & split.candidates(group)[songs] & ~np.isin(keys, split.seen)
    ranked = pd.DataFrame({"user": users[kept], "key": keys[kept], "rank": ranks[kept]})
    ranked = ranked.sort_values(["user", "rank"], kind="stable").drop_duplicates("key")
    place = ranked.groupby("user").cumcount().to_numpy()
    gain = np.isin(ranked["key"].to_numpy(), truth) * (place < K) / np.log2(place + 2)
    dcg = np.bincount(ranked["user"], weights=gain, minlength=len(split.users))
    ideal = np.cumsum(1 / np.log2(np.arange(K) + 2))[np.minimum(relevant, K) - 1]
    judged = relevant > 0
    return pd.Series((dcg / ideal)[judged], index=split.user_index[judged], name="ndcg@10")


class Difference(NamedTuple):
    """A mean difference with its 95 % interval."""

    mean: float
    low: float
    high: float


def compare(a: pd.Series, b: pd.Series, draws: int = 10_000, seed: int = 0) -> Difference:
    """Compare two judged models: the mean of a − b, with a paired percentile bootstrap over users.

    Raises
    ------
    ValueError
        The two judge different users.
    """
    if not a.index.sort_values().equals(b.index.sort_values()):
        raise ValueError("the two judge different users")
    difference = (a - b.reindex(a.index)).to_numpy()
    users, rng = len(difference), np.random.default_rng(seed)
    block = max(1, 10_000_000 // users)  # draws of all users at a time, about 80 MB
    means = [
        difference[rng.integers(0, users, (min(block, draws - start), users), dtype=np.int32)].mean(axis=1)
        for start in range(0, draws, block)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return Difference(float(difference.mean()), float(low), float(high))


def across_seeds(judged: Sequence[pd.Series]) -> pd.Series:
    """Average each user over the seeds in which they were judged, so that a bootstrap over users stays one."""
    return pd.concat(judged).groupby(level=0).mean()
