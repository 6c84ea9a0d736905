"""Choose what songs that nobody has played are scored by."""

from dataclasses import replace

import numpy as np
import torch

from engine.data.folds import SHOWN
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID, new_to_user
from engine.model.least_squares import LeastSquares
from engine.training.blend import Choices, Say
from engine.training.climb import climb
from engine.training.content import STRENGTHS, content_matrix, fit_content
from engine.training.familiar import familiar_part
from engine.training.judge import Judge
from engine.training.validation import spread

LEAST_USERS = 20  # who played songs that came later; with fewer, songs that are hidden tell more
HIDDEN_SONGS = 0.2  # share of the songs with plays
# Of familiar artists, for a song of theirs that nobody else has heard: standard deviations of what content says.
ARTIST_SHARES = (0.3, 1.0, 3.0, 10.0, 30.0)
RANKS = (64, 128, 256)
WORTH_ITS_PLACE = 0.02  # of NDCG@10, relative: every vector grows by it


class NewSongs:
    """A judge of new songs: in time those that came after the train plays, else played ones that have to do without.

    Parameters
    ----------
    judge
        Of all songs.
    part, share
        Least squares and what they count beside the towers; None without them.
    """

    def __init__(self, prepared: Prepared, judge: Judge, part: LeastSquares | None, share: float) -> None:
        self._songs, self._part = judge.trained.songs, part
        self._content = content_matrix(self._songs)
        self._judge, self._new = _came_later(prepared, judge) or (judge, _hidden(judge.heard))
        self._shown = np.flatnonzero(judge.heard & ~self._new)
        if part is not None:
            self._solved, self._factors = self._judge.solved(part), part.factors.cpu().numpy()
            unit = spread(self._judge.by_towers) / max(spread(self._solved @ self._factors.T), 1e-9)
            self._scale = share * unit

    def choose(self, choices: Choices, most_rank: int, say: Say) -> Choices:
        """Choose how far to trust content, then what a familiar artist is worth, in at most `most_rank` places."""
        say("what content says of new songs")
        strength = climb(STRENGTHS, choices.strength, lambda s: self._ndcg(self._by_towers(s)))
        scores = self._by_towers(strength)
        choices = replace(choices, strength=strength)
        if self._part is not None:
            found = climb(STRENGTHS, choices.factor_strength, lambda s: self._ndcg(scores + self._by_least_squares(s)))
            scores = scores + self._by_least_squares(found)
            choices = replace(choices, factor_strength=found)
        if most_rank and self._artists_are_shared():
            say("what a familiar artist is worth")
            choices = self._with_artists(choices, scores, most_rank)
        return choices

    def _with_artists(self, choices: Choices, scores: np.ndarray, most_rank: int) -> Choices:
        unit = spread(scores)

        def reached(share: float, by_artists: np.ndarray) -> float:
            return self._ndcg(scores + share * unit * by_artists)

        users, artists = self._by_artists(most_rank)
        tried = {share: reached(share, users @ artists.T) for share in ARTIST_SHARES}
        share = max(tried, key=lambda s: tried[s])
        narrower = [rank for rank in RANKS if rank < most_rank]
        by_rank = {rank: reached(share, users[:, :rank] @ artists[:, :rank].T) for rank in narrower}
        by_rank[most_rank] = tried[share]
        best, chosen = self._ndcg(scores), 0
        for rank, found in by_rank.items():
            if found > best * (1 + WORTH_ITS_PLACE):
                best, chosen = found, rank
        return replace(choices, artists=chosen, artist_share=share) if chosen else choices

    def _artists_are_shared(self) -> bool:
        """Tell whether any new song has an artist with others."""
        artist = self._songs.artist.cpu().numpy()
        others = np.bincount(artist[self._shown], minlength=int(artist.max(initial=0)) + 1)
        return bool(((artist > 0) & (others[artist] > 0))[self._new].any())

    def _by_towers(self, strength: float) -> np.ndarray:
        return self._mapped(self._judge.user_vectors, self._judge.item_vectors, strength)

    def _by_least_squares(self, strength: float) -> np.ndarray:
        return self._scale * self._mapped(self._solved, self._factors, strength)

    def _mapped(self, users: np.ndarray, vectors: np.ndarray, strength: float) -> np.ndarray:
        """Score all songs by what content says of their vectors, `(users, songs)`."""
        sizes = self._judge.trained.model.sizes
        fitted = fit_content(sizes, self._content, vectors, self._shown, strength)
        mapped: np.ndarray = fitted.to(self._songs.heat.device).catalogue(self._songs).cpu().numpy()
        return users @ mapped.T

    @torch.no_grad()
    def _by_artists(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Give vectors of users and songs, `(…, rank)`, by which familiar artists count; the first places tell most."""
        judge, artist = self._judge, self._songs.artist.cpu()
        part = familiar_part(judge.trained.model.sizes, judge.data.histories, artist.numpy(), rank)
        batch, table = judge.batch.to(torch.device("cpu")), part.history(torch.arange(len(artist)), artist)
        users = part.users_of(batch.shown_rows, batch.shown_songs, batch.shown_weight, len(judge.users), table)
        return users.numpy(), part.artists[artist].numpy()

    def _ndcg(self, scores: np.ndarray) -> float:
        return self._judge.ranked(scores, self._new)


def _came_later(prepared: Prepared, judge: Judge) -> tuple[Judge, np.ndarray] | None:
    """Judge by validation plays of songs without train plays; None where too few people have any."""
    if prepared.info["split"] != "temporal":
        return None
    plays = new_to_user(prepared.part(VALID), prepared.part(TRAIN, SHOWN))
    # Asked among these alone: what nobody has played by then may not be out yet, and would drown all that is.
    new = ~judge.heard & (np.bincount(plays["song_index"], minlength=len(judge.heard)) > 0)
    later = Histories.from_plays(plays[new[plays["song_index"].to_numpy()]], len(prepared.users))
    enough = ((later.counts > 0) & (judge.data.known.counts > 0)).sum() >= LEAST_USERS
    return (Judge(judge.trained, judge.data, later), new) if enough else None


def _hidden(heard: np.ndarray) -> np.ndarray:
    """Draw songs with plays that have to do without, `(songs,)` bool."""
    played = np.random.default_rng(1).permutation(np.flatnonzero(heard))
    hidden = np.zeros(len(heard), dtype=bool)
    hidden[played[: round(HIDDEN_SONGS * len(played))]] = True
    return hidden
