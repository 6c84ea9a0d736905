"""Queries that mean no song, and a hundred hostile ones."""

import random
import re
from collections import Counter, defaultdict

from benchmarks.search_queries import Song

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def build_nonsense(songs: list[Song], words: list[str], per_kind: int, seed: int) -> dict[str, list[str]]:
    """Make letters at random, keys side by side, words that could be but aren't, and dictionary words at random.

    `words` is a dictionary. Three or four of its words drawn at random are what a title could be; no song of that
    name is in the catalogue.
    """
    draw = random.Random(f"{seed} nonsense")
    names = [re.sub(r"[^a-z ]", "", title.lower()) for title, _ in songs]
    titles = set(names)
    following: dict[str, Counter[str]] = defaultdict(Counter)
    for name in draw.sample(names, min(20_000, len(names))):
        for a, b, c in zip(f"  {name}", f" {name} ", f"{name}  ", strict=False):
            following[a + b][c] += 1

    def letters() -> str:
        return " ".join(
            "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(3, 9))) for _ in range(draw.randint(1, 3))
        )

    def keys() -> str:
        text = ""
        for _ in range(draw.randint(2, 5)):
            row = draw.choice(_ROWS)
            start = draw.randrange(len(row) - 2)
            run = row[start : start + draw.randint(2, 5)]
            text += run if draw.random() < 0.6 else run[::-1]
        return text

    def invented() -> str:
        text = "  "
        while len(text) < 16 or (text[-1] != " " and len(text) < 30):  # a shorter one is often near a real title
            options = following[text[-2:]]
            text += draw.choices(list(options), list(options.values()))[0] if options else " "
        return " ".join(text.split())

    def unsung() -> str:
        return " ".join(draw.sample(words, draw.randint(3, 4)))

    made = {}
    for kind, make in (("letters", letters), ("keys", keys), ("invented words", invented), ("unsung words", unsung)):
        found: list[str] = []
        while len(found) < per_kind:
            text = make()
            if text not in titles and len(text) > 4:
                found.append(text)
        made[kind] = found
    return made


def hostile() -> list[str]:
    """Give a hundred strings that break things."""
    base = [
        "", " ", "\x00", "\x00\x01\x02\x03", "\n\r\t\v\f", "\u2028\u2029\x85", "\ufeff",
        "\u200b\u200c\u200d\u2060",
        "a" * 10_000, "ab " * 5_000, "love " * 2_000, "é" * 10_000, "の" * 10_000, "🔥" * 5_000,
        "ﷺ" * 2_000, "e" + "\u0301" * 5_000,
        "<script>alert('love')</script>", "<b>love</b>", "&lt;love&gt; &amp;",
        "</title><img src=x onerror=alert(1)>",
        "\u202elove me do\u202c", "\u200flove\u200e \u2067beatles\u2069", "\u061clove", "שלום \u202b love",
        "🔥🔥🔥", "👨\u200d👩\u200d👧\u200d👦", "🇬🇧", "❤️", "¯\\_(ツ)_/¯", "👍🏽" * 40,
        "'; DROP TABLE songs; --", "' OR '1'='1", '" OR ""="', "SELECT * FROM songs WHERE 1=1",
        "UNION SELECT NULL--", "1; --",
        "(.*)+$[^", "(a+)+$", "[[[[[[", "\\", "\\\\\\", "^$", ".*", "(?<=x)y", "a{1,99999}", "%",
        "%s%s%s%n", "%00%ff", "${7*7}", "{{7*7}}",
        "../../../etc/passwd", "C:\\Windows\\System32", "file:///etc/passwd",
        "http://example.com/?q=love&x=1#y",
        "NaN", "nan", "None", "null", "undefined", "Infinity", "-1e308", "1/0", "0x7fffffff",
        "9" * 400, "-" * 300,
        "\ud800", "\udfff love \ud800", "love \udc80", "\U0010ffff", "\uffff\ufffe", "\ue000\uf8ff",
        "ＬＯＶＥ　ＭＥ　ＤＯ", "𝓵𝓸𝓿𝓮", "ﬁ ½ ① Ⅷ ㎏", "ß ẞ ſ ŉ ǆ", "İstanbul ıI", "ΑΣ ας", "ก็่้๊๋" * 50,
        "क्षत्रिय" * 100, "ᄀᄁᄂ" * 100,
        "title:love artist:beatles", "love AND NOT (beatles OR \"x\")", "love~2^5 +me -do", "*", "?",
        "\"", "'", "`", "love*", "\"love me do",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 5, "x" * 63, "x" * 64, "x" * 65,
        "x" * 128 + " " + "y" * 64,
        "zzzz " * 40, "ch" * 100, "sch tch ph gh ck qu x y " * 10,
    ]  # fmt: skip
    return (base + [f"{text} love" for text in base if text])[:100]
