"""How one list of songs stands to another: who moved by how much, what is new, how much is in both."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.reporting.words import count


@dataclass(frozen=True)
class Move:
    """What became of a song: `places` it is higher than before (lower, if negative), or None where it is new."""

    places: int | None


def moves(before: Sequence[str], after: Sequence[str]) -> list[Move]:
    """Tell for each song of `after` how it stood in `before`."""
    was = {song: place for place, song in enumerate(before)}
    return [Move(was[song] - place if song in was else None) for place, song in enumerate(after)]


def mark(move: Move) -> str:
    """Write a move as HTML: an arrow for those who see it, words for those who hear it; "" where nothing moved."""
    if move.places is None:
        return '<span class="moved moved-up">new</span>'
    if move.places == 0:
        return ""
    up, by = move.places > 0, abs(move.places)
    arrow, way = ("▲", "up") if up else ("▼", "down")
    said = f"{way} {by} {'place' if by == 1 else 'places'}"
    shown = f'<span class="moved moved-{way}" aria-hidden="true">{arrow}{by}</span>'
    return f'{shown}<span class="for-readers">{said}</span>'


def changes(before: Sequence[str], after: Sequence[str]) -> str:
    """Say how far a list was put in another order."""
    found = moves(before, after)
    new = sum(move.places is None for move in found)
    moved = sum(bool(move.places) for move in found)
    if not new and not moved:
        return "The order is the model’s own."
    return f"Against the model’s own order {count(new)} of {count(len(found))} are new and {count(moved)} have moved."


def overlap(mine: Sequence[str], theirs: Sequence[str]) -> str:
    """Say how far two lists agree."""
    both = set(mine) & set(theirs)
    if not both:
        return "The two lists have no song in common."
    if list(mine) == list(theirs):
        return "The two lists are the same."
    apart = [abs(list(mine).index(song) - list(theirs).index(song)) for song in both]
    mean = sum(apart) / len(apart)
    longest = max(len(mine), len(theirs))
    are = "song is" if len(both) == 1 else "songs are"
    stand = "in the same place" if not any(apart) else f"{mean:.1f} {'place' if mean == 1 else 'places'} apart"
    on_average = " on average" if len(both) > 1 and any(apart) else ""
    return f"{count(len(both))} of {count(longest)} {are} in both lists, {stand}{on_average}."
