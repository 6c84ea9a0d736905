"""Who played songs that the towers knew no play of, and how such songs are scored by their content and artists."""

import numpy as np
import torch

from engine.data.folds import SHOWN
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID, new_to_user
from engine.model.least_squares import LeastSquares
from engine.training.content import content_matrix, fit_content
from engine.training.data import TrainingData
from engine.training.familiar import familiar_part
from engine.training.judge import Judge, judged_users
from engine.training.loop import Trained
from engine.training.validation import spread

LEAST_USERS = 20  # who played songs that came later; with fewer, songs that are hidden tell more
HIDDEN_SONGS = 0.2  # share of the songs with plays


class NewSongs:
    """Ranks new songs among themselves for listeners who went on to play some.

    Parameters
    ----------
    judge
        Of what these listeners went on to play.
    new
        `(songs,)` bool, what they are asked for among.
    part, share
        Least squares and what they count beside the towers; None without them.
    """

    def __init__(self, judge: Judge, new: np.ndarray, part: LeastSquares | None, share: float) -> None:
        self._judge, self._new, self._part = judge, new, part
        self._songs = judge.trained.songs
        self._content = content_matrix(self._songs)
        self._shown = np.flatnonzero(judge.heard & (self._songs.has_id.cpu().numpy() > 0) & ~new)
        if part is not None:
            self._solved, self._factors = judge.solved(part), part.factors.cpu().numpy()
            unit = spread(judge.by_towers) / max(spread(self._solved @ self._factors.T), 1e-9)
            self._scale = share * unit

    @classmethod
    def that_came(
        cls, prepared: Prepared, trained: Trained, data: TrainingData, part: LeastSquares | None, share: float
    ) -> "NewSongs | None":
        """Ask for the validation plays of songs without train plays; None where too few people have any.

        They are asked for among these songs alone: what nobody has played by then may not be out yet, and would drown
        all that is.
        """
        if prepared.info["split"] != "temporal":
            return None
        plays = new_to_user(prepared.part(VALID), prepared.part(TRAIN, SHOWN))
        new = (data.listeners == 0) & (np.bincount(plays["song_index"], minlength=len(data.listeners)) > 0)
        later = Histories.from_plays(plays[new[plays["song_index"].to_numpy()]], len(prepared.users))
        enough = len(judged_users(data, later)) >= LEAST_USERS
        return cls(Judge(trained, data, later), new, part, share) if enough else None

    @classmethod
    def hidden(cls, judge: Judge, part: LeastSquares | None, share: float) -> "NewSongs":
        """Ask for songs with plays, drawn at random, that have to do without."""
        played = np.random.default_rng(1).permutation(np.flatnonzero(judge.heard))
        new = np.zeros(len(judge.heard), dtype=bool)
        new[played[: round(HIDDEN_SONGS * len(played))]] = True
        return cls(judge, new, part, share)

    @property
    def share_artists(self) -> bool:
        """Whether any new song has an artist with others."""
        artist = self._songs.artist.cpu().numpy()
        others = np.bincount(artist[self._shown], minlength=int(artist.max(initial=0)) + 1)
        return bool(((artist > 0) & (others[artist] > 0))[self._new].any())

    @property
    def least_squares(self) -> bool:
        """Whether they stand beside the towers."""
        return self._part is not None

    def by_towers(self, strength: float) -> np.ndarray:
        """Score all songs by what content says of the towers' vectors, `(users, songs)`."""
        return self._mapped(self._judge.user_vectors, self._judge.item_vectors, strength)

    def by_least_squares(self, strength: float) -> np.ndarray:
        """Score all songs by what content says of the factors, in the towers' unit, `(users, songs)`."""
        return self._scale * self._mapped(self._solved, self._factors, strength)

    def _mapped(self, users: np.ndarray, vectors: np.ndarray, strength: float) -> np.ndarray:
        sizes = self._judge.trained.model.sizes
        fitted = fit_content(sizes, self._content, vectors, self._shown, strength)
        mapped: np.ndarray = fitted.to(self._songs.heat.device).catalogue(self._songs).cpu().numpy()
        return users @ mapped.T

    @torch.no_grad()
    def by_artists(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Give vectors of users and songs, `(…, rank)`, by which familiar artists count; the first places tell most."""
        judge, artist = self._judge, self._songs.artist.cpu()
        part = familiar_part(judge.trained.model.sizes, judge.data.histories, artist.numpy(), rank)
        batch, table = judge.batch.to(torch.device("cpu")), part.history(torch.arange(len(artist)), artist)
        users = part.users_of(batch.shown_rows, batch.shown_songs, batch.shown_weight, len(judge.users), table)
        return users.numpy(), part.artists[artist].numpy()

    def ndcg(self, scores: np.ndarray) -> np.ndarray:
        """NDCG@10 of each user who went on to play some, `(users,)`, by `scores` of all songs `(users, songs)`."""
        return self._judge.ranked(scores, self._new)
