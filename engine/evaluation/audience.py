"""Who listens to a song: its listeners by age band, gender and country, beside all listeners.

Train plays alone are counted, as everything else that is said of listening.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.evaluation.bands import AGES, as_words, in_bands
from engine.evaluation.multiple import holm
from engine.evaluation.tables import UNKNOWN

MINIMUM = 30  # listeners of whom an attribute is known; fewer say more about chance than about the song
MOST_VALUES = 6  # of an attribute without an order; the others are one row
OTHER = "other"
LEVEL = 0.05
COLUMNS = ("attribute", "value", "listeners", "share", "everyone", "differs")


@dataclass(frozen=True)
class Audience:
    """The listeners of one song.

    Parameters
    ----------
    listeners
        How many train listeners it has.
    known
        Of how many of them each attribute is known; attributes that are known of nobody at all aren't in it.
    table
        A row a value of each attribute that is known of at least `MINIMUM` of them: `attribute`, `value`, `listeners`,
        `share` (of those of whom the attribute is known), `everyone` (the share among all train listeners), `differs`
        (by more than chance, Holm's correction over the table).
    """

    listeners: int
    known: dict[str, int]
    table: pd.DataFrame


class Audiences:
    """Train listeners of all songs, grouped by song once."""

    def __init__(self, plays: pd.DataFrame, users: pd.DataFrame, songs: int) -> None:
        """Group plays (`user_index`, `song_index`, `part`, a row a pair) by song; `users` have the demographics."""
        train = plays[plays["part"] == "train"]
        song = train["song_index"].to_numpy()
        self._users = train["user_index"].to_numpy()[np.argsort(song, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(song, minlength=songs))])
        everyone = np.unique(self._users)
        self._values: dict[str, np.ndarray] = {}
        self._everyone: dict[str, pd.Series] = {}
        for name, values in _attributes(users).items():
            counts = pd.Series(values[everyone]).value_counts()
            counts = counts[counts.index != UNKNOWN]
            if len(counts) > 1:  # what is the same for all says nothing
                self._values[name], self._everyone[name] = values, counts

    def of(self, song: int) -> Audience:
        """Give the audience of a song by its position."""
        users = self._users[self._starts[song] : self._starts[song + 1]]
        known: dict[str, int] = {}
        tables = []
        for name, values in self._values.items():
            counts = pd.Series(values[users], dtype=object).value_counts()
            counts = counts[counts.index != UNKNOWN]
            known[name] = int(counts.sum())
            if known[name] >= MINIMUM:
                tables.append(_compared(name, counts, self._everyone[name]))
        if not tables:
            return Audience(len(users), known, pd.DataFrame(columns=list(COLUMNS)))
        table = pd.concat(tables, ignore_index=True)
        table["differs"] = holm(table.pop("p").to_numpy(dtype=np.float64)) <= LEVEL
        return Audience(len(users), known, table)


def _attributes(users: pd.DataFrame) -> dict[str, np.ndarray]:
    """Give each user's value of every attribute, as words."""
    return {
        "age_band": in_bands(users["age"].to_numpy(np.float64, na_value=np.nan), AGES),
        "gender": as_words(users["gender"]),
        "country": as_words(users["country"]),
    }


def _compared(name: str, counts: pd.Series, everyone: pd.Series) -> pd.DataFrame:
    if name == "age_band":
        order = [band for _, band in AGES if band in everyone.index]
    else:
        order = [*counts.index, *everyone.index.difference(counts.index, sort=False)]
    n, shares = int(counts.sum()), everyone / everyone.sum()
    frame = pd.DataFrame(
        {"value": order, "listeners": counts.reindex(order, fill_value=0), "everyone": shares.reindex(order)}
    ).reset_index(drop=True)
    if name != "age_band" and len(frame) > MOST_VALUES + 1:
        rest = frame.iloc[MOST_VALUES:]
        row = {"value": OTHER, "listeners": rest["listeners"].sum(), "everyone": rest["everyone"].sum()}
        frame = pd.concat([frame.iloc[:MOST_VALUES], pd.DataFrame([row])], ignore_index=True)
    k, p = frame["listeners"].to_numpy(np.float64), frame["everyone"].to_numpy(np.float64)
    return frame.assign(attribute=name, share=k / n, p=_binomial(k, n, np.clip(p, 0.0, 1.0)))[
        ["attribute", "value", "listeners", "share", "everyone", "p"]
    ]


def _binomial(k: np.ndarray, n: int, p: np.ndarray) -> np.ndarray:
    """Two-sided exact p-values of k out of n where each is one with chance p: twice the smaller tail."""
    from scipy.special import bdtr, bdtrc  # not when an Engine loads: that would take longer

    upper = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), n, p), 1.0)
    return np.minimum(2 * np.minimum(bdtr(k, n, p), upper), 1.0)
