"""What an explanation says: shares of one score, by group and by song of the history."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.explain.questions import LARGEST_ERROR, Baseline

HISTORY, AGE, GENDER, COUNTRY, OWN = "history", "age", "gender", "country", "listener"
SONG, ARTIST, GENRES, POPULARITY, NOW = "song", "artist", "genres", "popularity", "now"
ANY_SONG = "any_song"
OF_LISTENER = (HISTORY, AGE, GENDER, COUNTRY, OWN)
"""Groups that are the listener's; all others are the song's."""


@dataclass(frozen=True)
class Explanation:
    """Why a song has its score for someone.

    Attributes
    ----------
    score, baseline_score
        Of the song for the listener, and of the baseline's song for the baseline's listener.
    completeness_error
        How far the attributions are from adding up to the difference of the two, as a share of it; None where there is
        no difference to speak of. Ablation takes one group away at a time, so its parts need not add up.
    groups
        `name`, `attribution`, the largest first by size: `history` (all its songs together), `age`, `gender`,
        `country`, `listener` (their own vector, if there is one); `song` (what its own listeners say of it), `artist`,
        `genres`, a column for each audio feature, `release_year`, `popularity`, `now` (how much it is played at the
        moment; of a song that nobody has played, how much such songs are); `any_song`, how much more the baseline's
        song scores for the listener than for the baseline's, which is no reason for this song. Features that the bundle
        doesn't know are left out.
    history
        `song_id`, `title`, `artist`, `attribution`, the largest first by size.
    effort
        Steps of the integral, samples, or passes that it took.
    """

    user_id: str | None
    song_id: str
    score: float
    baseline_score: float
    method: str
    completeness_error: float | None
    groups: pd.DataFrame
    history: pd.DataFrame
    baseline: Baseline
    effort: int

    @property
    def difference(self) -> float:
        """What there is to explain."""
        return self.score - self.baseline_score

    @property
    def complete(self) -> bool:
        """Whether the attributions add up to the difference within `LARGEST_ERROR` of it."""
        return self.completeness_error is not None and self.completeness_error < LARGEST_ERROR

    def largest(self, most: int = 3) -> list[str]:
        """Name the groups that count most; what is the same for any song doesn't count."""
        return list(self.groups.loc[self.groups["name"] != ANY_SONG, "name"].head(most))

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it; songs of the history go by their ids."""
        return {
            "user_id": self.user_id,
            "song_id": self.song_id,
            "score": self.score,
            "baseline_score": self.baseline_score,
            "method": self.method,
            "completeness_error": self.completeness_error,
            "groups": _pairs(self.groups, "name"),
            "history": _pairs(self.history, "song_id"),
        }


def _pairs(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    return [{"name": str(n), "attribution": float(a)} for n, a in zip(frame[name], frame["attribution"], strict=True)]
