"""Which song each play is: an old favourite, another song by an artist already known, or a discovery by taste.

A play is either a replay of one of the listener's earlier plays or a discovery. Recent plays come back more, as
people do (Anderson et al., The dynamics of repeat consumption, 2014), and what has been replayed comes back again, so
favourites emerge. A discovery goes to an artist already known, or to one drawn by taste and popularity.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.data.simulate.artists import Artists, Floats, Ints
from engine.data.simulate.listeners import Listeners
from engine.data.simulate.sessions import DAY_SECONDS, simulate_times
from engine.data.simulate.songs import Songs
from engine.data.simulate.tastes import ArtistTaste

# Listeners drawn at once: the table of listeners by artists is the largest there is.
_BLOCK_CELLS = 1_000_000
_ROUNDS = 40
# A new song rises over weeks and fades over months, in days.
_RISE, _FADE = 10.0, 80.0
_PEAK_DAY = _RISE * np.log(1 + _FADE / _RISE)
# How strongly the sound of a song, against others of its artist, decides whether it's played.
_SOUND_PULL = 0.6


class Plays(NamedTuple):
    """Columns of equal length, one entry a play, in the order of time; `second` counts from `FIRST_DAY`, UTC."""

    listener: Ints
    song: Ints
    second: Ints
    times: Ints


class SongDraw:
    """The songs as a play meets them: drawn within an artist, refused when unreleased or not to taste.

    Refusing and drawing again gives each song its share at the time of the play, without a table of songs by days.
    """

    def __init__(self, rng: np.random.Generator, listeners: Listeners, songs: Songs) -> None:
        self._rng = rng
        self._listeners = listeners
        self._songs = songs
        # The most a song can be boosted within the two years, which is what it's drawn by.
        oldest = np.maximum(-songs.released, _PEAK_DAY)
        self._ceiling = 1 + songs.boost * _novelty(oldest)
        self._edges = np.concatenate([[0.0], np.cumsum(songs.weight * self._ceiling)])
        artist_ends = np.searchsorted(songs.artist, np.arange(songs.artist[-1] + 1), side="right")
        self._ends = self._edges[artist_ends]
        self._starts = np.concatenate([[0.0], self._ends[:-1]])
        known = np.where(songs.released < 0, songs.weight, 0)
        self._evergreens = np.cumsum(known)

    def artist_weight(self) -> Floats:
        """Give the weight of each artist, the sum over the songs, shape (artists,)."""
        return self._ends - self._starts

    def draw_songs(self, artist: Ints) -> Ints:
        """Draw a song of each artist by popularity."""
        at = self._starts[artist] + self._rng.random(len(artist)) * (self._ends[artist] - self._starts[artist])
        song = np.searchsorted(self._edges, at, side="right") - 1
        return np.minimum(song, len(self._songs.artist) - 1)

    def accept(self, listener: Ints, song: Ints, day: Floats) -> NDArray[np.bool_]:
        """Say whether the listener plays this song on this day."""
        songs = self._songs
        age = day - songs.released[song]
        novelty = np.where(age >= 0, 1 + songs.boost[song] * _novelty(np.maximum(age, 0)), 0)
        # einsum, not BLAS: the sum is the same however many threads there are.
        sound = np.einsum("ij,ij->i", self._listeners.timbre[listener], songs.timbre[song])
        return self._rng.random(len(song)) < novelty / self._ceiling[song] * expit(_SOUND_PULL * sound)

    def draw_evergreens(self, count: int) -> Ints:
        """Draw songs that were out before the first day."""
        at = self._rng.random(count) * self._evergreens[-1]
        return np.minimum(np.searchsorted(self._evergreens, at, side="right"), len(self._evergreens) - 1)


def simulate_plays(
    rng: np.random.Generator,
    listeners: Listeners,
    artists: Artists,
    songs: Songs,
    total: int,
    on_fraction: Callable[[float], None],
) -> Plays:
    """Draw `total` plays; time and memory grow in line with them."""
    counts = rng.multinomial(total, listeners.activity)
    listener, second = simulate_times(rng, listeners, counts)
    on_fraction(0.15)
    source = _replays(rng, listener, counts, listeners.curiosity)
    found = np.flatnonzero(source == np.arange(total))
    finder, day = listener[found], second[found] / DAY_SECONDS
    finds = np.bincount(finder, minlength=len(counts))
    origin = _replays(rng, finder, finds, 1 - listeners.loyalty)
    on_fraction(0.25)
    draw = SongDraw(rng, listeners, songs)
    song = np.full(len(found), -1, dtype=np.int64)
    fresh = np.flatnonzero(origin == np.arange(len(found)))
    taste = ArtistTaste(listeners, artists, draw.artist_weight())
    _discover(rng, draw, taste, finder, day, fresh, song, lambda done: on_fraction(0.25 + 0.55 * done))
    _return_to_artists(draw, songs, finder, day, origin, song)
    on_fraction(0.85)
    place = np.empty(total, dtype=np.int64)
    place[found] = np.arange(len(found))
    played = song[place[source]]
    times = 1 + (rng.random(total) < 0.03) + (rng.random(total) < 0.006)
    order = np.argsort(second, kind="stable")
    return Plays(listener[order], played[order], second[order], times[order])


def _novelty(age: Floats) -> Floats:
    """Give the extra attention to a song of this age in days, against its boost."""
    return (1 - np.exp(-age / _RISE)) * np.exp(-age / _FADE)


def _replays(rng: np.random.Generator, listener: Ints, counts: Ints, fresh_share: Floats) -> Ints:
    """Point each row at the earlier row of the same listener that it repeats in the end, or at itself.

    The lag to the repeated row is drawn evenly on a log scale. Rows must be sorted by listener.
    """
    row = np.arange(len(listener))
    age = row - (np.cumsum(counts) - counts)[listener]
    fresh = (rng.random(len(row)) < fresh_share[listener]) | (age == 0)
    lag = np.floor(np.exp(rng.random(len(row)) * np.log1p(age))).astype(np.int64)
    source = np.where(fresh, row, row - np.clip(lag, 1, np.maximum(age, 1)))
    while True:
        further = source[source]
        if np.array_equal(further, source):
            return source
        source = further


def _discover(
    rng: np.random.Generator,
    draw: SongDraw,
    taste: ArtistTaste,
    finder: Ints,
    day: Floats,
    rows: Ints,
    song: Ints,
    on_fraction: Callable[[float], None],
) -> None:
    """Fill `song` at `rows` by taste, block by block of listeners."""
    block = max(1, _BLOCK_CELLS // taste.artists)
    for low in range(0, taste.listeners, block):
        high = min(low + block, taste.listeners)
        pending = rows[slice(*np.searchsorted(finder[rows], [low, high]))]
        if not len(pending):
            continue
        edges = taste.cumulative(low, high).ravel()
        for _ in range(_ROUNDS):
            at = (finder[pending] - low) + rng.random(len(pending))
            cell = np.searchsorted(edges, at, side="right")
            artist = np.minimum(cell - (finder[pending] - low) * taste.artists, taste.artists - 1)
            drawn = draw.draw_songs(artist)
            taken = draw.accept(finder[pending], drawn, day[pending])
            song[pending[taken]] = drawn[taken]
            pending = pending[~taken]
            if not len(pending):
                break
        song[pending] = draw.draw_evergreens(len(pending))
        on_fraction(high / taste.listeners)


def _return_to_artists(draw: SongDraw, songs: Songs, finder: Ints, day: Floats, origin: Ints, song: Ints) -> None:
    """Fill the other rows with further songs of the artist first met at `origin`."""
    pending = np.flatnonzero(song < 0)
    for _ in range(_ROUNDS // 4):
        drawn = draw.draw_songs(songs.artist[song[origin[pending]]])
        taken = draw.accept(finder[pending], drawn, day[pending])
        song[pending[taken]] = drawn[taken]
        pending = pending[~taken]
        if not len(pending):
            return
    song[pending] = song[origin[pending]]
