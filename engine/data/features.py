"""Vocabularies and scalers, fitted on train plays only, and the arrays that the towers read.

Position 0 of every vocabulary is *unknown*: a value that is missing, or that no train play has shown.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from engine.data.activity import fit_activity
from engine.data.artists import MOST_GUESTS, featured_artists, split_artist, standalone_artists
from engine.data.listening import Listening
from engine.data.schema import AUDIO_COLUMNS
from engine.data.whole import write_json
from engine.errors import BundleError

AGE_BANDS = (10, 14, 18, 22, 26, 30, 35, 40, 50, 60)  # lower edges in years
MAX_GENRES = 12  # a song's further genres are left out
LEAST_SONGS_A_GENRE = 3
LEAST_USERS_A_COUNTRY = 3
MOST_GENDERS = 12  # the most frequent; a column with more holds something else


@dataclass(frozen=True)
class Features:
    """What was fitted: enough to encode any user or song, in the catalogue or new.

    `artists`, `genres`, `genders` and `countries` are vocabularies without their unknown entry; `sound` names the
    numeric song columns, z-scored with `sound_mean` and `sound_std`. `activity` holds mean and standard deviation of
    each quantity of `activity.py`; `span` is the time from the first to the last train play in microseconds, 0 without
    times. `off` names the columns no train play knows.
    """

    artists: list[str]
    genres: list[str]
    genders: list[str]
    countries: list[str]
    sound: list[str]
    sound_mean: list[float]
    sound_std: list[float]
    activity: dict[str, tuple[float, float]] = field(default_factory=dict)
    span: int = 0
    off: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the features as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> "Features":
        """Read what `save` wrote."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise BundleError(f"{path}: can't be read as fitted features; build again") from error


@dataclass(frozen=True)
class SongArrays:
    """Songs as the item tower reads them.

    `artist` `(songs,)` int64, the main artist; `guests` `(songs, MOST_GUESTS)` and `genres` `(songs, MAX_GENRES)`
    int64, padded with 0; `sound` `(songs, columns)` float32,
    0 where missing, and `sound_known` of the same shape, 1 where known.
    """

    artist: np.ndarray
    guests: np.ndarray
    genres: np.ndarray
    sound: np.ndarray
    sound_known: np.ndarray


@dataclass(frozen=True)
class UserArrays:
    """Demographics as the user tower reads them: `age`, `gender`, `country`, each `(users,)` int64."""

    age: np.ndarray
    gender: np.ndarray
    country: np.ndarray


def fit(users: pd.DataFrame, songs: pd.DataFrame, train: Listening) -> Features:
    """Fit vocabularies and scalers on the users and songs that train plays name.

    Parameters
    ----------
    users, songs
        Typed tables, row number = position.
    train
        What the train plays say of them.
    """
    played, playing = songs[train.listeners > 0], users[train.user_songs > 0]
    sound = _sound_frame(played)
    known = [c for c in sound.columns if sound[c].notna().sum() >= 2 and sound[c].std(ddof=0) > 0]
    country_counts = playing["country"].dropna().value_counts()
    genres = genre_lists(played).explode().dropna().value_counts()
    credits = played["artist"].unique()
    features = Features(
        artists=sorted(standalone_artists(credits) | featured_artists(credits)),
        genres=sorted(genres.index[genres >= min(LEAST_SONGS_A_GENRE, len(played))]),
        genders=sorted(playing["gender"].dropna().str.lower().value_counts().index[:MOST_GENDERS]),
        countries=sorted(country_counts.index[country_counts >= LEAST_USERS_A_COUNTRY]),
        sound=known,
        sound_mean=[float(sound[c].mean()) for c in known],
        sound_std=[float(sound[c].std(ddof=0)) for c in known],
        activity=fit_activity(train, users["signed_up_at"]),
        span=int(train.span.end - train.span.start) if train.span.dated else 0,
    )
    off = [c for c in ("age", "gender", "country") if not playing[c].notna().any()]
    off += [] if features.genres else ["genres"]
    columns = (*AUDIO_COLUMNS, "release_year")
    off += [c for c in columns if c not in played or not played[c].notna().any()]
    off += [] if train.span.dated else ["played_at"]
    return replace(features, off=off)


def encode_songs(features: Features, songs: pd.DataFrame) -> SongArrays:
    """Encode songs, known or new; unknown columns may be missing from `songs`."""
    artists = {name: i for i, name in enumerate(features.artists, start=1)}
    genres = {name: i for i, name in enumerate(features.genres, start=1)}
    credit, names = pd.factorize(songs["artist"].to_numpy())
    people = np.zeros((len(names) + 1, 1 + MOST_GUESTS), dtype=np.int64)
    for row, name in enumerate(names):
        main, guests = split_artist(str(name), artists)
        people[row, : 1 + len(guests)] = [artists.get(who, 0) for who in (main, *guests)]
    people = people[credit]  # a missing credit is -1: the last row, all unknown
    genre_array = np.zeros((len(songs), MAX_GENRES), dtype=np.int64)
    for row, names in enumerate(genre_lists(songs)):
        known = [genres[name] for name in names if name in genres][:MAX_GENRES]
        genre_array[row, : len(known)] = known
    frame = _sound_frame(songs)[features.sound]
    z = (frame.to_numpy(dtype=np.float64) - np.array(features.sound_mean)) / np.array(features.sound_std)
    sound_known = np.isfinite(z)
    # Beyond five standard deviations a value says "extreme"; how extreme would only drown the others.
    sound = np.clip(np.where(sound_known, z, 0.0), -5, 5)
    return SongArrays(
        people[:, 0], people[:, 1:], genre_array, sound.astype(np.float32), sound_known.astype(np.float32)
    )


def encode_users(features: Features, users: pd.DataFrame) -> UserArrays:
    """Encode the demographics of users, known or new."""
    genders = {name: i for i, name in enumerate(features.genders, start=1)}
    countries = {name: i for i, name in enumerate(features.countries, start=1)}
    age = users["age"].to_numpy(dtype=np.float64)
    band = np.where(np.isfinite(age), np.searchsorted(AGE_BANDS, age, side="right"), 0)
    return UserArrays(
        age=band.astype(np.int64),
        gender=users["gender"].str.lower().map(genders).fillna(0).to_numpy(dtype=np.int64),
        country=users["country"].map(countries).fillna(0).to_numpy(dtype=np.int64),
    )


def genre_list(genres: object) -> list[str]:
    """Split `a|b|c` into its parts, case folded, each once, in order."""
    if not isinstance(genres, str):
        return []
    return list(dict.fromkeys(" ".join(g.casefold().split()) for g in genres.split("|") if g.strip()))


def genre_lists(songs: pd.DataFrame) -> pd.Series:
    """Genres of each song as a list."""
    return songs["genres"].map(genre_list) if len(songs) else pd.Series([], dtype=object)


def _sound_frame(songs: pd.DataFrame) -> pd.DataFrame:
    """Numeric song columns as the model reads them: log duration, key on the circle of semitones, release year."""
    frame = songs.reindex(columns=[*AUDIO_COLUMNS, "release_year"]).astype("float64")
    frame["duration_ms"] = np.log(frame["duration_ms"])
    angle = frame.pop("key") * (2 * np.pi / 12)
    frame["key_sin"], frame["key_cos"] = np.sin(angle), np.cos(angle)
    return frame.rename(columns={"duration_ms": "log_duration"})
