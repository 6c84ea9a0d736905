"""A grammar small enough to read: templates with slots, word lists to fill them, and dice.

A template such as `3* the {adj} {n}` stands three times in its list, so it's drawn three times as often as a plain
one. A word may hold slots of its own. A slot that occurs twice in one template gets two different words, if it has two.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

_SLOT = re.compile(r"\{(\w+)\}")
_WEIGHT = re.compile(r"^(\d+)\*\s*")
_SMALL_WORD = re.compile(r"a|an|the|and|or|but|of|in|on|at|to|for|from|by|with|as|into|till|[ap]\.m\.")
_BLOCK = 8_192


class Language(NamedTuple):
    """What it takes to invent titles and artists in one language.

    `titles`, `people` and `bands` are templates, `live` the suffixes of a concert recording, `words` the lists behind
    the slots. `flavours` holds title templates for a genre that has its own tone. `headline` says that titles
    capitalise each word, as English does; `latin` that the alphabet is Latin, so a title can be styled in capitals.
    """

    words: Mapping[str, Sequence[str]]
    titles: Sequence[str]
    people: Sequence[str]
    bands: Sequence[str]
    live: Sequence[str]
    flavours: Mapping[str, Sequence[str]]
    headline: bool
    latin: bool


def options(text: str) -> tuple[str, ...]:
    """Split `a | 3* b` into `("a", "b", "b", "b")`."""
    found: list[str] = []
    for entry in text.split("|"):
        plain = " ".join(entry.split())
        weight = _WEIGHT.match(plain)
        found += [_WEIGHT.sub("", plain)] * (int(weight.group(1)) if weight else 1)
    return tuple(found)


def language(
    *,
    titles: str,
    people: str,
    bands: str,
    live: str = "(Live)",
    flavours: Mapping[str, str] | None = None,
    headline: bool = False,
    latin: bool = True,
    **words: str,
) -> Language:
    """Build a `Language` from its lists as text, entries separated by `|`."""
    return Language(
        words={slot: options(text) for slot, text in words.items()},
        titles=options(titles),
        people=options(people),
        bands=options(bands),
        live=options(live),
        flavours={genre: options(text) for genre, text in (flavours or {}).items()},
        headline=headline,
        latin=latin,
    )


class Dice:
    """Uniform draws from one generator, taken by the block: a numpy call a word would cost more than the word."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._block: list[float] = []

    def roll(self) -> float:
        """Draw from [0, 1)."""
        if not self._block:
            self._block = self._rng.random(_BLOCK).tolist()
        return self._block.pop()

    def pick(self, choices: Sequence[str]) -> str:
        """Draw one of `choices`."""
        return choices[int(self.roll() * len(choices))]

    def number(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self.roll() * (high - low + 1))


def expand(template: str, words: Mapping[str, Sequence[str]], dice: Dice) -> str:
    """Fill the slots of `template`, and those of the words that fill them."""
    used: dict[str, set[str]] = {}

    def fill(slot: re.Match[str]) -> str:
        name = slot.group(1)
        before = used.setdefault(name, set())
        unused = [word for word in words[name] if word not in before] if before else words[name]
        word = dice.pick(unused or words[name])
        before.add(word)
        return word

    while "{" in template:
        template = _SLOT.sub(fill, template)
    return template


def capitalise(text: str, headline: bool, turkish: bool = False) -> str:
    """Capitalise the first letter, or with `headline` each word but the small ones inside.

    Turkish has two letters i, and the dotted one stays dotted as a capital.
    """
    if not headline:
        for at, char in enumerate(text):
            if char.isalpha():
                return text[:at] + ("İ" if turkish and char == "i" else char.upper()) + text[at + 1 :]
            if char.isdigit():
                break
        return text
    words = text.split(" ")
    last = len(words) - 1
    return " ".join(
        word if _SMALL_WORD.fullmatch(word) and (0 < at < last or "." in word) else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )
