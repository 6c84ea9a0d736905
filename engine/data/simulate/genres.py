"""The genres of the simulated world: how they sound, when they began and whom they draw.

The figures are plausible averages, chosen by ear; they aren't fitted to anyone's data.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The audio traits between 0 and 1, in the order of `Genre.traits`.
TRAITS = (
    "danceability",
    "energy",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
)


class Genre(NamedTuple):
    """One genre: its share of artists, its sound and its listeners.

    `traits` are means in 0..1, `tempo` and `tempo_spread` BPM, `minor` the share of songs in a minor key. `youth` is
    the log-odds that a listener likes it more for each 15 years younger, `feminine` and `nonbinary` those of a
    listener of that gender. `acts` are the letters of its typical acts: solo, band, stage name (t), ensemble.
    """

    name: str
    share: float
    first_year: int
    traits: tuple[float, ...]
    tempo: float
    tempo_spread: float
    minutes: float
    minor: float
    youth: float
    feminine: float
    nonbinary: float
    acts: str
    neighbours: tuple[str, ...]


_TABLE = """
name       | share since | dance energy speech acoust. instr. live valence | bpm ± | min minor | youth f n | acts | near
pop        |  14 1962 | .66 .65 .06 .25 .02 .15 .52 | 118 20 | 3.5 .35 | .2 .5 .1   | sssb | r&b, indie, soul
rock       |  12 1963 | .50 .76 .06 .12 .08 .19 .52 | 124 24 | 4.0 .32 | -.4 -.3 0  | bbbs | indie, metal, punk, folk
indie      |  10 1985 | .52 .60 .05 .30 .14 .15 .44 | 121 24 | 3.8 .33 | .2 .1 .6   | bbs  | rock, folk, pop
hip hop    |  10 1986 | .75 .66 .25 .16 .02 .18 .50 | 104 26 | 3.4 .48 | .6 -.4 0   | ttts | r&b, electronic, pop
r&b        |   5 1988 | .66 .54 .09 .30 .02 .15 .47 | 106 24 | 3.8 .47 | .35 .5 .1  | ssst | soul, hip hop, pop, funk
soul       |   4 1962 | .60 .50 .06 .42 .03 .16 .60 | 110 22 | 3.7 .40 | -.5 .3 0   | sssb | funk, r&b, jazz, pop
funk       |   3 1968 | .74 .70 .07 .16 .08 .15 .76 | 111 13 | 4.3 .42 | -.3 0 0    | bbs  | soul, house, jazz
jazz       |   4 1955 | .52 .33 .05 .74 .42 .15 .48 | 112 28 | 5.0 .45 | -.6 -.1 0  | ssee | soul, classical, funk
classical  |   3 1958 | .28 .18 .04 .94 .84 .11 .20 | 102 28 | 4.8 .42 | -.6 .1 0   | sse  | ambient, jazz
electronic |   5 1988 | .66 .73 .07 .11 .48 .15 .40 | 124 14 | 4.4 .50 | .3 -.2 .4  | ttb  | house, techno, ambient
house      |   4 1988 | .77 .77 .06 .06 .45 .14 .50 | 124 4  | 5.4 .52 | .1 -.1 .3  | ttt  | techno, electronic, pop
techno     |   3 1990 | .72 .81 .06 .03 .78 .12 .22 | 132 5  | 6.2 .55 | .1 -.5 .4  | ttt  | house, electronic, ambient
ambient    | 2.5 1980 | .30 .20 .04 .82 .88 .11 .13 | 98 26  | 5.2 .45 | -.1 0 .6   | tsb  | electronic, classical
metal      |   5 1976 | .40 .92 .09 .01 .18 .19 .28 | 128 28 | 4.9 .58 | -.1 -.9 .1 | bbbb | rock, punk
punk       | 3.5 1977 | .47 .91 .08 .03 .04 .23 .55 | 152 26 | 2.7 .28 | 0 -.4 .6   | bbbb | rock, indie, metal
folk       |   5 1960 | .50 .34 .04 .75 .07 .14 .42 | 115 26 | 3.8 .30 | -.4 .2 .2  | ssb  | indie, country, pop
country    |   4 1958 | .57 .62 .04 .30 .01 .16 .58 | 122 26 | 3.4 .12 | -.3 .2 -.4 | sssb | folk, rock, pop
latin      |   5 1965 | .64 .64 .06 .38 .02 .18 .67 | 116 28 | 3.8 .42 | -.1 .2 0   | sssb | reggaeton, pop, folk
reggaeton  |   4 2000 | .78 .74 .11 .20 .01 .15 .66 | 97 12  | 3.4 .50 | .6 .2 0    | sst  | latin, hip hop, pop
bossa nova |   2 1959 | .62 .32 .05 .77 .14 .12 .60 | 122 22 | 3.1 .40 | -.5 .1 0   | sss  | jazz, latin, folk
k-pop      |   3 2003 | .68 .79 .09 .14 .01 .18 .57 | 121 20 | 3.3 .45 | .9 .9 .4   | bbs  | pop, electronic, r&b
j-pop      |   4 1983 | .58 .79 .06 .18 .02 .18 .57 | 132 24 | 4.2 .35 | .4 .3 .2   | ssb  | pop, rock, electronic
afrobeats  |   3 2006 | .77 .68 .11 .25 .02 .13 .69 | 108 9  | 3.3 .50 | .5 .2 0    | ssst | r&b, hip hop, reggae
reggae     |   3 1970 | .77 .56 .10 .16 .03 .15 .71 | 124 28 | 3.9 .38 | -.1 -.1 .1 | ssb  | soul, folk, hip hop
"""


def _read(line: str) -> Genre:
    name, size, traits, tempo, form, pull, acts, near = (cell.strip() for cell in line.split("|"))
    numbers = [[float(number) for number in cell.split()] for cell in (size, tempo, form, pull)]
    (share, year), (bpm, spread), (minutes, minor), (youth, feminine, nonbinary) = numbers
    sound = tuple(float(trait) for trait in traits.split())
    tastes = (youth, feminine, nonbinary)
    near_by = tuple(near.split(", "))
    return Genre(name, share, int(year), sound, bpm, spread, minutes, minor, *tastes, acts, near_by)


GENRES: tuple[Genre, ...] = tuple(_read(line) for line in _TABLE.strip().splitlines()[1:])
GENRE_NAMES = tuple(genre.name for genre in GENRES)
GENRE_INDEX = {name: index for index, name in enumerate(GENRE_NAMES)}


def genre_column(field: str) -> NDArray[np.float64]:
    """Read one numeric field of all genres, shape (genres,) or for `traits` (genres, 7)."""
    return np.array([getattr(genre, field) for genre in GENRES], dtype=np.float64)
