"""What an evaluation is made from: who is judged, on which plays, and what the judged model ranked first for them.

All of it is kept in the bundle, so that baselines, cohorts, slices and intervals can be worked out again later without
the tables or the model. The model itself can't be judged again from a bundle: what is served has been trained on all
plays, and only the lists of the model that had not seen the test plays say how good it is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.data.features import genre_lists
from engine.data.heat import HALF_LIVES, song_heat
from engine.data.histories import Histories
from engine.data.listening import Span
from engine.data.prepared import Prepared
from engine.data.split import TEST, TRAIN, VALID
from engine.evaluation.metrics import LENGTH, Scorer, rank_seen, score_blocks, top_k

REPEATS = 10  # of the songs known to a user that are ranked
_PAIR = ["user_index", "song_index"]


@dataclass(frozen=True)
class Judged:
    """Users, songs and plays by their part.

    Attributes
    ----------
    users, songs
        Tables, row number = position.
    plays
        One row a user, song and part (0 train, 1 valid, 2 test): `user_index`, `song_index`, `part`, `play_count`,
        `played_at` (the last time in the part) and `first_played_at`.
    heat
        As of `song_heat` at the end of the train plays, `(songs, half-lives)`; None without times.
    split
        `temporal` or `random`.
    """

    users: pd.DataFrame
    songs: pd.DataFrame
    plays: pd.DataFrame
    heat: np.ndarray | None
    split: str

    @classmethod
    def from_prepared(cls, prepared: Prepared) -> "Judged":
        """Take what is needed from prepared data."""
        plays = prepared.plays.groupby([*_PAIR, "part"], sort=True).agg(
            play_count=("play_count", "sum"), played_at=("played_at", "max"), first_played_at=("played_at", "min")
        )
        train = prepared.plays[prepared.plays["part"] == TRAIN]
        heat = song_heat(train, len(prepared.songs), Span.of(train))
        split = str(prepared.info["split"])
        kept = heat if heat.any() else None
        return cls(prepared.users, prepared.songs, plays.reset_index(), kept, split)

    @cached_property
    def train(self) -> Histories:
        """Train plays: what everything that is judged knows."""
        return self._histories(self._parts(TRAIN))

    @cached_property
    def valid(self) -> Histories:
        """Validation plays of songs that are new to the user: what baselines are tuned by."""
        plays = self._parts(VALID)
        return self._histories(plays[~self._known(plays, self._parts(TRAIN))])

    @cached_property
    def seen(self) -> Histories:
        """Train and validation plays: songs that are no candidates."""
        return self._histories(self._parts(TRAIN, VALID))

    @cached_property
    def truth(self) -> Histories:
        """Test plays of songs that are new to the user: what is to be found."""
        plays = self._parts(TEST)
        return self._histories(plays[~self._known(plays, self._parts(TRAIN, VALID))])

    @cached_property
    def repeats(self) -> Histories | None:
        """Test plays of songs that the user knew; None where the split has no time in it, and a song is in one part."""
        if self.split != "temporal":
            return None
        plays = self._parts(TEST)
        return self._histories(plays[self._known(plays, self._parts(TRAIN, VALID))])

    @cached_property
    def judged(self) -> np.ndarray:
        """Positions of the users who are judged: those with something to find, or something that they came back to."""
        return np.flatnonzero((self.truth.counts > 0) | self._returned)

    @cached_property
    def returned(self) -> np.ndarray:
        """Which of the judged came back to songs they knew, and had others to choose from, `(judged,)` bool."""
        return self._returned[self.judged]

    @cached_property
    def genres(self) -> list[list[str]]:
        """Genres of each song."""
        return list(genre_lists(self.songs))

    def notes(self) -> dict[str, Any]:
        """Say how plays were split, who is judged, and who isn't and why."""
        test = self._parts(TEST)
        played = np.bincount(test["user_index"], minlength=len(self.users)) > 0
        nothing_new = played & (self.truth.counts == 0) & ~self._returned
        judged = self.judged
        return {
            "split": self.split,
            "users": len(judged),
            "judged_on_new_songs": int((self.truth.counts[judged] > 0).sum()),
            "judged_on_known_songs": int(self.returned.sum()),
            "users_without_train_plays": int((self.train.counts[judged] == 0).sum()),
            "dropped": {
                "no test plays": int((~played).sum()),
                "test plays of songs they knew only": int(nothing_new.sum()),
            },
        }

    @cached_property
    def _returned(self) -> np.ndarray:
        if self.repeats is None:
            return np.zeros(len(self.users), dtype=bool)
        came_back = self.repeats.counts
        return (came_back > 0) & (self.seen.counts > came_back)

    def _parts(self, *parts: int) -> pd.DataFrame:
        """Plays of some parts, one row a user and song."""
        plays = self.plays[self.plays["part"].isin(parts)]
        if len(parts) == 1:
            return plays
        groups = plays.groupby(_PAIR, sort=True)
        return groups.agg(play_count=("play_count", "sum"), played_at=("played_at", "max")).reset_index()

    def _known(self, plays: pd.DataFrame, before: pd.DataFrame) -> np.ndarray:
        keys = (
            frame["user_index"].to_numpy() * len(self.songs) + frame["song_index"].to_numpy()
            for frame in (plays, before)
        )
        return np.isin(*keys)

    def _histories(self, plays: pd.DataFrame) -> Histories:
        return Histories.from_plays(plays, len(self.users))


@dataclass(frozen=True)
class Lists:
    """What something ranked first for the judged users, as song positions, best first and -1 where there are fewer.

    `new` `(judged, 20)` of songs new to the user; `known` `(judged, 10)` of those they know, where plays have times.
    """

    new: np.ndarray
    known: np.ndarray | None


def rank(judged: Judged, scorer: Scorer) -> Lists:
    """Rank the whole catalogue for each judged user: songs new to them, and apart from these the ones they know."""
    users, songs = judged.judged, len(judged.songs)
    new = np.full((len(users), LENGTH), -1, dtype=np.int32)
    known = None if judged.repeats is None else np.full((len(users), REPEATS), -1, dtype=np.int32)
    for place, chosen, scores in score_blocks(scorer, users, songs):
        if known is not None:
            known[place] = rank_seen(scores, chosen, judged.seen, REPEATS)
        scores[judged.seen.flat(chosen)] = -np.inf
        best = top_k(scores, LENGTH)
        new[place, : best.shape[1]] = best
    return Lists(new, known)


def lists_frame(judged: Judged, lists: Lists) -> pd.DataFrame:
    """Give lists as a table: `user_index`, `known` (whether of songs the user knows), `rank` from 1, `song_index`."""
    frames = []
    for known, ranked in ((False, lists.new), (True, lists.known)):
        if ranked is not None:
            rows, places = np.nonzero(ranked >= 0)
            frames.append(
                pd.DataFrame(
                    {
                        "user_index": judged.judged[rows].astype(np.int32), "known": known,
                        "rank": (places + 1).astype(np.int8), "song_index": ranked[rows, places],
                    }
                )
            )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def lists_from_frame(judged: Judged, frame: pd.DataFrame) -> Lists:
    """Read back what `lists_frame` gave."""

    def read(known: bool, length: int) -> np.ndarray:
        rows = frame[frame["known"] == known]
        ranked = np.full((len(judged.judged), length), -1, dtype=np.int32)
        ranked[np.searchsorted(judged.judged, rows["user_index"]), rows["rank"].to_numpy() - 1] = rows["song_index"]
        return ranked

    return Lists(read(False, LENGTH), None if judged.repeats is None else read(True, REPEATS))


def heat_frame(heat: np.ndarray) -> pd.DataFrame:
    """Give heat as a table, a column a half-life."""
    return pd.DataFrame(heat, columns=[f"{half_life:g}" for half_life in HALF_LIVES])
