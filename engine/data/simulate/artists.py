"""The artists of the simulated world: where they come from, what they play and how many songs they have."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.data.simulate.countries import artist_scene, country_column, language_shares
from engine.data.simulate.genres import GENRE_INDEX, GENRES, TRAITS, genre_column

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LAST_YEAR = 2024
# Directions of taste that no column of the tables shows; only who listens to whom reveals them.
HIDDEN_TASTES = 6
_SONGS_PER_ARTIST = 9


class Artists(NamedTuple):
    """Columns of equal length, one entry an artist.

    `songs` counts each artist's songs, `appeal` is about normal, `hidden` (artists, 6) and `timbre` (artists, 7)
    say where the artist stands within the genre: in taste alone, and in sound.
    """

    country: Ints
    language: Ints
    genre: Ints
    second_genre: Ints
    debut: Ints
    last_year: Ints
    songs: Ints
    appeal: Floats
    hidden: Floats
    timbre: Floats


def draw_by_row(rng: np.random.Generator, shares: Floats, rows: Ints) -> Ints:
    """Draw one column for each entry of `rows`, by the shares (rows, columns) in its row."""
    edges = np.cumsum(shares, axis=1)
    edges /= edges[:, -1:]
    return (rng.random(len(rows))[:, None] >= edges[rows, :-1]).sum(axis=1)


def neighbour_table() -> Ints:
    """List the genres next to each genre, shape (genres, 4); short lists repeat."""
    return np.array([[GENRE_INDEX[(genre.neighbours * 4)[i]] for i in range(4)] for genre in GENRES])


def simulate_artists(rng: np.random.Generator, songs: int) -> Artists:
    """Invent the artists of a catalogue of `songs` songs, about one for every nine."""
    count = max(1, round(songs / _SONGS_PER_ARTIST))
    shares = country_column("artists")
    country = rng.choice(len(shares), size=count, p=shares / shares.sum())
    language = draw_by_row(rng, language_shares(), country)
    genre = draw_by_row(rng, artist_scene() * genre_column("share"), country)
    second_genre = neighbour_table()[genre, rng.integers(4, size=count)]
    # Most artists of any day are recent ones: the power pulls debuts towards the present.
    first = genre_column("first_year")[genre]
    debut = np.floor(first + (LAST_YEAR - first) * rng.random(count) ** 0.6).astype(np.int64)
    last_year = np.minimum(debut + rng.exponential(11, count).astype(np.int64), LAST_YEAR)
    output = np.exp(rng.normal(0, 0.9, count))
    return Artists(
        country=country,
        language=language,
        genre=genre,
        second_genre=second_genre,
        debut=debut,
        last_year=last_year,
        songs=1 + rng.multinomial(songs - count, output / output.sum()),
        # Who sings for a large country is known to more.
        appeal=rng.normal(0, 1, count) + 0.25 * np.log(output) + 0.25 * np.log(country_column("listeners"))[country],
        hidden=rng.normal(0, 1, (count, HIDDEN_TASTES)),
        timbre=rng.normal(0, 1, (count, len(TRAITS))),
    )
