"""Choose what songs that nobody has played are scored by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.training.blend import Choices, Say
from engine.training.climb import climb
from engine.training.content import STRENGTHS
from engine.training.judge import average
from engine.training.new_songs import NewSongs
from engine.training.validation import spread

# Of familiar artists, for a song of theirs that nobody else has heard: standard deviations of what content says.
ARTIST_SHARES = (0.3, 1.0, 3.0, 10.0, 30.0)
RANKS = (64, 128, 256)
WORTH_ITS_PLACE = 0.02  # of NDCG@10, relative: every vector grows by it

Scores = list[np.ndarray]  # (users, songs) of each window


def choose_new_songs(windows: Sequence[NewSongs], choices: Choices, most_rank: int, say: Say) -> Choices:
    """Choose how far to trust content, then what a familiar artist is worth, in at most `most_rank` places.

    Parameters
    ----------
    windows
        What to choose by; users of all of them count the same.
    """
    say("what content says of new songs")

    def by_towers(strength: float) -> Scores:
        return [window.by_towers(strength) for window in windows]

    strength = climb(STRENGTHS, choices.strength, lambda s: _ndcg(windows, by_towers(s)))
    scores = by_towers(strength)
    choices = replace(choices, strength=strength)
    if windows[0].least_squares:

        def with_factors(strength: float) -> Scores:
            return [s + window.by_least_squares(strength) for window, s in zip(windows, scores, strict=True)]

        found = climb(STRENGTHS, choices.factor_strength, lambda s: _ndcg(windows, with_factors(s)))
        scores = with_factors(found)
        choices = replace(choices, factor_strength=found)
    choices = replace(choices, artists=0, artist_share=0.0)
    if most_rank and any(window.share_artists for window in windows):
        say("what a familiar artist is worth")
        choices = _with_artists(windows, choices, scores, most_rank)
    return choices


def _with_artists(windows: Sequence[NewSongs], choices: Choices, scores: Scores, most_rank: int) -> Choices:
    units = [spread(s) for s in scores]
    vectors = [window.by_artists(most_rank) for window in windows]

    def reached(share: float, rank: int) -> float:
        added = [
            s + share * unit * (users[:, :rank] @ songs[:, :rank].T)
            for s, unit, (users, songs) in zip(scores, units, vectors, strict=True)
        ]
        return _ndcg(windows, added)

    tried = {share: reached(share, most_rank) for share in ARTIST_SHARES}
    share = max(tried, key=lambda s: tried[s])
    by_rank = {rank: reached(share, rank) for rank in RANKS if rank < most_rank} | {most_rank: tried[share]}
    best, chosen = _ndcg(windows, scores), 0
    for rank, found in by_rank.items():
        if found > best * (1 + WORTH_ITS_PLACE):
            best, chosen = found, rank
    return replace(choices, artists=chosen, artist_share=share) if chosen else choices


def _ndcg(windows: Sequence[NewSongs], scores: Scores) -> float:
    return average(np.concatenate([window.ndcg(s) for window, s in zip(windows, scores, strict=True)]))
