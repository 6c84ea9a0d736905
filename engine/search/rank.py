"""Rank candidate songs by what it would have taken to type the query when meaning each of them.

Costs count typing errors. The query is read in several ways: title alone, artist alone, both in either
order, only the beginning of these, or their words shuffled and incomplete. The cheapest reading of a song
is the song's cost. Readings that people use less cost a fraction of an error more, versions that were not
asked for too, and popularity decides between what is left equal.
"""

from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from engine.search.costs import COSTS, Costs
from engine.search.normalise import normalise, script_key
from engine.search.readings import ARTIST, Names, Readings, Standing
from engine.search.scattered import scattered_costs
from engine.search.sound import sound
from engine.search.texts import TextColumn

FINALISTS = 12  # songs whose sound, spaces and words are compared, at least, from each of two orders


@dataclass(frozen=True)
class SongTexts:
    """What ranking reads of each song, one entry a song in order of popularity.

    Parameters
    ----------
    names
        The four normalised texts of `Names`, a line each.
    script
        Title and artist in their own script, "" where that is plain Latin.
    kind
        uint8, (songs,): kind of version (`versions.PLAIN` and so on).
    popularity
        float32, (songs,): 0..1.
    title_doublings, artist_doublings
        float32, (songs,): log2 of the number of songs with the same title, and by the same artist.
    """

    names: TextColumn
    script: TextColumn
    kind: np.ndarray
    popularity: np.ndarray
    title_doublings: np.ndarray
    artist_doublings: np.ndarray


@dataclass(frozen=True)
class Query:
    """A query in the forms that it is compared in: normalised, without spaces, in its own script."""

    text: str
    solid: str
    script: str

    @classmethod
    def of(cls, text: str) -> "Query":
        """Normalise what someone typed."""
        key = normalise(text)
        return cls(key, key.replace(" ", ""), script_key(text))


def rank(
    query: Query, songs: SongTexts, candidates: np.ndarray, k: int, costs: Costs = COSTS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order by cost what may be among the best `k` of the candidates, which come roughly best first.

    Returns
    -------
    songs, cost, field
        int, float64 and int (`readings.TITLE` and so on), (finalists,), cheapest first.
    """
    names = Names.of(songs.names.take(candidates))
    standing = Standing(
        np.array(costs.version)[songs.kind[candidates]],
        np.maximum(costs.title_only - costs.shared_name * songs.title_doublings[candidates], 0.0),
        np.maximum(costs.artist_only - costs.shared_name * songs.artist_doublings[candidates], 0.0),
    )
    readings = Readings(names, standing, len(query.solid), costs)
    limit = max(3, len(query.solid) * 11 // 20)
    errors = _distances(query.solid, readings.texts, limit)
    rough = errors + readings.costs
    best = readings.cheapest(rough)

    # Shuffled words cost much in every reading so far but share their trigrams: each order sends finalists.
    chosen = np.zeros(len(candidates), dtype=bool)
    seats = max(FINALISTS, k + 2)
    chosen[:seats] = True
    crowd = _earlier_by_artist(rough[best], readings.fields(best), names.artists)
    chosen[np.argsort(rough[best] + costs.next_of_artist * crowd, kind="stable")[:seats]] = True
    final = np.flatnonzero(chosen)
    best = best[final]
    straight = readings.costs[best] + _refined(query, errors[best], limit, best, readings, names, costs)
    finalists = names.at(final.tolist())
    loose, loose_field = scattered_costs(query.text, finalists, standing.unasked[final], costs)

    unfinished = readings.begun(best) | (loose < straight)
    fame = np.where(unfinished, costs.popular_unfinished, costs.popular) * songs.popularity[candidates[final]]
    cost = np.minimum(straight, loose) - fame
    if query.script:
        cost -= costs.script * _in_script(query.script, songs.script.take(candidates[final]))
    field = np.where(straight <= loose, readings.fields(best), loose_field)
    cost += costs.next_of_artist * _earlier_by_artist(cost, field, finalists.artists)
    order = np.argsort(cost, kind="stable")
    return candidates[final][order], cost[order], field[order]


def _distances(text: str, others: list[str], limit: int | None = None) -> np.ndarray:
    """Give typing errors between one text and others, float64; limit + 1 where there are more than `limit`."""
    # Not as the unsigned integers that come from cdist: differences of those wrap around.
    return cdist([text], others, scorer=OSA.distance, score_cutoff=limit)[0].astype(np.float64)


def _refined(
    query: Query,
    errors: np.ndarray,
    limit: int,
    best: np.ndarray,
    readings: Readings,
    names: Names,
    costs: Costs,
) -> np.ndarray:
    """Weigh errors by how they sound, and add a little for spaces out of place; infinite beyond `limit`."""
    refined = np.where(errors <= limit, errors, np.inf)
    near = np.flatnonzero(errors <= limit)
    wrong = near[errors[near] > 0]
    if len(wrong):
        texts = [query.solid, *(readings.texts[i] for i in best[wrong].tolist())]
        heard = sound("\n".join(texts)).split("\n")
        alike = _distances(heard[0], heard[1:])
        refined[wrong] += costs.sound_share * (alike - errors[wrong])
    if len(near):
        spaced = [text or query.text for text in readings.spaced(best[near], names)]
        with_spaces = _distances(query.text, spaced)
        refined[near] += costs.space * np.clip(with_spaces - errors[near], 0, 3)
    return refined


def _in_script(query: str, scripts: list[str]) -> np.ndarray:
    """Give 1 for songs written in the very script of the query, less for fewer of its letters, float64."""
    letters = set(query)
    return np.array([len(letters & set(script)) / len(letters) if script else 0.0 for script in scripts])


def _earlier_by_artist(cost: np.ndarray, field: np.ndarray, artists: list[str]) -> np.ndarray:
    """Count, for songs found by artist, how many better ones are by the same artist, float64."""
    earlier = np.zeros(len(cost))
    seen: dict[str, int] = {}
    order = np.argsort(cost, kind="stable")
    for i in order[field[order] == ARTIST].tolist():
        seen[artists[i]] = seen.get(artists[i], -1) + 1
        earlier[i] = min(seen[artists[i]], 20)
    return earlier
