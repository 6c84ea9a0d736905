"""Who made a song: the main artist and the guests, read from one string.

"feat." always names guests. "&", "," and the like join two artists in one credit and are part of a name in another
("Earth, Wind & Fire"), so they divide only where every part is an artist known on its own.
"""

import re
from collections.abc import Container, Iterable

_GUESTS = re.compile(r"\s*[(\[]?\b(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_JOINS = re.compile(r"\s*(?:,|;|/|\|| & | \+ | x | vs\.? | with | and )\s*", re.IGNORECASE)
MOST_GUESTS = 4


def artist_key(artist: str) -> str:
    """Fold case and spaces, so that "The  Band" and "the band" are one artist."""
    return " ".join(str(artist).casefold().split())


def split_artist(artist: str, known: Container[str]) -> tuple[str, list[str]]:
    """Split a credit into the key of its main artist and those of its guests.

    Parameters
    ----------
    known
        Keys of artists that stand alone somewhere: `standalone_artists` and `featured_artists` of the train songs.
    """
    lead, *guests = _GUESTS.split(artist, maxsplit=1)
    if not artist_key(lead):
        return artist_key(artist), []
    names = [artist_key(lead)]
    if names[0] not in known:
        parts = _parts(lead)
        if len(parts) > 1 and all(part in known for part in parts):
            names = parts
    if guests:
        names += _parts(guests[0].rstrip(" )]"))
    return names[0], list(dict.fromkeys(name for name in names[1:] if name != names[0]))[:MOST_GUESTS]


def standalone_artists(artists: Iterable[str]) -> set[str]:
    """Keys of the artists that some credit names alone: all credits without "feat.", less the joined ones."""
    leads = {lead for lead in (_GUESTS.split(artist, maxsplit=1)[0] for artist in artists) if artist_key(lead)}
    keys = {artist_key(lead) for lead in leads}
    joined = set()
    for lead in leads:
        parts = _parts(lead)
        if len(parts) > 1 and all(part in keys for part in parts):
            joined.add(artist_key(lead))
    return keys - joined


def featured_artists(artists: Iterable[str]) -> set[str]:
    """Keys of the guests that a "feat." names."""
    guests = (_GUESTS.split(artist, maxsplit=1)[1:] for artist in artists)
    return {key for rest in guests if rest for key in _parts(rest[0].rstrip(" )]"))}


def _parts(credit: str) -> list[str]:
    return [key for key in map(artist_key, _JOINS.split(credit)) if key]
