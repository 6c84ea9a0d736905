"""Text to search keys: one spelling for everything that people type for the same song.

`normalise` gives the Latin key (a-z, 0-9 and single spaces) that candidates and ranking work on;
`script_key` keeps the original script, which only decides between songs that read the same in Latin
letters. Words of brackets and tails stay in the key: `versions` tells them apart.
"""

import re
import unicodedata

from anyascii import anyascii

MAX_TEXT = 240  # characters; beyond that a title is no longer typed, only pasted

# Marks that people leave out when typing: Latin and Greek accents, Hebrew points, Arabic vowel signs.
# Not every mark: an Indic or Thai vowel is one too, and so is the voicing of a kana.
_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]"
)
_UNUSABLE = re.compile("[\ud800-\udfff\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_LETTER_INSIDE = re.compile(r"(?<=[a-z])!(?=[a-z])")
_DOLLAR = re.compile(r"\$(?=[a-z])|(?<=[a-z])\$")
_N_AND = re.compile(r"['`]n['`]|&|(?<=[a-z0-9])\+(?=[a-z0-9])|(?<= )\+(?= )")
_APOSTROPHE = re.compile(r"['`]")
_ACRONYM = re.compile(r"(?<![a-z0-9])(?:[a-z0-9]\.){2,}")
_OTHER = re.compile(r"[^a-z0-9]+")
_LONE_N = re.compile(r"(?<=[a-z0-9] )n(?= [a-z0-9])")

_SAME_WORD = {"featuring": "feat", "ft": "feat", "pt": "part", "vol": "volume", "remastered": "remaster"}


def fold(text: str) -> str:
    """Lower-case ASCII of any script, punctuation kept."""
    if text.isascii():
        return text.lower()
    text = _UNUSABLE.sub("", unicodedata.normalize("NFKC", text)).casefold().replace("\u0439", "y")
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
    text = text.replace("n°", "no ")
    if any(char.isalnum() for char in text):  # an emoji beside words is decoration, alone it is the title
        text = "".join(char if char.isascii() or unicodedata.category(char) != "So" else " " for char in text)
    return anyascii(text).lower()


def words_of(folded: str) -> str:
    """Give the words of folded text, one space apart, in one spelling for what people write in several."""
    if "!" in folded:
        folded = _LETTER_INSIDE.sub("i", folded)
    if "$" in folded:
        folded = _DOLLAR.sub("s", folded)
    folded = _APOSTROPHE.sub("", _N_AND.sub(" and ", folded))
    if "." in folded:
        folded = _ACRONYM.sub(lambda match: match[0].replace(".", ""), folded)
    words = _OTHER.sub(" ", folded).split()
    text = _LONE_N.sub("and", " ".join([_SAME_WORD.get(word, word) for word in words]))
    if len(text) <= MAX_TEXT:
        return text
    return text[:MAX_TEXT].rpartition(" ")[0] or text[:MAX_TEXT]  # never half a word, which could read as "ft"


def normalise(text: str) -> str:
    """Give the Latin search key of any text: a-z and 0-9 words, one space apart.

    Applying it twice changes nothing. A text without a letter, digit or symbol name gives "".
    """
    return words_of(fold(text[:MAX_TEXT]))


def script_key(text: str) -> str:
    """Give the text in its own script, without case, marks, punctuation and spaces; "" if it is plain ASCII.

    A text of symbols alone (a title such as "+" or "???") is its own key, ASCII or not.
    """
    text = text[:MAX_TEXT]
    if text.isascii():
        bare = "".join(text.split())
        return "" if any(char.isalnum() for char in bare) else bare
    text = _UNUSABLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
    kept = "".join(char for char in text if char.isalnum() or unicodedata.category(char)[0] == "M")
    if kept.isascii() and kept:
        return ""
    return kept or "".join(text.split())
