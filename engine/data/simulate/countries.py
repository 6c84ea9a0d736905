"""The countries of the simulated world: how many listen and sing there, in which languages and time zone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.data.simulate.genres import GENRE_INDEX, GENRE_NAMES

LANGUAGES = ("en", "es", "pt", "fr", "de", "tr", "pl", "sv", "no", "ja", "ko", "ru", "el", "ar", "hi")

# Genres that hardly anyone makes outside the countries that name them in `scene`.
_AT_HOME_ONLY = ("reggaeton", "bossa nova", "k-pop", "j-pop", "afrobeats", "country")


class Country(NamedTuple):
    """One country: shares of listeners and of artists, hours from UTC, how much older its listeners are (years).

    `languages` are what its artists sing in, with shares; `scene` the genres it is known for, as factors on the share.
    Summer time is left out: the hour of a peak shifts by less than listeners differ.
    """

    name: str
    listeners: float
    artists: float
    utc_offset: float
    older: float
    languages: dict[str, float]
    scene: dict[str, float]


_TABLE = """
name | listeners artists utc older | languages | scene
United States  |  20  25  -6  0 | en .93, es .07 | country 3, hip hop 1.7, r&b 1.6, folk 1.2, jazz 1.4
United Kingdom |   9  13   0  1 | en 1           | indie 1.8, rock 1.4, punk 1.5, house 1.4, afrobeats .4
Brazil         |   9   7  -3 -4 | pt 1           | bossa nova 9, latin 1.6, funk 1.8, metal 1.3, reggaeton .3
Germany        |   7   6   1  4 | de .65, en .35 | techno 4, metal 1.8, classical 1.6, electronic 1.6
Mexico         |   7   5  -6 -3 | es 1           | latin 4, reggaeton 2.2, rock 1.2, bossa nova .1
France         |   5   5   1  2 | fr .85, en .15 | house 2, electronic 1.8, hip hop 1.3, folk 1.2, jazz 1.2
Japan          |   4   5   9  6 | ja .95, en .05 | j-pop 12, jazz 1.7, ambient 1.8, bossa nova .3
Spain          |   4 3.5   1  3 | es 1           | latin 2.5, reggaeton 2, indie 1.4
Turkey         |   4 2.5   3 -3 | tr 1           | folk 3, rock 1.5, pop 1.4
Poland         | 3.5 2.5   1  1 | pl .85, en .15 | metal 2, hip hop 1.4, jazz 1.7
Canada         | 3.5 3.5  -5  1 | en .75, fr .25 | indie 2, folk 1.6, country 1.5
Sweden         | 2.5   3   1  1 | sv .5, en .5   | pop 1.6, metal 2, electronic 1.5
India          |   3   2 5.5 -6 | hi .75, en .25 | pop 1.8, classical 2.5, folk 1.8
Australia      | 2.5 2.5  10  0 | en 1           | indie 1.8, punk 1.8, electronic 1.3, country .8
Argentina      | 2.5   2  -3  0 | es 1           | rock 2, latin 2.5, reggaeton 1.6, techno 1.3
Colombia       |   2 1.6  -5 -3 | es 1           | reggaeton 4, latin 4
South Korea    | 2.5 2.2   9 -3 | ko .9, en .1   | k-pop 16, r&b 1.8, hip hop 1.4
Russia         | 2.5   2   3  0 | ru .95, en .05 | rock 1.8, electronic 1.6, punk 1.6, classical 1.6
Norway         | 1.2 1.5   1  1 | no .5, en .5   | metal 3, jazz 2, electronic 1.4
Portugal       | 1.2   1   0  2 | pt .9, en .1   | folk 3, bossa nova 1.5, indie 1.2
Nigeria        | 1.5 1.5   1 -8 | en 1           | afrobeats 16, hip hop 1.4, soul 1.3
Ghana          |  .8  .8   0 -7 | en 1           | afrobeats 14, reggae 2.5, jazz 1.3
Egypt          | 1.2  .9   2 -6 | ar 1           | pop 2.2, folk 2.5, hip hop 1.4
Greece         |  .9  .8   2  2 | el .85, en .15 | folk 3, rock 1.5, metal 1.5
Jamaica        |  .6  .9  -5 -2 | en 1           | reggae 22, soul 1.5, hip hop 1.3
"""


def _read(line: str) -> Country:
    name, numbers, languages, scene = (cell.strip() for cell in line.split("|"))
    listeners, artists, utc_offset, older = (float(number) for number in numbers.split())
    return Country(name, listeners, artists, utc_offset, older, _factors(languages), _factors(scene))


def _factors(cell: str) -> dict[str, float]:
    """Read `hip hop 1.7, jazz 1.4`."""
    pairs = (entry.rsplit(" ", 1) for entry in cell.split(", "))
    return {name: float(factor) for name, factor in pairs}


COUNTRIES: tuple[Country, ...] = tuple(_read(line) for line in _TABLE.strip().splitlines()[1:])
COUNTRY_NAMES = tuple(country.name for country in COUNTRIES)


def country_column(field: str) -> NDArray[np.float64]:
    """Read one numeric field of all countries, shape (countries,)."""
    return np.array([getattr(country, field) for country in COUNTRIES], dtype=np.float64)


def artist_scene() -> NDArray[np.float64]:
    """Give the factor on each genre's share among a country's artists, shape (countries, genres)."""
    factors = np.ones((len(COUNTRIES), len(GENRE_NAMES)))
    for genre in _AT_HOME_ONLY:
        factors[:, GENRE_INDEX[genre]] = 0.01
    for row, country in enumerate(COUNTRIES):
        for genre, factor in country.scene.items():
            factors[row, GENRE_INDEX[genre]] = factor
    return factors


def listener_scene() -> NDArray[np.float64]:
    """Give the log-odds by which a country's listeners prefer each genre, shape (countries, genres)."""
    logits = np.zeros((len(COUNTRIES), len(GENRE_NAMES)))
    for row, country in enumerate(COUNTRIES):
        for genre, factor in country.scene.items():
            logits[row, GENRE_INDEX[genre]] = max(np.log(factor), 0.0)
    return logits


def language_shares() -> NDArray[np.float64]:
    """Give the share of each language among a country's artists, shape (countries, languages)."""
    shares = np.zeros((len(COUNTRIES), len(LANGUAGES)))
    for row, country in enumerate(COUNTRIES):
        for language, share in country.languages.items():
            shares[row, LANGUAGES.index(language)] = share
    return shares / shares.sum(axis=1, keepdims=True)
