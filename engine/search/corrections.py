"""Which words of a query were read as other ones, for "Showing results for ..."."""

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from engine.search.normalise import normalise

WRONG = 0.34  # share of a word that may be wrong for it to be the same word


def corrected_words(query: str, title: str, artist: str) -> list[tuple[str, str]]:
    """Pair the words of a query with those of a song that were meant, where they differ, all normalised.

    A word that is only begun is not wrong, and one that the song lacks is left out. A query that joins or
    splits words is corrected as a whole, if but for its spaces it has an error.
    """
    query, title, artist = normalise(query), normalise(title), normalise(artist)
    asked, words = query.split(), f"{title} {artist}".split()
    if not asked or not words:
        return []
    away = cdist(asked, words, scorer=OSA.distance).astype(np.float64)
    pairs: dict[int, str] = {}
    for _ in range(min(len(asked), len(words))):  # the nearest first, each word once
        at, word = np.unravel_index(int(away.argmin()), away.shape)
        letters = min(len(asked[at]), len(words[word]))
        if away[at, word] > max(WRONG * letters, 1.0 if letters > 2 else 0.0):
            break
        pairs[int(at)] = words[word]
        away[at, :] = away[:, word] = np.inf
    last = len(asked) - 1
    if last not in pairs and any(word.startswith(asked[last]) for word in words):
        pairs[last] = asked[last]
    if len(pairs) < len(asked):
        solid = query.replace(" ", "")
        for text in (title, artist, f"{title} {artist}", f"{artist} {title}"):
            errors = OSA.distance(solid, text.replace(" ", ""))
            if errors <= max(1, len(solid) // 5):
                return [(query, text)] if errors else []
    return [(asked[at], word) for at, word in sorted(pairs.items()) if asked[at] != word]


def corrected_query(query: str, title: str, artist: str) -> str:
    """Give a query as it would have been typed right if a song was meant; "" if nothing is wrong with it."""
    pairs = corrected_words(query, title, artist)
    text = normalise(query)
    if not pairs or pairs[0][0] == text:
        return pairs[0][1] if pairs else ""
    meant = dict(pairs)
    return " ".join(meant.get(word, word) for word in text.split())
