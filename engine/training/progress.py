"""Where training is, how fast it goes and when it will be done: what the progress bar shows after each step."""

import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Progress:
    """Where training is.

    `refit` is training on everything, to an end that is known; `member` says which network of how many it is.

    `songs_per_second` counts the songs of the histories that steps went through in this pass, shown or to be
    predicted, by all processes. `seconds_left` is at most how long training may go on: validation stops most runs
    long before.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    ndcg: float
    best_ndcg: float
    refit: bool = False
    songs_per_second: float = float("nan")
    seconds_left: float = float("nan")
    member: tuple[int, int] = (1, 1)

    @property
    def text(self) -> str:
        """One line: epoch, loss, validation NDCG@10 now and at best, speed, and the time left."""
        parts = [f"epoch {self.epoch}", f"loss {self.loss:.3f}"]
        if self.refit:
            parts[0] = f"on all plays · epoch {self.epoch} of {self.epochs}"
        else:
            now = "–" if np.isnan(self.ndcg) else f"{self.ndcg:.4f}"
            parts.append(f"NDCG@10 {now} · best {max(self.best_ndcg, 0):.4f}")
        if self.songs_per_second > 0:
            parts.append(f"{self.songs_per_second:,.0f} songs/s")
        if self.seconds_left >= 0:
            parts.append(f"{'' if self.refit else 'at most '}{_duration(self.seconds_left)} left")
        if self.member[1] > 1:
            parts.insert(0, "network {} of {}".format(*self.member))
        return " · ".join(parts)

    @property
    def fraction(self) -> float:
        """How far it is, 0–1: of the epoch, where nobody knows how many there will be."""
        done = self.step / self.steps
        if not self.refit:
            return done
        number, count = self.member
        return (number - 1 + (self.epoch - 1 + done) / self.epochs) / count


class Pace:
    """Counts songs and steps against the clock, from the first step of this process."""

    def __init__(self, steps: int) -> None:
        """Await `steps` steps, or fewer."""
        self._left = steps
        self._done = 0
        self._began = self._pass_began = time.perf_counter()
        self._songs = 0

    def begin_pass(self) -> None:
        """Count songs from here."""
        self._pass_began, self._songs = time.perf_counter(), 0

    def step(self, songs: int) -> None:
        """Count a step that went through `songs` songs."""
        self._songs += songs
        self._done += 1
        self._left -= 1

    @property
    def songs_per_second(self) -> float:
        """In this pass so far, without validation and saving."""
        return self._songs / max(time.perf_counter() - self._pass_began, 1e-9)

    @property
    def seconds_left(self) -> float:
        """If all steps that may come take as long as those so far, validation and saving included."""
        return (time.perf_counter() - self._began) / max(self._done, 1) * self._left


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
