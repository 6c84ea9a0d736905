"""What would change a recommendation: songs out of the history, another age, gender, country or sound; and the rank.

Asked of the engine itself, not of an approximation: the listener is embedded anew and the whole catalogue ranked. Songs
of the history stay out of the ranking when they are taken out of the history, for they have been heard all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.data.features import UserArrays, encode_songs
from engine.data.schema import SONGS
from engine.errors import SettingsError
from engine.explain.change import Change, Place
from engine.serving.recommender import Listener

if TYPE_CHECKING:
    from engine.serving.engine import Engine

DEMOGRAPHICS = ("age", "gender", "country")


def place(engine: "Engine", listener: Listener, song_id: str, change: Change | None = None) -> Place:
    """Give the place of a song for a listener, perhaps with something changed."""
    return places(engine, listener, song_id, [change or Change()])[0]


def places(engine: "Engine", listener: Listener, song_id: str, changes: Sequence[Change]) -> list[Place]:
    """Give the place of a song under each of some changes.

    Raises
    ------
    SettingsError
        A change is of something that isn't there: a song that is not of the history, a column that is no sound's.
    """
    song = engine.song_position(song_id)
    queries = engine.recommender.queries([changed(engine, listener, change) for change in changes])
    index = engine.recommender.exact
    seen = listener.history[listener.history != song]
    own = index.narrowed(np.array([song]))
    found = []
    for query, change in zip(queries, changes, strict=True):
        mine = replace(own, vectors=_sounding(engine, song, change.sound)[None]) if change.sound else own
        score = float(mine.scores(query[None])[0, 0])
        scores = index.scores(query[None])[0].astype(np.float64)
        scores[seen] = -np.inf
        scores[song] = -np.inf
        found.append(Place(score, 1 + int((scores > score).sum())))
    return found


def changed(engine: "Engine", listener: Listener, change: Change) -> Listener:
    """Give a listener with what is changed of them."""
    out = np.array([engine.song_position(song) for song in change.without], dtype=np.int64)
    missing = ~np.isin(out, listener.history)
    if missing.any():
        raise SettingsError(f"{change.without[int(np.argmax(missing))]!r} is not in the history, so can't be taken out")
    kept = ~np.isin(listener.history, out)
    times, weights = (None if x is None else x[kept] for x in (listener.played_at, listener.weights))
    return replace(
        listener,
        history=listener.history[kept],
        play_counts=listener.play_counts[kept],
        played_at=times,
        weights=weights,
        user=_told(engine, listener.user, change.told),
    )


def _told(engine: "Engine", user: UserArrays, told: Mapping[str, float | str | None]) -> UserArrays:
    if not told:
        return user
    unknown = [name for name in told if name not in DEMOGRAPHICS]
    if unknown:
        raise SettingsError(f"{unknown[0][:40]!r} can't be changed of a listener; only {', '.join(DEMOGRAPHICS)} can")
    age, gender, country = (told.get(name) for name in DEMOGRAPHICS)
    new = engine.listener(
        age=None if age is None else float(age),
        gender=None if gender is None else str(gender),
        country=None if country is None else str(country),
    ).user
    return UserArrays(*(getattr(new if name in told else user, name) for name in DEMOGRAPHICS))


def sound_columns(engine: "Engine") -> list[str]:
    """Name the columns of a song that can be changed: those of its sound and year that the model reads."""
    read = {"duration_ms": "log_duration", "key": "key_sin"}
    numbers = [column.name for column in SONGS.columns if column.kind == "number"]
    return [name for name in numbers if read.get(name, name) in engine.features.sound]


def _sounding(engine: "Engine", song: int, sound: Mapping[str, float]) -> np.ndarray:
    """Vector of a song with another sound, `(width,)`: the served one, and what the item tower makes of the change."""
    known = {column.name: column for column in SONGS.columns}
    row = engine.songs.iloc[[song, song]].reset_index(drop=True)
    for name, value in sound.items():
        if name not in sound_columns(engine):
            raise SettingsError(f"{name[:40]!r} is no sound that this model reads; it reads {_listed(engine)}")
        if not known[name].low <= value <= known[name].high:
            raise SettingsError(f"{name} must be from {known[name].low:g} to {known[name].high:g}, not {value:g}")
        row[name] = row[name].astype("float64")
        row.loc[1, name] = value
    arrays = encode_songs(engine.features, row)
    both = engine.item_tower.vectors(arrays, np.array([song, song]), row["has_id"].to_numpy())
    return np.asarray(engine.vectors[song] + both[1] - both[0])


def _listed(engine: "Engine") -> str:
    return ", ".join(sound_columns(engine)) or "none"
