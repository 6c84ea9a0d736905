"""Put candidates in order by more than their scores, without asking the model again."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Wishes:
    """What counts beside the score.

    `diversity`, `novelty` and `freshness` 0–1: how much difference from the songs before, being little known and being
    recent count against the score. `max_per_artist` caps the songs of one main artist; None for no cap.
    """

    diversity: float = 0.0
    novelty: float = 0.0
    freshness: float = 0.0
    max_per_artist: int | None = None


@dataclass(frozen=True)
class SongFacts:
    """What re-ranking reads of some songs.

    `vectors` `(songs, dim)` without bias; `listeners` `(songs,)`; `years` `(songs,)`, of release, NaN where unknown;
    `artists` `(songs,)` int64, the same number for the same main artist.
    """

    vectors: np.ndarray
    listeners: np.ndarray
    years: np.ndarray
    artists: np.ndarray


def rerank(scores: np.ndarray, facts: SongFacts, k: int, wishes: Wishes) -> np.ndarray:
    """Choose and order k candidates; fewer where the cap leaves fewer.

    Parameters
    ----------
    scores
        `(candidates,)`, any scale: beside anything else they are brought to 0..1.

    Returns
    -------
    order
        Positions among the candidates, the first choice first.
    """
    worth = worths(scores, facts, wishes)
    if wishes.diversity > 0 and len(scores) > 1:
        return diversify(facts.vectors, worth, k, wishes.diversity, facts.artists, wishes.max_per_artist)
    order = np.argsort(-worth, kind="stable")
    if wishes.max_per_artist is not None:
        order = order[_nth_of_artist(facts.artists[order]) < wishes.max_per_artist]
    return order[:k]


def worths(scores: np.ndarray, facts: SongFacts, wishes: Wishes) -> np.ndarray:
    """Weigh scores with novelty and freshness, `(candidates,)`.

    Novelty is the self-information of a song's share of the listeners (Vargas & Castells, RecSys 2011), freshness its
    release year, both brought to 0..1 among the candidates; a song of unknown year is as fresh as the middle one.
    """
    if wishes.novelty <= 0 and wishes.freshness <= 0:
        return scores
    worth = (1 - wishes.novelty) * (1 - wishes.freshness) * _scaled(scores)
    if wishes.novelty > 0:
        worth = worth + wishes.novelty * _scaled(-np.log1p(facts.listeners))
    if wishes.freshness > 0:
        known = np.isfinite(facts.years)
        years = np.where(known, facts.years, np.median(facts.years[known]) if known.any() else 0.0)
        worth = worth + wishes.freshness * _scaled(years)
    return worth


def diversify(
    vectors: np.ndarray,
    scores: np.ndarray,
    k: int,
    diversity: float,
    artists: np.ndarray | None = None,
    max_per_artist: int | None = None,
) -> np.ndarray:
    """Choose k candidates by maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Parameters
    ----------
    vectors
        Candidates' vectors without bias, `(candidates, dim)`.
    scores
        Their scores, `(candidates,)`, any scale: they are brought to 0..1 first.
    k
        How many to choose.
    diversity
        0 keeps the order of the scores, 1 looks at nothing but difference.
    artists, max_per_artist
        `(candidates,)` whose songs they are, and how many of one artist may be chosen; None for any number.

    Returns
    -------
    order
        Positions among the candidates, the first choice first.
    """
    k = min(k, len(scores))
    weight = np.float32(diversity)
    relevance = _scaled(scores).astype(np.float32)
    unit = vectors / np.maximum(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), 1e-9)[:, None]
    own = (1 - weight) * relevance
    chosen: list[int] = []
    of_artist: dict[int, int] = {}
    # The first choice is the best; each later one is weighed against what is most like it so far.
    worth, left = relevance, np.full(len(scores), np.inf, dtype=np.float32)
    while len(chosen) < k:
        best = int(worth.argmax())
        if worth[best] == -np.inf:
            break
        chosen.append(best)
        left[best] = -np.inf
        if artists is not None and max_per_artist is not None:
            artist = int(artists[best])
            of_artist[artist] = of_artist.get(artist, 0) + 1
            if of_artist[artist] >= max_per_artist:
                left[artists == artist] = -np.inf
        alike = unit @ unit[best]
        np.minimum(left, np.subtract(own, np.multiply(alike, weight, out=alike), out=alike), out=left)
        worth = left
    return np.array(chosen, dtype=np.int64)


def _scaled(values: np.ndarray) -> np.ndarray:
    """Bring values to 0..1; all 0 where they are the same."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    return np.asarray((values - low) / max(high - low, 1e-9))


def _nth_of_artist(artists: np.ndarray) -> np.ndarray:
    """Count how many songs before each one are by the same artist, `(songs,)`."""
    order = np.argsort(artists, kind="stable")
    grouped = artists[order]
    first = np.searchsorted(grouped, grouped)
    nth = np.empty(len(artists), dtype=np.int64)
    nth[order] = np.arange(len(artists)) - first
    return nth
