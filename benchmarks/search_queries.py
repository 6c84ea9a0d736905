"""A misspelling benchmark from real titles: what someone typed, what they meant, and which answers are right.

Nothing here is a misspelling that search was tuned on by hand: queries come from a seed, and the seed of the
figures in the README was not looked at before.
"""

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

from benchmarks import search_typing as typing
from benchmarks.search_typing import plain

try:
    from unidecode import unidecode  # a second way to write other scripts; only the peers' environment has it
except ImportError:
    unidecode = anyascii

Song = tuple[str, str]
plain_of = lru_cache(1 << 20)(plain)
ASIDE = re.compile(r"\s*[(\[].*$|\s+-\s.*$", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """One query.

    Parameters
    ----------
    kind
        Class of error.
    text
        What was typed.
    song
        Position of the song that was meant.
    form
        What was typed of it, which says what counts as found: "both", "title", "short", "artist", "start" or "main".
    start
        For a beginning, the letters without the typing error.
    """

    kind: str
    text: str
    song: int
    form: str
    start: str = ""


def is_right(asked: Asked, meant: Song, found: Song) -> bool:
    """Tell whether an answer is the song that was meant, or one that the query says just as well.

    Of a title alone, every song of that title is right; of an artist, every song of theirs; of a beginning,
    every song that begins so. A title of up to four letters with a typing error is often another title too:
    one that is as near to what was typed is right. A song whose very name was typed is right in any case, and
    one that says the same in another order, such as a guest named with the artist and not with the title.
    """
    title, artist = map(plain_of, found)
    meant_title, meant_artist = map(plain_of, meant)
    if plain_of(asked.text) in (f"{title} {artist}", f"{artist} {title}"):
        return True
    if sorted(f"{title} {artist}".split()) == sorted(f"{meant_title} {meant_artist}".split()):
        return True
    if asked.form == "title":
        return title == meant_title
    if asked.form == "short":
        text = plain_of(asked.text)
        return OSA.distance(text, title) <= OSA.distance(text, meant_title)
    if asked.form == "artist":
        return artist == meant_artist
    if asked.form == "start":
        return found == meant or any(key.startswith(asked.start) for key in (title, f"{title} {artist}"))
    if asked.form == "main":
        return artist.partition(" feat ")[0] == meant_artist.partition(" feat ")[0] and plain_of(
            ASIDE.sub("", found[0])
        ) == plain_of(ASIDE.sub("", meant[0]))
    return title == meant_title and artist == meant_artist


def build_queries(songs: list[Song], misspellings: dict[str, list[str]], per_kind: int, seed: int) -> list[Asked]:
    """Draw `per_kind` songs for each class of error that they can suffer, and type them wrong; shuffled."""
    asked: list[Asked] = []
    for kind, (form, type_wrong) in _kinds(misspellings).items():
        draw = random.Random(f"{seed} {kind}")
        wanted = per_kind
        for song in draw.sample(range(len(songs)), len(songs)):
            if not wanted:
                break
            typed = type_wrong(*songs[song], draw)
            if typed is None or not plain(typed[0]):
                continue
            asked.append(Asked(kind, typed[0], song, typed[2] if len(typed) > 2 else form, typed[1]))
            wanted -= 1
    random.Random(seed).shuffle(asked)
    return asked


Typed = tuple[str, ...] | None  # what was typed, a beginning without its error, the form where it is not the class's
TypeWrong = Callable[[str, str, random.Random], Typed]


def _kinds(misspellings: dict[str, list[str]]) -> dict[str, tuple[str, TypeWrong]]:
    """Give each class of error: which answers are right, and how it is typed (None: not this song)."""

    def whole(change: Callable[[str, random.Random], str], fits: Callable[[str], bool] = bool) -> TypeWrong:
        def type_wrong(title: str, artist: str, draw: random.Random) -> Typed:
            text = f"{title} {artist}".lower()
            if len(plain(title)) < 2 or not plain(artist) or not fits(text):
                return None
            typed = change(text, draw)
            return None if typed == text else (typed, "")

        return type_wrong

    def title_only(title: str, artist: str, draw: random.Random) -> Typed:
        if not 6 <= len(plain(title).replace(" ", "")) <= 40 or len(ASIDE.sub("", title)) < len(title):
            return None
        return typing.edits(title.lower(), draw, 1), ""

    def artist_only(title: str, artist: str, draw: random.Random) -> Typed:
        return (typing.edits(artist.lower(), draw, 1), "") if 6 <= len(plain(artist).replace(" ", "")) <= 40 else None

    def human(title: str, artist: str, draw: random.Random) -> Typed:
        words = title.lower().split()
        wrong = [i for i, word in enumerate(words) if word in misspellings]
        if not wrong:
            return None
        place = draw.choice(wrong)
        words[place] = draw.choice(misspellings[words[place]])
        return " ".join(words) + " " + artist.lower(), ""

    def short(slips: int) -> TypeWrong:
        def type_wrong(title: str, artist: str, draw: random.Random) -> Typed:
            if not 2 <= len(plain(title)) <= 4 or " " in plain(title) or not title.isascii() or not title.isalnum():
                return None
            if slips and len(title) < 3:
                return None
            return typing.edits(title.lower(), draw, slips), ""

        return type_wrong

    def begun(slips: int) -> TypeWrong:
        def type_wrong(title: str, artist: str, draw: random.Random) -> Typed:
            text = f"{plain(title)} {plain(artist)}"
            if len(text) < 10 or not plain(title) or not plain(artist):
                return None
            start = text[: round(len(text) * 0.6)].strip()
            return typing.edits(start, draw, slips), start

        return type_wrong

    def latin(title: str, artist: str, draw: random.Random) -> Typed:
        if sum(not unicodedata.name(char, "LATIN").startswith("LATIN") for char in title if char.isalpha()) < 2:
            return None
        romanise = draw.choice((anyascii, unidecode))
        alone = draw.random() < 0.3
        text = romanise(title if alone else f"{title} {artist}")
        return " ".join(re.sub(r"[^\w\s]", " ", text).lower().split()), "", "title" if alone else "both"

    def dropped(title: str, artist: str, draw: random.Random) -> Typed:
        typed = typing.word_dropped(title.lower(), artist.lower(), draw) if len(title.split()) < 9 else None
        return None if typed is None else (typed, "")

    def turned(title: str, artist: str, draw: random.Random) -> Typed:
        return typing.edits(f"{artist} {title}".lower(), draw, 1), ""

    def main_only(title: str, artist: str, draw: random.Random) -> Typed:
        main = ASIDE.sub("", title)
        return (f"{main} {artist}".lower(), "") if plain(main) and plain(main) != plain(title) else None

    return {
        "exact": ("both", whole(lambda text, draw: text.title() if text.title() != text else text.upper())),
        "1 edit": ("both", whole(lambda text, draw: typing.edits(text, draw, 1))),
        "2 edits": ("both", whole(lambda text, draw: typing.edits(text, draw, 2), lambda text: len(text) > 10)),
        "3 edits": ("both", whole(lambda text, draw: typing.edits(text, draw, 3), lambda text: len(text) > 14)),
        "keyboard neighbour": ("both", whole(typing.keyboard)),
        "human misspelling": ("both", human),
        "missing space": ("both", whole(typing.space_lost)),
        "extra space": ("both", whole(typing.space_added)),
        "no spaces": ("both", whole(lambda text, draw: text.replace(" ", ""))),
        "wrong first letter": ("both", whole(typing.wrong_first)),
        "artist first": ("both", lambda title, artist, draw: (f"{artist} {title}".lower(), "")),
        "artist first, typo": ("both", turned),
        "shuffled": ("both", whole(typing.shuffled, lambda text: 3 <= len(text.split()) <= 10)),
        "dropped word": ("both", dropped),
        "diacritics lost": ("both", whole(lambda text, draw: typing.without_marks(text))),
        "punctuation lost": ("both", whole(lambda text, draw: typing.without_punctuation(text))),
        "non-Latin in Latin": ("both", latin),
        "phonetic": ("both", whole(typing.as_it_sounds, str.isascii)),
        "prefix": ("start", begun(0)),
        "prefix, typo": ("start", begun(1)),
        "artist only, typo": ("artist", artist_only),
        "title only, typo": ("title", title_only),
        "short title": ("title", short(0)),
        "short title, typo": ("short", short(1)),
        "noise word": ("both", whole(lambda text, draw: f"{text} {draw.choice(typing.NOISE)}")),
        "\"by\" between": ("both", lambda title, artist, draw: (f"{title} by {artist}".lower(), "")),
        "numbers and signs": ("both", whole(lambda text, draw: typing.numbers_turned(text))),
        "tail left out": ("main", main_only),
    }  # fmt: skip
