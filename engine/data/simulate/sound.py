"""How each simulated song sounds: audio features in the ranges that Spotify documents."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from engine.data.simulate.artists import Artists, Floats, Ints
from engine.data.simulate.genres import GENRE_INDEX, TRAITS, genre_column
from engine.data.simulate.songs import Kind, Songs

KEYS = ("C", "C-sharp", "D", "E-flat", "E", "F", "F-sharp", "G", "A-flat", "A", "B-flat", "B")
_KEY_SHARES = np.array([11, 8, 11, 4, 8, 8, 7, 12, 6, 11, 6, 8]) / 100
# How far the songs of one artist, and one artist from the next, spread around the genre (log-odds), by trait.
_SPREAD = np.array([0.42, 0.55, 0.5, 0.8, 1.5, 0.45, 0.6])
_ODD_METRE = ("jazz", "classical", "folk", "metal")
_WALTZ = ("classical", "folk", "jazz", "country", "ambient")


class Sound(NamedTuple):
    """The audio columns, each of shape (songs,): loudness in dB, tempo in BPM, key from C, the traits in 0..1."""

    duration_ms: Ints
    danceability: Floats
    energy: Floats
    key: Ints
    loudness: Floats
    mode: Ints
    speechiness: Floats
    acousticness: Floats
    instrumentalness: Floats
    liveness: Floats
    valence: Floats
    tempo: Floats
    time_signature: Ints


def simulate_sound(rng: np.random.Generator, artists: Artists, songs: Songs) -> Sound:
    """Draw the sound of every song; a version keeps most of its parent's."""
    count = len(songs.artist)
    main = songs.genres[:, 0]
    traits = _traits(rng, artists, songs)
    energy = traits["energy"]
    age = np.clip(2005 - songs.year, 0, 40)
    loudness = -3.6 - 17 * (1 - energy) ** 1.3 - 0.07 * age + rng.normal(0, 1.1, count)
    loudness += np.where(songs.kind == Kind.REMASTER, 1.5 + 0.04 * age, 0)
    tempo = genre_column("tempo")[main] + genre_column("tempo_spread")[main] * rng.normal(0, 1, count)
    # Beat trackers hear some songs at half or double speed.
    octave = rng.random(count)
    tempo[(octave < 0.03) & (tempo > 120)] /= 2
    tempo[(octave > 0.96) & (tempo < 95)] *= 2
    minutes = genre_column("minutes")[main] * np.exp(rng.normal(0, 0.2, count))
    minutes *= np.array([1, 1.2, 1, 0.95, 1.2, 0.45, 1, 0.9])[songs.kind]
    key = rng.choice(12, size=count, p=_KEY_SHARES)
    mode = (rng.random(count) >= genre_column("minor")[main]).astype(np.int64)
    metre = _time_signature(rng, main)
    same = songs.parent >= 0
    key, mode, metre = (np.where(same, column[songs.parent], column) for column in (key, mode, metre))
    kept = same & np.isin(songs.kind, [Kind.REMASTER, Kind.LIVE, Kind.ACOUSTIC, Kind.DEMO])
    tempo = np.where(kept, tempo[songs.parent] * np.exp(rng.normal(0, 0.02, count)), tempo)
    remaster = songs.kind == Kind.REMASTER
    minutes = np.where(remaster, minutes[songs.parent], minutes)
    return Sound(
        duration_ms=(minutes * 60_000).clip(35_000, 1_500_000).astype(np.int64),
        key=key,
        loudness=loudness.clip(-40, 0).round(3),
        mode=mode,
        tempo=tempo.clip(50, 210).round(3),
        time_signature=metre,
        **traits,
    )


def _traits(rng: np.random.Generator, artists: Artists, songs: Songs) -> dict[str, Floats]:
    """Place each song around the mean of its genres, by its artist's timbre, its own, its age and its kind."""
    base = logit(genre_column("traits"))
    main = base[songs.genres[:, 0]]
    second = np.where(songs.genres[:, 1:2] >= 0, base[songs.genres[:, 1]], main)
    place = 0.75 * main + 0.25 * second
    place = place + _SPREAD * (0.75 * artists.timbre[songs.artist] + 0.65 * songs.timbre)
    place += rng.normal(0, 0.08, place.shape)
    older = np.clip(1995 - songs.year, 0, 35) / 35
    trait = {name: index for index, name in enumerate(TRAITS)}
    place[:, trait["energy"]] -= 0.5 * older
    place[:, trait["acousticness"]] += 1.0 * older
    place[:, trait["liveness"]] += np.where(songs.kind == Kind.LIVE, 3.0, 0)
    place[:, trait["acousticness"]] += np.where(songs.kind == Kind.ACOUSTIC, 2.8, 0)
    place[:, trait["energy"]] -= np.where(songs.kind == Kind.ACOUSTIC, 1.3, 0)
    place[:, trait["danceability"]] += np.where(songs.kind == Kind.REMIX, 0.7, 0)
    # A song is sung or it isn't: few lie between.
    place[:, trait["instrumentalness"]] *= 1.5
    # Spotify's estimate of speech leaves sung music between 0.02 and 0.6.
    values = expit(place)
    values[:, trait["speechiness"]] = np.clip(values[:, trait["speechiness"]], 0.022, 0.96)
    return {name: np.round(values[:, index], 4) for name, index in trait.items()}


def _time_signature(rng: np.random.Generator, main: Ints) -> Ints:
    draw = rng.random(len(main))
    waltz = np.isin(main, [GENRE_INDEX[name] for name in _WALTZ])
    odd = np.isin(main, [GENRE_INDEX[name] for name in _ODD_METRE])
    three = np.where(waltz, 0.18, 0.03)
    return np.where(draw < three, 3, np.where(draw > 1 - np.where(odd, 0.03, 0.004), 5, 4))
