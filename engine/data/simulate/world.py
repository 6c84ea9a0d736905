"""The three tables of a simulated world: users, songs and plays."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.simulate.artists import Floats, Ints, simulate_artists
from engine.data.simulate.countries import COUNTRY_NAMES
from engine.data.simulate.genres import GENRE_NAMES
from engine.data.simulate.grammar import Dice
from engine.data.simulate.listeners import GENDERS, Listeners, simulate_listeners
from engine.data.simulate.listening import Plays, simulate_plays
from engine.data.simulate.names import name_artists
from engine.data.simulate.songs import FIRST_DAY, Songs, simulate_songs
from engine.data.simulate.sound import Sound, simulate_sound
from engine.data.simulate.titles import name_songs
from engine.errors import SettingsError

_MOST = {"users": 2_000_000, "songs": 1_000_000, "plays": 200_000_000}
_MISSING_AGE, _MISSING_GENDER, _MISSING_COUNTRY = 0.35, 0.15, 0.12
_MISSING_AUDIO, _MISSING_GENRES, _MISSING_YEAR = 0.08, 0.03, 0.04
_WHOLE_NUMBERS = ("key", "mode", "time_signature")


class World(NamedTuple):
    """The tables a user would bring, for a world that doesn't exist; the columns are those of DESIGN section 3."""

    users: pd.DataFrame
    songs: pd.DataFrame
    plays: pd.DataFrame


def simulate_world(
    users: int = 5_000,
    songs: int = 20_000,
    plays: int = 1_000_000,
    seed: int = 7,
    on_progress: Callable[[str, float], None] | None = None,
) -> World:
    """Invent listeners, songs and exactly `plays` plays in 2023 and 2024, the same for the same arguments.

    `on_progress` is called with what is being made and the fraction of the whole that is done.

    Raises
    ------
    SettingsError
        If a size isn't a whole number from 1 to its limit, or the seed isn't a whole number from 0.
    """
    for name, value in (("users", users), ("songs", songs), ("plays", plays)):
        _check(name, value, 1, _MOST[name])
    _check("seed", seed, 0, 2**63 - 1)
    report = on_progress or (lambda stage, fraction: None)
    # One stream a part: a word added to a list changes titles and leaves every play where it was.
    artist_rng, song_rng, sound_rng, name_rng, user_rng, play_rng, gap_rng = (
        np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(7)
    )
    report("songs", 0.0)
    artists = simulate_artists(artist_rng, songs)
    catalogue = simulate_songs(song_rng, artists)
    sound = simulate_sound(sound_rng, artists, catalogue)
    report("titles", 0.1)
    dice = Dice(name_rng)
    names = name_artists(artists, dice)
    titles = name_songs(artists, catalogue, names, sound.key, sound.mode, dice)
    report("users", 0.3)
    listeners = simulate_listeners(user_rng, users)
    report("plays", 0.35)
    events = simulate_plays(
        play_rng, listeners, artists, catalogue, plays, lambda done: report("plays", 0.35 + 0.55 * done)
    )
    report("tables", 0.9)
    user_ids = _ids("u", users)
    # Numbering shuffled: in a real catalogue the songs of one artist don't stand side by side.
    number = gap_rng.permutation(songs)
    song_ids = _ids("s", songs)
    world = World(
        users=_users_table(gap_rng, listeners, user_ids),
        songs=_songs_table(gap_rng, catalogue, sound, titles, names, number, song_ids),
        plays=_plays_table(events, user_ids, song_ids, number),
    )
    report("tables", 1.0)
    return world


def _check(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise SettingsError(f"{name} must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise SettingsError(f"{name} must be from {low:,} to {high:,}, not {value:,}")


def _ids(prefix: str, count: int) -> pd.Series:
    width = max(5, len(str(count)))
    return pd.Series([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)], dtype="str")


def _users_table(rng: np.random.Generator, listeners: Listeners, ids: pd.Series) -> pd.DataFrame:
    count = len(ids)
    day = (FIRST_DAY + listeners.signed_up).astype(str)
    return pd.DataFrame(
        {
            "user_id": ids,
            "age": _whole(listeners.age, rng.random(count) < _MISSING_AGE),
            "gender": _text(np.array(GENDERS)[listeners.gender], rng.random(count) < _MISSING_GENDER),
            "country": _text(np.array(COUNTRY_NAMES)[listeners.country], rng.random(count) < _MISSING_COUNTRY),
            "signed_up_at": pd.Series(day, dtype="str"),
        }
    )


def _songs_table(
    rng: np.random.Generator,
    songs: Songs,
    sound: Sound,
    titles: list[str],
    names: list[str],
    number: Ints,
    ids: pd.Series,
) -> pd.DataFrame:
    """Lay out the songs by id; `number` gives each song its place."""
    order = np.argsort(number)
    count = len(order)
    unheard = rng.random(count) < _MISSING_AUDIO
    labels = (*GENRE_NAMES, "")
    genres = ["|".join(labels[genre] for genre in row if genre >= 0) for row in songs.genres[order].tolist()]
    table = {
        "song_id": ids,
        "title": pd.Series([titles[row] for row in order.tolist()], dtype="str"),
        "artist": pd.Series([names[artist] for artist in songs.artist[order].tolist()], dtype="str"),
        "genres": _text(np.array(genres, dtype=object), rng.random(count) < _MISSING_GENRES),
        "release_year": _whole(songs.year[order], rng.random(count) < _MISSING_YEAR),
        "duration_ms": sound.duration_ms[order],
    }
    for name, values in sound._asdict().items():
        if name in _WHOLE_NUMBERS:
            table[name] = _whole(values[order], unheard)
        elif name not in table:
            table[name] = np.where(unheard, np.nan, values[order])
    return pd.DataFrame(table)


def _plays_table(events: Plays, user_ids: pd.Series, song_ids: pd.Series, number: Ints) -> pd.DataFrame:
    start = FIRST_DAY.astype("datetime64[ms]")
    played_at = pd.Series(start + (events.second * 1_000).astype("timedelta64[ms]")).dt.tz_localize("UTC")
    return pd.DataFrame(
        {
            "user_id": user_ids.take(events.listener).reset_index(drop=True),
            "song_id": song_ids.take(number[events.song]).reset_index(drop=True),
            "play_count": events.times,
            "played_at": played_at,
        }
    )


def _whole(values: Ints | Floats, missing: NDArray[np.bool_]) -> pd.Series:
    return pd.Series(values, dtype="Int64").mask(missing)


def _text(values: NDArray[np.generic], missing: NDArray[np.bool_]) -> pd.Series:
    return pd.Series(values, dtype="str").mask(missing)
