"""What train plays say of songs and users: how many, since when, until when, and whether they are rising.

Counted shard by shard and added up, since a shard holds all plays of its users. Nothing but the plays it is given is
counted, so what is fitted on it has seen no held-out play.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

WINDOW = 0.05  # of the span of the train plays: what is recent, and what it is compared with
_NEVER_FIRST, _NEVER_LAST = np.iinfo(np.int64).max, np.iinfo(np.int64).min
DAY = 86_400_000_000  # microseconds
YEAR = 365.2425 * DAY


@dataclass(frozen=True)
class Span:
    """The time that plays cover, as microseconds since 1970, UTC; `start` > `end` where no play has a time."""

    start: int = _NEVER_FIRST
    end: int = _NEVER_LAST

    @classmethod
    def of(cls, plays: pd.DataFrame) -> "Span":
        """Span of plays by their `played_at`."""
        times = dated_microseconds(plays)[1]
        return cls(int(times.min()), int(times.max())) if len(times) else cls()

    def __or__(self, other: "Span") -> "Span":
        """Span of both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    @property
    def dated(self) -> bool:
        """Whether any play has a time."""
        return self.start <= self.end


@dataclass
class Listening:
    """Counts of plays by song and by user, as arrays by position.

    `listeners`, `plays`, `first`, `last` (microseconds; their extremes where no play has a time), `recent` and
    `before` (plays in the last window of the span and in the one before it) are `(songs,)`; `user_songs`,
    `user_plays`, `user_first`, `user_last` `(users,)`. `ages` are count, sum and sum of squares of the songs' ages in
    years at the plays.
    """

    span: Span
    listeners: np.ndarray
    plays: np.ndarray
    first: np.ndarray
    last: np.ndarray
    recent: np.ndarray
    before: np.ndarray
    user_songs: np.ndarray
    user_plays: np.ndarray
    user_first: np.ndarray
    user_last: np.ndarray
    ages: np.ndarray

    @classmethod
    def empty(cls, users: int, songs: int, span: Span) -> "Listening":
        """Counts of no plays."""
        return cls(
            span,
            np.zeros(songs, dtype=np.int64), np.zeros(songs),
            np.full(songs, _NEVER_FIRST), np.full(songs, _NEVER_LAST), np.zeros(songs), np.zeros(songs),
            np.zeros(users, dtype=np.int64), np.zeros(users),
            np.full(users, _NEVER_FIRST), np.full(users, _NEVER_LAST), np.zeros(3),
        )  # fmt: skip

    def add(self, plays: pd.DataFrame, release_year: np.ndarray) -> None:
        """Count further plays; all plays of a user have to come in the same call.

        Parameters
        ----------
        plays
            Columns `user_index`, `song_index`, `play_count`, `played_at`.
        release_year
            `(songs,)`, NaN where unknown.
        """
        users, songs = plays["user_index"].to_numpy(np.int64), plays["song_index"].to_numpy(np.int64)
        counts, size = plays["play_count"].to_numpy(np.float64), len(self.plays)
        pairs = np.unique(users * size + songs)
        self.listeners += np.bincount(pairs % size, minlength=size)
        self.user_songs += np.bincount(pairs // size, minlength=len(self.user_songs))
        self.plays += np.bincount(songs, weights=counts, minlength=size)
        self.user_plays += np.bincount(users, weights=counts, minlength=len(self.user_plays))
        dated, times = dated_microseconds(plays)
        if not len(times):
            return
        users, songs, counts = users[dated], songs[dated], counts[dated]
        for at, first, last in ((songs, self.first, self.last), (users, self.user_first, self.user_last)):
            np.minimum.at(first, at, times)
            np.maximum.at(last, at, times)
        window = (self.span.end - self.span.start) * WINDOW
        for lowest, highest, into in ((1, 0, self.recent), (2, 1, self.before)):
            inside = (times > self.span.end - lowest * window) & (times <= self.span.end - highest * window)
            into += np.bincount(songs[inside], weights=counts[inside], minlength=size)
        age = song_age(times, release_year[songs])
        known = age[np.isfinite(age)]
        self.ages += (len(known), known.sum(), (known**2).sum())

    @property
    def recency(self) -> np.ndarray:
        """Days from each song's last play to the end of the span, `(songs,)`, NaN where no play has a time."""
        return np.where(self.last > _NEVER_LAST, (self.span.end - np.maximum(self.last, 0)) / DAY, np.nan)

    @property
    def trend(self) -> np.ndarray:
        """Log of recent plays over those in the window before, each plus 1, `(songs,)`; NaN where none has a time."""
        rise = np.log1p(self.recent) - np.log1p(self.before)
        return np.where(self.last > _NEVER_LAST, rise, np.nan)

    def tenure(self, signed_up_at: pd.Series) -> np.ndarray:
        """Days from signing up, or from the first play where that isn't known, to the end of the span, `(users,)`."""
        if not self.span.dated:
            return np.full(len(self.user_first), np.nan)
        began = signed_up_at.dt.tz_localize(None).astype("datetime64[us]").to_numpy().astype(np.int64)
        began = np.where(signed_up_at.isna(), self.user_first, began)
        return np.where(began < _NEVER_FIRST, np.maximum(self.span.end - began.astype(np.float64), 0) / DAY, np.nan)

    def song_frame(self) -> pd.DataFrame:
        """One row a song with everything that was counted, in order of position."""
        return pd.DataFrame(
            {
                "listeners": self.listeners,
                "plays": self.plays,
                "first_played_at": _times(self.first),
                "last_played_at": _times(self.last),
                "recency_days": self.recency,
                "trend": self.trend,
            }
        )

    def user_frame(self, signed_up_at: pd.Series) -> pd.DataFrame:
        """One row a user with everything that was counted, in order of position."""
        return pd.DataFrame(
            {
                "songs": self.user_songs,
                "plays": self.user_plays,
                "first_played_at": _times(self.user_first),
                "last_played_at": _times(self.user_last),
                "tenure_days": self.tenure(signed_up_at),
            }
        )


def song_age(times: np.ndarray, release_year: np.ndarray) -> np.ndarray:
    """Age of a song in years at a play, `(plays,)`: at least 0, for a release year is known to the year only.

    Parameters
    ----------
    times
        Microseconds since 1970.
    """
    return np.maximum(times / YEAR + 1970.0 - release_year, 0.0)


def dated_microseconds(plays: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Tell which plays have a time, `(plays,)` bool, and give those times as microseconds since 1970."""
    times = plays["played_at"].to_numpy().astype("datetime64[us]")
    dated = ~np.isnat(times)
    return dated, times[dated].astype(np.int64)


def _times(microseconds: np.ndarray) -> pd.Series:
    known = (microseconds > _NEVER_LAST) & (microseconds < _NEVER_FIRST)
    times = np.where(known, microseconds, 0).astype("datetime64[us]")
    return pd.Series(times).where(known)
