"""What-if in words: what was changed, and where the song ranks then."""

from typing import Any, Protocol

from engine.explain.change import Change, Place, Smallest
from engine.reporting.variables import variable
from engine.reporting.words import GENDERS, count, listed, one_line, ordinal

_MOST_NAMED = 6


class Songs(Protocol):
    """What gives a song's facts by its id: an Engine."""

    def song(self, song_id: str) -> dict[str, Any]:
        """Give what is known of a song."""


def moved_words(engine: Songs, before: Place, after: Place, change: Change) -> str:
    """Say where a song would rank; not escaped."""
    if not change.size:
        return f"It ranks {ordinal(before.rank)} as things are. Change something, and see it move."
    if after.rank == before.rank:
        return f"{_changed(engine, change)}, it would still rank {ordinal(before.rank)}."
    way = "fall" if after.rank > before.rank else "rise"
    return f"{_changed(engine, change)}, it would {way} from rank {count(before.rank)} to {count(after.rank)}."


def change_words(engine: Songs, found: Smallest, top: int) -> str:
    """Say what a search for the smallest change has found; not escaped."""
    if found.change is None or found.after is None:
        return f"Nothing drops it out of the first {top}: it stays even without their whole history."
    if not found.change.size:
        return f"It is not among the first {top}: it ranks {ordinal(found.now.rank)}."
    kind = "One thing is" if found.change.size == 1 else f"{count(found.change.size)} things are"
    if found.change.size > 2:
        kind = f"At most {count(found.change.size)} songs are"
    says = f"{kind} enough. {_changed(engine, found.change)}, it would fall from rank {count(found.now.rank)}"
    return f"{says} to {count(found.after.rank)}. ({count(found.tried)} changes were tried.)"


def _changed(engine: Songs, change: Change) -> str:
    parts = []
    if change.without:
        named = [f"“{one_line(engine.song(song)['title'], 50)}”" for song in change.without[:_MOST_NAMED]]
        more = len(change.without) - len(named)
        parts.append(f"without {listed([*named, *([f'{count(more)} more'] if more else [])])}")
    for name, value in change.told.items():
        if value is None:
            parts.append(f"if their {name} was not known")
        elif name == "age":
            parts.append(f"if they were {float(value):.0f} years old")
        elif name == "gender":
            parts.append(f"if they were {GENDERS.get(str(value), str(value))}")
        else:
            parts.append(f"if they were from {one_line(value, 40)}")
    for name, number in change.sound.items():
        shown = variable(name)
        unit = f" {shown.unit}" if shown.unit else ""
        parts.append(f"if its {shown.title.lower()} was {shown.write(number)}{unit}")
    text = listed(parts)
    return text[:1].upper() + text[1:]
