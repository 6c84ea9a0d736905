"""The smallest change that drops a song out of the first ten, found by search."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from engine.data.features import AGE_BANDS
from engine.explain.change import Change, Smallest
from engine.explain.what_if import changed, place, places, sound_columns
from engine.serving.recommender import Listener

if TYPE_CHECKING:
    from engine.serving.engine import Engine

TOP = 10
_MOST_SINGLES = 40  # songs of the history that are tried, by how much they lift the song
_MOST_IN_PAIRS = 16  # changes that are tried two by two, by how far the song falls
_MOST_COUNTRIES = 12
_QUANTILES = (0.05, 0.5, 0.95)  # of a sound over the catalogue, to try


def smallest_change(
    engine: "Engine",
    listener: Listener,
    song_id: str,
    top: int = TOP,
    say: Callable[[str, float], None] = lambda text, share: None,
) -> Smallest:
    """Search for the smallest change after which a song is not among the first `top`; of equals the most telling."""
    now = place(engine, listener, song_id)
    if now.rank > top:
        return Smallest(now, Change(), now, 0)
    lifting = _lifting(engine, listener, song_id)
    changes = [Change(without=(song,)) for song in lifting[:_MOST_SINGLES]]
    changes += [*_of_listener(engine, listener), *_of_song(engine, song_id)]
    tried = 0
    for text in ("one change", "two changes"):
        say(text, 0.1 if not tried else 0.4)
        after = places(engine, listener, song_id, changes)
        tried += len(changes)
        telling = sorted(range(len(changes)), key=lambda i: (-after[i].rank, after[i].score))
        if telling and after[telling[0]].rank > top:
            return Smallest(now, changes[telling[0]], after[telling[0]], tried)
        changes = _pairs([changes[i] for i in telling[:_MOST_IN_PAIRS]])
    out: tuple[str, ...] = ()
    while len(out) < len(listener.history):
        say(f"{len(out) + 1} songs", 0.7)
        left = _lifting(engine, changed(engine, listener, Change(out)), song_id)
        out = (*out, left[0])
        after_all = place(engine, listener, song_id, Change(out))
        tried += 1
        if after_all.rank > top:
            return Smallest(now, Change(out), after_all, tried)
    return Smallest(now, None, None, tried)


def _pairs(changes: list[Change]) -> list[Change]:
    return [
        Change((*a.without, *b.without), {**a.told, **b.told}, {**a.sound, **b.sound})
        for a, b in itertools.combinations(changes, 2)
        if not (set(a.told) & set(b.told) or set(a.sound) & set(b.sound))
    ]


def _lifting(engine: "Engine", listener: Listener, song_id: str) -> list[str]:
    """Ids of the history, first those without which the song's score is lowest; itself never."""
    song, ids = engine.song_position(song_id), engine.songs["song_id"].array
    heard = [str(ids[at]) for at in listener.history if at != song]
    without = [changed(engine, listener, Change((one,))) for one in heard]
    if not without:
        return []
    own = engine.recommender.exact.narrowed(np.array([song]))
    scores = own.scores(engine.recommender.queries(without))[:, 0]
    return [heard[i] for i in np.argsort(scores, kind="stable")]


def _of_listener(engine: "Engine", listener: Listener) -> list[Change]:
    """Every other age band, gender and country (the most frequent), and none."""
    features, found = engine.features, []
    ages: list[float | str | None] = [None, AGE_BANDS[0] - 1, *AGE_BANDS] if "age" not in features.off else []
    genders: list[float | str | None] = [None, *features.genders] if features.genders else []
    frequent = engine.users["country"].value_counts().index if "country" in engine.users else []
    frequent = [c for c in frequent if c in features.countries][:_MOST_COUNTRIES]
    countries = [None, *frequent] if features.countries else []
    for name, values in (("age", ages), ("gender", genders), ("country", countries)):
        own = int(getattr(listener.user, name)[0])
        for value in values:
            change = Change(told={name: value})
            if int(getattr(changed(engine, listener, change).user, name)[0]) != own:
                found.append(change)
    return found


def _of_song(engine: "Engine", song_id: str) -> list[Change]:
    """Each sound as low, as usual and as high as it gets, unless that is how the song sounds."""
    own, found = engine.song(song_id), []
    for name in sound_columns(engine):
        values = engine.songs[name].dropna().astype(float)
        for value in dict.fromkeys(values.quantile(_QUANTILES)) if len(values) else ():
            if own[name] is None or abs(float(own[name]) - value) > 1e-9:
                found.append(Change(sound={name: float(value)}))
    return found
