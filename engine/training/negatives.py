"""Which songs stand for all others in a sampled loss, and how likely each was to be drawn.

Notable: songs are drawn as a set, each once, so what corrects for the drawing is the probability of being in that
set (Horvitz & Thompson, JASA 1952), as in TensorFlow's candidate samplers, rather than the expected number of draws.
They agree on rare songs. A hit that is expected 100 times in a batch stands there once, and dividing by 100 would all
but remove it from the softmax.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Negatives:
    """Songs shared as negatives by the users of a batch.

    `songs` `(negatives,)` int64, ascending and distinct; `log_q` `(negatives,)`, the log of each one's probability
    of being among them.
    """

    songs: Tensor
    log_q: Tensor


def draw_uniform(songs: int, count: int, rng: np.random.Generator) -> Tensor:
    """Draw distinct songs out of `songs`, `(count,)` int64 in no order; all of them if there are no more."""
    return torch.from_numpy(rng.choice(songs, size=min(count, songs), replace=False, shuffle=False))


def draw_unplayed(
    songs: int, rows: Tensor, played_rows: Tensor, played_songs: Tensor, count: int, rng: np.random.Generator
) -> Tensor:
    """Draw, for each row named, songs that its user did not play, each of them equally likely.

    Notable: nothing is drawn and thrown away. A draw x counts among the unplayed songs only, and is moved on by the
    number of played ones before it.

    Parameters
    ----------
    songs
        How many there are.
    rows
        `(targets,)`, the user that each draw is for.
    played_rows, played_songs
        `(played,)`, each pair once.

    Returns
    -------
    songs
        `(targets, count)` int64, drawn with replacement; -1 for a user who played every song.
    """
    # One ascending line of keys, so that a single bisection finds a draw among the songs of its own user.
    pairs = np.sort(played_rows.numpy() * songs + played_songs.numpy())
    row, song = np.divmod(pairs, songs)
    wanted = rows.numpy()
    users = int(max(row.max(initial=0), wanted.max(initial=0))) + 1
    counts = np.bincount(row, minlength=users)
    starts = np.cumsum(counts) - counts
    unplayed_before = row * (songs + 1) + song - (np.arange(len(row)) - starts[row])
    unplayed = songs - counts[wanted][:, None]
    draws = np.floor(rng.random((len(wanted), count)) * unplayed).astype(np.int64)
    keys = wanted[:, None] * (songs + 1) + draws
    passed = np.searchsorted(unplayed_before, keys, side="right") - starts[wanted][:, None]
    return torch.from_numpy(np.where(unplayed > 0, draws + passed, -1))


def in_batch(target_songs: Tensor, popularity: Tensor) -> Negatives:
    """Take the targets of a batch as one another's negatives (Yi et al., RecSys 2019).

    Parameters
    ----------
    target_songs
        `(targets,)`.
    popularity
        `(songs,)`, each song's share of all that can be a target; the shares add up to 1. The batch's own counts
        wouldn't do: a rare song that made it into the batch would pass for a common one.
    """
    songs = torch.unique(target_songs)
    return Negatives(songs, log_q(songs, len(target_songs), 0, popularity))


def mixed(target_songs: Tensor, popularity: Tensor, count: int, rng: np.random.Generator) -> Negatives:
    """Add `count` uniformly drawn songs to the targets of a batch (mixed negatives; Yang et al., WWW 2020).

    In-batch negatives alone never show the model the songs that nobody plays, and it ranks them too high.

    Parameters
    ----------
    target_songs, popularity
        As in `in_batch`. Every target is among the negatives, so their vectors serve for the targets too.
    """
    drawn = draw_uniform(len(popularity), count, rng).to(target_songs.device)
    songs = torch.unique(torch.cat([target_songs, drawn]))
    return Negatives(songs, log_q(songs, len(target_songs), count, popularity))


def log_q(songs: Tensor, targets: int, count: int, popularity: Tensor) -> Tensor:
    """Log probability that a song is among `targets` targets or `count` distinct uniform draws.

    A song is missed by the targets with probability exp(-expected number of them), as in a Poisson process, and by
    the uniform draws with probability 1 - count / songs. With every song drawn, all are certain: 0.

    Parameters
    ----------
    songs
        `(negatives,)`.
    popularity
        `(songs in all,)`, adding up to 1.

    Returns
    -------
    log_q
        `(negatives,)`, at most 0.

    Raises
    ------
    ValueError
        A song could not have been drawn: it has no popularity and nothing was drawn uniformly.
    """
    share = count / len(popularity)
    missed_by_uniform = math.log1p(-share) if share < 1 else -math.inf
    # expm1 since 1 - exp(-expected) rounds to 0 for the songs of a long tail.
    out = torch.log(-torch.expm1(missed_by_uniform - targets * popularity[songs]))
    if torch.isneginf(out).any():
        raise ValueError("a negative has popularity 0 and no uniform draws: it could not have been drawn")
    return out


def positives_mask(
    negative_songs: Tensor,
    users: int,
    target_rows: Tensor,
    target_songs: Tensor,
    shown_rows: Tensor,
    shown_songs: Tensor,
) -> Tensor:
    """Find the negatives that are none for a user: accidental hits, the other targets, the history that was shown.

    Parameters
    ----------
    negative_songs
        `(negatives,)`, ascending and distinct: each played song is looked up in them by bisection.
    target_rows, target_songs, shown_rows, shown_songs
        `(targets,)` and `(shown,)`, as in `UserBatch`.

    Returns
    -------
    mask
        `(users, negatives)`, true where the user played the song.
    """
    rows, songs = torch.cat([target_rows, shown_rows]), torch.cat([target_songs, shown_songs])
    mask = torch.zeros(users, len(negative_songs), dtype=torch.bool, device=negative_songs.device)
    if len(negative_songs) == 0:
        return mask
    columns = torch.searchsorted(negative_songs, songs).clamp(max=len(negative_songs) - 1)
    found = negative_songs[columns] == songs
    mask[rows[found], columns[found]] = True
    return mask
