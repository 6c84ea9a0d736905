"""The songs of the simulated world: genres, release days, popularity, and how one song comes of another."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from engine.data.simulate.artists import LAST_YEAR, Artists, Floats, Ints, neighbour_table
from engine.data.simulate.countries import LANGUAGES, artist_scene
from engine.data.simulate.genres import GENRE_INDEX, GENRE_NAMES, TRAITS, genre_column

# Days are counted from here: the first day of the two years in which plays happen.
FIRST_DAY = np.datetime64("2023-01-01", "D")
_LAST_RELEASE = int((np.datetime64("2024-12-20", "D") - FIRST_DAY).astype(np.int64))
# The spread of log popularity that gives the top 1 % of songs about 30 % of the plays.
_POPULARITY_SPREAD = 1.8
_GUEST_SHARE = {"hip hop": 0.3, "reggaeton": 0.3, "afrobeats": 0.28, "r&b": 0.2, "pop": 0.13, "electronic": 0.14}
_GUEST_SHARE |= {"house": 0.14, "latin": 0.12, "k-pop": 0.08, "soul": 0.07, "techno": 0.01, "classical": 0.0}

_UNPLUGGED = ("classical", "jazz", "bossa nova", "ambient")
_PROGRAMMED = ("house", "techno")


class Kind(IntEnum):
    """What a song is: a plain one, or a version of a plain one by the same artist."""

    PLAIN = 0
    LIVE = 1
    REMASTER = 2
    ACOUSTIC = 3
    REMIX = 4
    REPRISE = 5
    PART_TWO = 6
    DEMO = 7


_KIND_SHARES = np.array([0, 0.38, 0.2, 0.14, 0.13, 0.05, 0.06, 0.04])
# How much less a version is played than the plain song, on the scale of log popularity.
_KIND_APPEAL = np.array([0, -1.1, -0.3, -0.7, -0.8, -1.6, -0.4, -1.5])
# The longest time from a song to its version, in days.
_KIND_DELAY = np.array([0, 2_200, 1, 900, 400, 1, 1_500, 2_500])


class Songs(NamedTuple):
    """Columns of equal length, one entry a song, the songs of one artist side by side.

    `genres` (songs, 3) is padded with -1; `parent` is the plain song behind a version, `cover_of` the song that this
    one covers, `guest` a featured artist, each -1 where there is none; `released` counts days from `FIRST_DAY`.
    `weight` is how often the song is played where nothing else matters, `boost` how much more when it's new.
    """

    artist: Ints
    genres: Ints
    kind: Ints
    parent: Ints
    cover_of: Ints
    guest: Ints
    released: Ints
    year: Ints
    weight: Floats
    boost: Floats
    timbre: Floats


def simulate_songs(rng: np.random.Generator, artists: Artists) -> Songs:
    """Invent all songs of the artists; at least one of them is released before the first day."""
    artist = np.repeat(np.arange(len(artists.songs)), artists.songs)
    count = len(artist)
    start = np.repeat(np.cumsum(artists.songs) - artists.songs, artists.songs)
    released = _release_days(rng, artists, artist)
    genres = _genres(rng, artists, artist, released)
    kind, parent = _versions(rng, start, released, genres[:, 0])
    delay = 1 + np.floor(rng.random(count) * _KIND_DELAY[kind]).astype(np.int64)
    later = np.minimum(released[parent] + delay, np.maximum(released[parent], _LAST_RELEASE))
    later = np.where(kind == Kind.REMASTER, released[parent], later)
    released = np.where(parent >= 0, later, released)
    if released.min() >= 0:
        released[0] = -400
    # The year on the sleeve is that of the recording, also for a remaster.
    year = (FIRST_DAY + released).astype("datetime64[Y]").astype(np.int64) + 1970
    timbre = rng.normal(0, 1, (count, len(TRAITS)))
    timbre = np.where((parent >= 0)[:, None], 0.9 * timbre[parent] + 0.2 * timbre, timbre)
    genres = np.where((parent >= 0)[:, None], genres[parent], genres)
    weight = _popularity(rng, artists, artist, kind, parent, year)
    cover_of = _covers(rng, artists, artist, genres, parent, year)
    guest = _guests(rng, artists, artist, genres, parent, year)
    boost = np.exp(rng.normal(1.7, 0.6, count))
    return Songs(artist, genres, kind, parent, cover_of, guest, released, year, weight, boost, timbre)


def _genres(rng: np.random.Generator, artists: Artists, artist: Ints, released: Ints) -> Ints:
    count = len(artist)
    main, second = artists.genre[artist], artists.second_genre[artist]
    first_day = 365 * (genre_column("first_year") - 2023)
    # Nobody plays what isn't invented yet, or what isn't played in their country.
    known = artist_scene()[artists.country] >= 0.05

    def possible(genre: Ints) -> NDArray[np.bool_]:
        return known[artist, genre] & (released > first_day[genre])

    strays = (rng.random(count) < 0.07) & possible(second)
    main, second = np.where(strays, second, main), np.where(strays, main, second)
    third = neighbour_table()[main, rng.integers(4, size=count)]
    how_many = 1 + (rng.random(count) < 0.55) + (rng.random(count) < 0.3)
    second = np.where((how_many >= 2) & possible(second), second, -1)
    third = np.where((how_many == 3) & (second >= 0) & (third != second) & (third != main) & possible(third), third, -1)
    return np.stack([main, second, third], axis=1)


def _release_days(rng: np.random.Generator, artists: Artists, artist: Ints) -> Ints:
    debut, last = artists.debut[artist], artists.last_year[artist]
    year = debut + np.floor(rng.random(len(artist)) * (last - debut + 1)).astype(np.int64)
    january = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    day = (january - FIRST_DAY).astype(np.int64) + rng.integers(365, size=len(artist))
    return np.minimum(day, _LAST_RELEASE)


def _versions(rng: np.random.Generator, start: Ints, released: Ints, genre: Ints) -> tuple[Ints, Ints]:
    """Make some songs versions of an earlier row of the same artist; (kind, parent)."""
    count = len(start)
    row = np.arange(count)
    version = (row > start) & (rng.random(count) < 0.13)
    parent = np.where(version, start + np.floor(rng.random(count) * (row - start)).astype(np.int64), row)
    while version[parent].any():
        parent = parent[parent]
    kind = np.where(version, rng.choice(len(_KIND_SHARES), size=count, p=_KIND_SHARES), Kind.PLAIN)
    # Nobody remasters what was made for streaming, or unplugs what never was plugged in.
    old = released[parent] < -25 * 365
    kind = np.where((kind == Kind.REMASTER) & ~old, Kind.LIVE, kind)
    kind = np.where((kind == Kind.LIVE) & old & (rng.random(count) < 0.4), Kind.REMASTER, kind)
    unplugged, programmed = _among(genre[parent], _UNPLUGGED), _among(genre[parent], _PROGRAMMED)
    kind = np.where(unplugged & np.isin(kind, [Kind.ACOUSTIC, Kind.REMIX, Kind.REPRISE]), Kind.LIVE, kind)
    kind = np.where(programmed & np.isin(kind, [Kind.ACOUSTIC, Kind.LIVE]), Kind.REMIX, kind)
    return kind, np.where(version, parent, -1)


def _popularity(
    rng: np.random.Generator, artists: Artists, artist: Ints, kind: Ints, parent: Ints, year: Ints
) -> Floats:
    """Give each song a weight from a log-normal distribution, by the rank of what speaks for it.

    Ranks, not the raw sums, so that the tail is as long in every world: the draw can't make it longer or shorter.
    """
    own = rng.normal(0, 1, len(artist))
    own = np.where(parent >= 0, 0.9 * own[parent] + 0.3 * own + _KIND_APPEAL[kind], own)
    score = own + 0.9 * artists.appeal[artist] + 0.8 * np.exp((year - LAST_YEAR) / 6)
    rank = np.empty(len(artist))
    rank[np.argsort(score, kind="stable")] = np.arange(len(artist))
    return np.exp(_POPULARITY_SPREAD * ndtri((rank + 0.5) / len(artist)))


def _covers(rng: np.random.Generator, artists: Artists, artist: Ints, genres: Ints, parent: Ints, year: Ints) -> Ints:
    """Let a few songs cover an older one by another artist who sings in the same language."""
    other = _another(rng, artists.language[artist], np.arange(len(artist)))
    wordless = _among(genres[:, 0], ("classical", "ambient", *_PROGRAMMED))
    wishes = (rng.random(len(artist)) < 0.05) & (parent < 0) & ~wordless
    can = wishes & (year[other] < year) & (artist[other] != artist) & (parent[other] < 0) & ~wordless[other]
    return np.where(can & ~wishes[other], other, -1)


def _guests(rng: np.random.Generator, artists: Artists, artist: Ints, genres: Ints, parent: Ints, year: Ints) -> Ints:
    """Let some plain songs feature another artist of the same genre, mostly of the same language."""
    share = np.array([_GUEST_SHARE.get(name, 0.02) for name in GENRE_NAMES])
    kindred = _another(rng, artists.genre * len(LANGUAGES) + artists.language, artist)
    other = np.where(rng.random(len(artist)) < 0.8, kindred, _another(rng, artists.genre, artist))
    # The guest in the title is a habit of the last decades.
    share_now = share[genres[:, 0]] * np.where(year >= 1992, 1.0, 0.1)
    has = (rng.random(len(artist)) < share_now) & (parent < 0) & (other != artist)
    has &= artists.debut[other] <= year
    return np.where(has, other, -1)


def _another(rng: np.random.Generator, group: Ints, rows: Ints) -> Ints:
    """Draw, for each of `rows`, a row of the same group, itself included."""
    order = np.argsort(group, kind="stable")
    size = np.bincount(group)
    first = np.cumsum(size) - size
    wanted = group[rows]
    return order[first[wanted] + np.floor(rng.random(len(rows)) * size[wanted]).astype(np.int64)]


def _among(genre: Ints, names: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.isin(genre, [GENRE_INDEX[name] for name in names])


def naming_order(songs: Songs) -> NDArray[np.int64]:
    """List songs so that each comes after the one it's a version or a cover of."""
    return np.lexsort((np.arange(len(songs.artist)), songs.cover_of >= 0, songs.parent >= 0))
