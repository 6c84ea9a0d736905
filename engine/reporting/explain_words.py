"""Explanations in words: what each group is called, and one sentence that says why."""

from collections.abc import Sequence
from typing import Any

from engine.explain.explanation import (
    AGE,
    ANY_SONG,
    ARTIST,
    COUNTRY,
    GENDER,
    GENRES,
    HISTORY,
    NOW,
    OWN,
    POPULARITY,
    SONG,
    Explanation,
)
from engine.explain.questions import FEATURE_ABLATION, INTEGRATED_GRADIENTS, Baseline
from engine.reporting.variables import variable
from engine.reporting.words import listed, one_line

_TITLES = {
    ANY_SONG: "Any song for them",
    HISTORY: "Songs they play",
    OWN: "What is theirs alone",
    SONG: "Its own listeners",
    ARTIST: "Artist",
    GENRES: "Genres",
    POPULARITY: "Popularity",
    NOW: "The moment",  # of a song that nobody has played, how much such songs are played
}
_PHRASES = {
    HISTORY: "the songs they play",
    AGE: "their age",
    GENDER: "their gender",
    COUNTRY: "their country",
    OWN: "what is theirs alone",
    SONG: "what its own listeners play",
    GENRES: "its genres",
    NOW: "how much it is played right now",
    "key": "its key",
    "mode": "its mode",
}
LEAST_SHARE = 0.04  # of all that speaks for or against: less isn't worth a word
_MOST_REASONS, _MOST_OBJECTIONS, _MOST_SONGS = 3, 2, 2
_LEADING = 0.05  # a song's least share of what its history is worth to be named


def group_title(name: str) -> str:
    """Call a group what people call it."""
    return _TITLES.get(name) or variable(name).title


def group_phrase(name: str) -> str:
    """Call a group as a sentence does: its loudness, the songs they play."""
    return _PHRASES.get(name) or f"its {variable(name).title.lower()}"


def on_the_whole(names: Sequence[str], users: int) -> str:
    """Say which groups count most over many listeners, the first ones first; not escaped."""
    called = {HISTORY: "the songs a listener plays", SONG: "a song’s own listeners", OWN: "what is a listener’s alone"}
    words = listed([called.get(name) or group_title(name).lower() for name in names])
    return f"{words[:1].upper()}{words[1:]} count most in what ranks first, over {users:,} listeners."


def sentence(found: Explanation, song: dict[str, Any], who: str = "") -> str:
    """Say in one plain sentence why a song has its score; not escaped.

    Parameters
    ----------
    song
        As of `Engine.song`.
    who
        The listener's id; "" for someone without one.
    """
    title, listener = f"“{one_line(song['title'], 80)}”", f"listener {one_line(who, 40)}" if who else "them"
    if found.completeness_error is None:
        return f"For {listener}, {title} scores as {against(found.baseline)} does."
    groups = found.groups[found.groups["name"] != ANY_SONG]
    high = groups["attribution"].sum() > 0
    size = groups["attribution"].abs()
    worth = groups[size >= LEAST_SHARE * size.sum()]
    speaks = (worth["attribution"] > 0) == high
    new = song.get("listeners") == 0
    reasons = [_phrase(n, a, found, new) for n, a in worth[speaks].head(_MOST_REASONS).itertuples(index=False)]
    objections = [_phrase(n, a, found, new) for n, a in worth[~speaks].head(_MOST_OBJECTIONS).itertuples(index=False)]
    than = {"average": "an average song", "popular": "the average of what is played"}.get(
        found.baseline.song, "the other"
    )
    says = f"For {listener}, {title} scores {'above' if high else 'below'} {than}"
    if reasons:
        says += f" because of {listed(reasons)}"
    if objections:
        verb = "speaks" if len(objections) == 1 and not objections[0].endswith("genres") else "speak"
        says += f"; {listed(objections)} {verb} {'against' if high else 'for'} it"
    return f"{says}."


def against(baseline: Baseline) -> str:
    """Say what a score is held against."""
    listener = {
        "average": "an average listener",
        "unknown": "someone of whom nothing is known",
        "peers": "someone of the same age, gender and country",
    }[baseline.listener]
    song = {"average": "an average song", "popular": "the average of what is played"}.get(baseline.song)
    return f"{song or 'the other song'} for {listener} without a history"


def completeness(found: Explanation) -> str:
    """Say whether the parts add up."""
    error = found.completeness_error
    if error is None:
        return "there is no difference to take apart"
    if found.method == FEATURE_ABLATION:
        return f"each part alone is taken away, so they need not add up: they are {error:.0%} off".replace("%", " %")
    exactly = "under 0.01 %" if error < 1e-4 else f"{100 * error:.2f} %"
    return f"the parts add up to the difference, {exactly} off"


def agreement(found: Explanation, other: Explanation) -> str:
    """Say whether another method names the same three groups first."""
    who = "Integrated gradients agree" if other.method == INTEGRATED_GRADIENTS else "Ablation agrees"
    mine, theirs = found.largest(), other.largest()
    shared = len(set(mine) & set(theirs))
    return f"{who} on {'the' if shared == len(mine) else f'{shared} of the'} {len(mine)} largest groups"


def _phrase(name: str, attribution: float, found: Explanation, new: bool) -> str:
    if name == NOW and new:
        return f"how {'often' if attribution > 0 else 'seldom'} new songs are what is played next"
    if name == POPULARITY:
        return "its popularity" if attribution > 0 else "how little known it is"
    if name == HISTORY and attribution > 0 and not found.history.empty:
        lifts = found.history[found.history["attribution"] >= _LEADING * attribution].head(_MOST_SONGS)
        named = list(dict.fromkeys(f"“{one_line(title, 60)}”" for title in lifts["title"]))
        return f"the songs they play (above all {listed(named)})" if named else _PHRASES[HISTORY]
    return group_phrase(name)
