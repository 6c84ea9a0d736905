"""Tell a title's words from those of its brackets and tails, and what kind of version these name.

Every word stays in the key that is searched: "(Reprise)" is another song than the plain title, and "(Live)"
may be asked for. What is found here only ranks: the plain song stands above versions nobody asked for.
"""

import re
from dataclasses import dataclass

from engine.search.normalise import MAX_TEXT, fold, words_of

# Kinds of version, the one that a song is least wanted for last; `costs.version` prices them.
PLAIN, FEAT, OTHER, REMASTER, EDIT, LIVE, REMIX, PART, COVER = range(9)


def _any_word(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split(', '))})\b")


_KINDS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (COVER, _any_word("karaoke, tribute, in the style of, made famous, originally performed, cover")),
    (
        PART,
        _any_word(
            "reprise, part, interlude, intro, outro, skit, prelude, sequel, chapter, volume, [ivx]{2,4}, [0-9]{1,2}"
        ),
    ),
    (EDIT, re.compile(r"\b(?:original|album|radio|single) mix\b")),
    (REMIX, _any_word("remix, mix, rmx, dub, bootleg, flip, rework, vip, sped up, slowed, nightcore")),
    (REMIX, _any_word("instrumental, acoustic, demo, acapella, a cappella, unplugged")),
    (LIVE, _any_word("live, concert, sessions?, ao vivo, en vivo, en directo")),
    (REMASTER, _any_word("remaster, remasterizado, mono, stereo, anniversary, deluxe, bonus")),
    (EDIT, _any_word("edit, version, single, album, original, explicit, clean, from, soundtrack, tv, theme, take")),
    (FEAT, re.compile(r"^(?:feat|with|w|prod|com|con)\b")),
)
# A bracket right after a letter and of one or two letters is spelling: "Love(d)".
_BRACKET = r"(?:(?<![a-z])[(\[{]([^)\]}]*)|[(\[{]([^)\]}]{3,}))[)\]}]?"
_ASIDE = re.compile(_BRACKET + r"|\s[-–—]+\s(.*)$|\s(?=(?:feat|ft|featuring)\b\.?\s)(.*)$")
_GUESTS = re.compile(r"[(\[]?(?<![a-z0-9])(?:feat|ft|featuring|presents|pres)\b.*$")


@dataclass(frozen=True, slots=True)
class Spelling:
    """Keys of a title or artist: `full` text, `main` without its asides ("" if the same), `kind` of version."""

    full: str
    main: str
    kind: int


def spell_title(title: str) -> Spelling:
    """Give a title's keys; its asides are brackets, a " - " tail and "feat." ones."""
    folded = fold(title[:MAX_TEXT])
    full = words_of(folded)
    asides = [next((part for part in match.groups() if part), "") for match in _ASIDE.finditer(folded)]
    if not asides:
        return Spelling(full, "", PLAIN)
    main = words_of(_ASIDE.sub(" ", folded))
    if not main or main == full:
        return Spelling(full, "", PLAIN)
    return Spelling(full, main, max(_kind_of(words_of(aside)) for aside in asides))


def spell_artist(artist: str) -> Spelling:
    """Give an artist's keys; the aside is what follows "feat."."""
    folded = fold(artist[:MAX_TEXT])
    full = words_of(folded)
    if "f" not in folded and "pres" not in folded:  # most artists, without a search
        return Spelling(full, "", PLAIN)
    main = words_of(_GUESTS.sub("", folded))
    return Spelling(full, main, FEAT) if main and main != full else Spelling(full, "", PLAIN)


def _kind_of(aside: str) -> int:
    return next((kind for kind, pattern in _KINDS if pattern.search(aside)), OTHER)
