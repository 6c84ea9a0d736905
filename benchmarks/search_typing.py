"""Ways in which people mistype: each takes a text and a random generator, and gives the text as it was typed."""

import random
import re
import unicodedata

from anyascii import anyascii

_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
NOISE = ("lyrics", "official video", "audio", "hd", "mp3", "song", "music video", "full song", "official", "youtube")
NUMBERS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
        map(str, range(13)),
        strict=True,
    )
)
# Respelt as it sounds; each pattern is tried at a place drawn at random.
_SOUNDS = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c(?=[aou])", "k"), ("k", "c"), ("c(?=[ei])", "s"), ("s(?=[aeiou])", "z"),
    ("z", "s"), ("ee", "ea"), ("ea", "ee"), ("oo", "u"), ("ou", "ow"), ("ough", "uff"), ("tion", "shun"), ("igh", "i"),
    ("ight", "ite"), ("y\\b", "ie"), ("ie", "y"), ("ei", "ie"), ("x", "ks"), ("qu", "kw"), ("wh", "w"), ("kn", "n"),
    ("wr", "r"), ("([b-df-hj-np-tv-z])\\1", "\\1"), ("er\\b", "a"), ("or\\b", "er"), ("a", "e"), ("e\\b", ""),
    ("ai", "ay"), ("ay", "ey"), ("gh", "g"), ("j", "g"), ("sch", "sh"), ("dge", "j"), ("i", "y"), ("th", "t"),
    ("mb\\b", "m"), ("ce\\b", "se"), ("au", "aw"), ("aw", "au"), ("oa", "o"), ("ey", "y"), ("v", "w"),
)  # fmt: skip


def plain(text: str) -> str:
    """Give a text in Latin letters and digits, one space apart: the judge's and the peers' own normaliser."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    text = anyascii("".join(char for char in text if not 0x300 <= ord(char) < 0x370)).lower()
    text = re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`]", "", text.replace("&", " and ")))
    return " ".join("feat" if word in ("ft", "featuring") else word for word in text.split())


def edits(text: str, draw: random.Random, count: int) -> str:
    """Make `count` slips at different letters: one changed, left out, typed twice over or swapped with the next."""
    for place in sorted(_places(text, draw, count), reverse=True):
        kind = draw.randrange(4)
        letter = draw.choice(_LETTERS)
        if kind == 0:
            text = text[:place] + letter + text[place + 1 :]
        elif kind == 1:
            text = text[:place] + text[place + 1 :]
        elif kind == 2:
            text = text[:place] + letter + text[place:]
        else:
            text = text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]
    return text


def keyboard(text: str, draw: random.Random) -> str:
    """Hit a key beside the right one, once or twice."""
    letters = list(text)
    for place in _places(text, draw, draw.choice((1, 1, 2))):
        row = next((row for row in _KEYBOARD if letters[place] in row), None)
        if row is not None:
            at = row.index(letters[place])
            letters[place] = draw.choice(row[max(at - 1, 0) : at] + row[at + 1 : at + 2])
    return "".join(letters)


def wrong_first(text: str, draw: random.Random) -> str:
    """Change the first letter of the text."""
    place = next((i for i, char in enumerate(text) if char.isalnum()), 0)
    return text[:place] + draw.choice(_LETTERS.replace(text[place : place + 1].lower() or "a", "")) + text[place + 1 :]


def space_lost(text: str, draw: random.Random) -> str:
    """Leave one space out."""
    place = draw.choice([i for i, char in enumerate(text) if char == " "])
    return text[:place] + text[place + 1 :]


def space_added(text: str, draw: random.Random) -> str:
    """Put one or two spaces inside words."""
    for _ in range(draw.choice((1, 2))):
        place = draw.choice([i for i in range(1, len(text)) if text[i] != " " != text[i - 1]])
        text = text[:place] + " " + text[place:]
    return text


def shuffled(text: str, draw: random.Random) -> str:
    """Say the words in another order."""
    words = text.split()
    turned = words[:]
    while turned == words and len(set(words)) > 1:
        draw.shuffle(turned)
    return " ".join(turned)


def word_dropped(title: str, artist: str, draw: random.Random) -> str | None:
    """Leave one word of a title or an artist out; None where each is a single word."""
    fields = [title.split(), artist.split()]
    words = [(field, i) for field in fields if len(field) > 1 for i in range(len(field))]
    if not words:
        return None
    field, place = draw.choice(words)
    del field[place]
    return " ".join(fields[0] + fields[1])


def as_it_sounds(text: str, draw: random.Random) -> str:
    """Respell two or three places as they sound."""
    wanted = draw.choice((2, 2, 3))
    for pattern, heard in draw.sample(_SOUNDS, len(_SOUNDS)):
        found = list(re.finditer(pattern, text))
        if found and wanted:
            place = draw.choice(found)
            text = text[: place.start()] + place.expand(heard) + text[place.end() :]
            wanted -= 1
    return text


def without_marks(text: str) -> str:
    """Leave the diacritics away."""
    text = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(char for char in text if not 0x300 <= ord(char) < 0x370))


def without_punctuation(text: str) -> str:
    """Leave away what is neither letter, digit nor space."""
    return " ".join("".join(char for char in text if char.isalnum() or char == " ").split())


def numbers_turned(text: str) -> str:
    """Write digits as words and words as digits, and "and" for "&" or the other way round."""
    digits = {digit: word for word, digit in NUMBERS.items()}
    other = {**NUMBERS, **digits, "&": "and", "and": "&"}
    return " ".join(other.get(word, word) for word in text.split())


def _places(text: str, draw: random.Random, count: int) -> list[int]:
    letters = [i for i, char in enumerate(text) if char.isalnum()]
    return draw.sample(letters, min(count, len(letters)))
