"""What truly moves the listeners of a simulated world, for attributions to be held against: benchmarks/explain.py.

The world is made again by its seed, up to the tastes behind its plays. Nothing of it is in a bundle.
"""

from dataclasses import dataclass

import numpy as np

from engine.data.simulate.artists import simulate_artists
from engine.data.simulate.countries import listener_scene
from engine.data.simulate.genres import GENRES, genre_column
from engine.data.simulate.listeners import simulate_listeners
from engine.data.simulate.listening import _SOUND_PULL
from engine.data.simulate.songs import simulate_songs
from engine.data.simulate.tastes import _ERA, _ERA_WIDTH, _HIDDEN, _TIMBRE, _country_pull


@dataclass(frozen=True)
class Truth:
    """The log-odds by which listeners are drawn to songs, in the positions of the world's tables.

    `shared` `(songs, songs)` is the covariance of two songs' pulls over listeners: how much having played the one says
    of the other. `effects` holds for age, gender and country `(users, songs)`: how much more than an average listener's
    and song's a listener's pull to a song is, by that alone.
    """

    shared: np.ndarray
    effects: dict[str, np.ndarray]


def truth_of(users: int, songs: int, seed: int) -> Truth:
    """Make the tastes of `simulate_world(users, songs, plays, seed)` again, which are the same for any `plays`."""
    artist_rng, song_rng, _, _, user_rng, _, gap_rng = (
        np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(7)
    )
    artists = simulate_artists(artist_rng, songs)
    catalogue = simulate_songs(song_rng, artists)
    listeners = simulate_listeners(user_rng, users)
    row = np.argsort(gap_rng.permutation(songs))  # of the catalogue, for each position in the table
    artist, timbre = catalogue.artist[row], catalogue.timbre[row]
    mix = np.zeros((len(GENRES), len(artists.country)))
    mix[artists.genre, np.arange(mix.shape[1])] += 0.75
    mix[artists.second_genre, np.arange(mix.shape[1])] += 0.25
    middle = (artists.debut + artists.last_year) / 2
    era = _ERA * np.exp(-0.5 * ((middle[None] - listeners.youth_year[:, None]) / _ERA_WIDTH) ** 2)
    youth = genre_column("youth") * ((33 - listeners.age) / 15)[:, None].clip(-2.2, 1.4)
    feminine, nonbinary = genre_column("feminine") / 2, genre_column("nonbinary")
    by_country = (0.8 * listener_scene() @ mix + _country_pull(artists))[listeners.country]
    pulls = {
        "age": youth @ mix + era,
        "gender": (np.stack([feminine, -feminine, nonbinary]) @ mix)[listeners.gender],
        "country": by_country,
    }
    whole = listeners.genre_taste @ mix + _HIDDEN * listeners.hidden @ artists.hidden.T
    whole += _TIMBRE * listeners.timbre @ artists.timbre.T + _country_pull(artists)[listeners.country] + era
    centred = _centred(whole[:, artist])
    # Of the sound of a song, expit(pull) at about 0 has half the pull for its logarithm.
    own = _SOUND_PULL / 2 * listeners.timbre @ (timbre - timbre.mean(axis=0)).T
    centred = centred + own
    return Truth(centred.T @ centred / users, {name: _centred(pull[:, artist]) for name, pull in pulls.items()})


def _centred(pull: np.ndarray) -> np.ndarray:
    """Hold pulls against the average listener's and the average song's: what is the same for all changes no play."""
    return pull - pull.mean(axis=0) - pull.mean(axis=1, keepdims=True) + pull.mean()
