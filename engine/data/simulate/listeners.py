"""The listeners of the simulated world: who they are, what they like and how they listen."""

from typing import NamedTuple

import numpy as np

from engine.data.simulate.artists import HIDDEN_TASTES, LAST_YEAR, Floats, Ints
from engine.data.simulate.countries import country_column, listener_scene
from engine.data.simulate.genres import GENRES, TRAITS, genre_column
from engine.data.simulate.songs import FIRST_DAY

GENDERS = ("f", "m", "n")
# Plays fall on these days, counted from FIRST_DAY in the listener's own time zone. A day is left free at each end, so
# that no time zone and no long night carries a play out of the two years.
OPENING_DAY, CLOSING_DAY = 1, 729
# The age at which the music of the day stays for life.
_AGE_OF_YOUTH = 17


class Listeners(NamedTuple):
    """Columns of equal length, one entry a listener.

    `signed_up`, `arrives` and `leaves` are days from `FIRST_DAY`, the latter two within the two years of plays;
    `activity` is a share of all plays. `genre_taste` (listeners, genres) is in log-odds, `hidden` (listeners, 6) and
    `timbre` (listeners, 7) are directions; `curiosity` is the share of plays that go to something new, `loyalty` the
    share of those that go to an artist already known.
    """

    country: Ints
    gender: Ints
    age: Ints
    signed_up: Ints
    arrives: Ints
    leaves: Ints
    youth_year: Ints
    activity: Floats
    genre_taste: Floats
    hidden: Floats
    timbre: Floats
    curiosity: Floats
    loyalty: Floats
    hour_shift: Floats
    session_plays: Floats


def simulate_listeners(rng: np.random.Generator, count: int) -> Listeners:
    """Invent `count` listeners."""
    shares = country_column("listeners")
    country = rng.choice(len(shares), size=count, p=shares / shares.sum())
    gender = rng.choice(len(GENDERS), size=count, p=[0.46, 0.5, 0.04])
    years = 14 + rng.gamma(2.1, 9.0, count) + country_column("older")[country]
    age = np.clip(years, 13, 82).astype(np.int64)
    signed_up, arrives, leaves = _membership(rng, count)
    # A few listeners play thousands of songs and many play tens; the young play more.
    activity = np.exp(rng.normal(0, 1.25, count) - (age - 30) / 60)
    activity *= ((leaves - arrives + 30) / (CLOSING_DAY + 30)) ** 0.8
    return Listeners(
        country=country,
        gender=gender,
        age=age,
        signed_up=signed_up,
        arrives=arrives,
        leaves=leaves,
        youth_year=LAST_YEAR - age + _AGE_OF_YOUTH,
        activity=activity / activity.sum(),
        genre_taste=_genre_taste(rng, country, gender, age),
        hidden=rng.normal(0, 1, (count, HIDDEN_TASTES)),
        timbre=rng.normal(0, 1, (count, len(TRAITS))),
        curiosity=np.clip(rng.normal(0.82, 0.1, count), 0.3, 0.97),
        loyalty=np.clip(rng.normal(0.35, 0.12, count), 0.02, 0.75),
        hour_shift=rng.normal(0, 1.1, count),
        session_plays=np.exp(rng.normal(2.2, 0.4, count)),
    )


def _membership(rng: np.random.Generator, count: int) -> tuple[Ints, Ints, Ints]:
    """Draw the days of signing up, of the first plays and of the last ones."""
    start_of_service = int((np.datetime64("2011-05-01", "D") - FIRST_DAY).astype(np.int64))
    before = np.floor(start_of_service * rng.random(count) ** 1.6).astype(np.int64) - 1
    during = rng.integers(0, CLOSING_DAY - 60, count)
    signed_up = np.where(rng.random(count) < 0.68, before, during)
    # Plays begin the day after, so that no time zone puts one before the day of signing up.
    arrives = np.maximum(signed_up + 1, OPENING_DAY)
    stays = rng.random(count) < 0.82
    leaving = arrives + 30 + np.floor(rng.random(count) * (CLOSING_DAY - arrives - 30)).astype(np.int64)
    return signed_up, arrives, np.where(stays, CLOSING_DAY, leaving)


def _genre_taste(rng: np.random.Generator, country: Ints, gender: Ints, age: Ints) -> Floats:
    """Add up what country, gender and age say about taste, and what they don't."""
    taste = 0.8 * listener_scene()[country]
    taste += genre_column("youth") * ((33 - age) / 15)[:, None].clip(-2.2, 1.4)
    by_gender = np.stack([genre_column("feminine") / 2, -genre_column("feminine") / 2, genre_column("nonbinary")])
    taste += by_gender[gender]
    taste += rng.normal(0, 1.35, (len(country), len(GENRES)))
    return taste - taste.mean(axis=1, keepdims=True)
