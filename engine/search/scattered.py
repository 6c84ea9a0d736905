"""Cost of a query read as words in any order, some of them missing, the last perhaps only begun."""

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from engine.search.costs import NOISE_WORDS, SMALL_WORDS, Costs
from engine.search.readings import ARTIST, BOTH, TITLE, Names

_OF_TITLE, _OF_ARTIST, _OF_TAIL, _OF_GUEST = range(4)
MAX_WORDS = 14  # of a query; further words count as foreign to every song


def scattered_costs(query: str, names: Names, unasked: np.ndarray, costs: Costs) -> tuple[np.ndarray, np.ndarray]:
    """Align each query word with its nearest word of each song.

    Returns
    -------
    cost, field
        float64 and int, (songs,); a song none of whose words was typed costs infinitely much.
    """
    asked, unread = query.split()[:MAX_WORDS], query.split()[MAX_WORDS:]
    flat: list[str] = []
    groups: list[int] = []
    starts: list[int] = []
    for title, artist, main, lead in zip(names.titles, names.artists, names.mains, names.leads, strict=True):
        starts.append(len(flat))
        title_words, artist_words = title.split() or [""], artist.split()
        flat += title_words
        flat += artist_words
        groups += _grouped(title_words, main, _OF_TITLE, _OF_TAIL)
        groups += _grouped(artist_words, lead, _OF_ARTIST, _OF_GUEST)
    words = list(dict.fromkeys(flat))
    place = {word: i for i, word in enumerate(words)}
    ids = np.fromiter(map(place.__getitem__, flat), np.int64, len(flat))
    group, at = np.array(groups), np.array(starts)

    lengths = np.fromiter(map(len, asked), np.float64, len(asked))
    grid = _distances(asked, words, costs)
    # A word of the query is met when at most about a third of it is wrong.
    limit = np.maximum(lengths * 0.34, np.where(lengths > 2, 1.0, 0.0)).reshape(-1, 1)
    met = np.logical_or.reduce(grid <= limit, axis=0)[ids]
    small = np.fromiter((word in SMALL_WORDS for word in words), bool, len(words))[ids]
    weight = np.array([costs.title_word, costs.artist_word, costs.tail_word, costs.tail_word])[group]
    lost = np.where(met, 0.0, np.where(small, np.minimum(weight, costs.small_word), weight))
    of_artist = (group == _OF_ARTIST) | (group == _OF_GUEST)
    sums = np.add.reduceat(
        np.stack(
            [
                np.where(of_artist, 0.0, lost),
                np.where(of_artist, lost, 0.0),
                met & (group == _OF_TITLE),
                met & (group == _OF_ARTIST),
                group == _OF_TAIL,
                met & (group == _OF_TAIL),
            ]
        ),
        at,
        axis=1,
    )
    lost_title, lost_artist, title_met, artist_met, tail, tail_met = sums
    extra = np.minimum(costs.extra_word + costs.extra_letter * lengths, lengths + 0.5)
    extra[[word in NOISE_WORDS for word in asked]] = costs.noise_word
    typed = np.minimum(np.minimum.reduceat(grid[:, ids], at, axis=1), extra[:, None]).sum(axis=0)
    cost = costs.scattered + typed + sum(costs.extra_word + costs.extra_letter * len(word) for word in unread)
    cost += np.where(title_met > 0, lost_title, np.minimum(lost_title, costs.no_title))
    cost += np.where(artist_met > 0, lost_artist, np.minimum(lost_artist, costs.no_artist))
    cost += np.where(tail_met * 2 >= np.maximum(tail, 1), 0.0, unasked)
    cost[(title_met == 0) & (artist_met == 0) & (tail_met == 0)] = np.inf
    both = (title_met > 0) & (artist_met > 0)
    return cost, np.where(both, BOTH, np.where(artist_met > 0, ARTIST, TITLE))


def _grouped(words: list[str], main: str, inside: int, outside: int) -> list[int]:
    if not main:
        return [inside] * len(words)
    kept = set(main.split())
    return [inside if word in kept else outside for word in words]


def _distances(asked: list[str], words: list[str], costs: Costs) -> np.ndarray:
    """Give the errors between query words and song words; the last query word may be only begun."""
    grid = cdist(asked, words, scorer=OSA.distance).astype(np.float64)
    last = asked[-1]
    if len(last) > 1:
        begun = cdist([last], [word[: len(last)] for word in words], scorer=OSA.distance)[0]
        longer = np.fromiter(map(len, words), np.int64, len(words)) > len(last)
        grid[-1] = np.minimum(grid[-1], np.where(longer, begun + costs.begun_word, np.inf))
    return grid
