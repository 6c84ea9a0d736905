"""What may be changed of a listener and a song, and where the song ranks then."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """What is other than it is.

    `without` are ids of songs taken out of the history; `told` what is said of the listener instead, by `age`, `gender`
    and `country`, None for unknown; `sound` what the song is like instead, by column.
    """

    without: tuple[str, ...] = ()
    told: Mapping[str, float | str | None] = field(default_factory=dict)
    sound: Mapping[str, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many things are changed."""
        return len(self.without) + len(self.told) + len(self.sound)


@dataclass(frozen=True)
class Place:
    """A song's score for someone, and its rank among the songs that they have not heard, from 1."""

    score: float
    rank: int


@dataclass(frozen=True)
class Smallest:
    """What was found: the place now, the change (None if nothing drops it) and the place after it.

    `tried` changes were looked at. All changes of one thing were, among the songs of the history the 40 that lift the
    song most; of two the most telling pairs; larger ones were grown song by song, so that a smaller one may exist.
    """

    now: Place
    change: Change | None
    after: Place | None
    tried: int
