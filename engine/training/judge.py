"""NDCG@10 of held-out plays by trained towers and what may stand beside them."""

import numpy as np
import torch

from engine.data.batches import inference_batches
from engine.data.histories import Histories
from engine.evaluation.metrics import ranking_metrics
from engine.model.blend import Network
from engine.model.least_squares import LeastSquares
from engine.training.blend import MOST_SCORES, MOST_USERS
from engine.training.data import TrainingData
from engine.training.loop import Trained
from engine.training.validation import spread


class Judge:
    """Ranks for users with a history and something held out, with parts weighed as asked.

    Parameters
    ----------
    held_out
        What they are asked for; `judged_users` must not be empty.
    """

    def __init__(self, trained: Trained, data: TrainingData, held_out: Histories) -> None:
        self.trained, self.data, self.held_out = trained, data, held_out
        users = judged_users(data, held_out)
        most = max(min(MOST_USERS, MOST_SCORES // max(len(data.listeners), 1)), 1)
        self.users = np.sort(np.random.default_rng(0).permutation(users)[:most])
        self.heard = data.listeners > 0
        self.row = np.full(len(data.histories.counts), -1)
        self.row[self.users] = np.arange(len(self.users))
        model: Network = trained.model
        with torch.no_grad():
            (self.batch,) = inference_batches(data.known, data.demographics, self.users, len(self.users), model.timed)
            self.batch = self.batch.to(trained.songs.heat.device)
            self.user_vectors = model.user_vectors(self.batch, model.history_table(trained.songs)).cpu().numpy()
            self.item_vectors = model.item_vectors(trained.songs).cpu().numpy()
        self.by_towers = self.user_vectors @ self.item_vectors.T

    @torch.no_grad()
    def solved(self, part: LeastSquares) -> np.ndarray:
        """Give the users' factors, `(users, width)`."""
        batch = self.batch
        shown = batch.shown_rows, batch.shown_songs, batch.shown_weight
        found: np.ndarray = part.users_of(*shown, len(self.users), part.factors).cpu().numpy()
        return found

    def ndcg(self, least_squares: LeastSquares, share: float = 1.0, towers: float = 1.0) -> float:
        """NDCG@10 among the songs that have train plays."""
        scores = towers * self.by_towers
        if share:
            found = self.solved(least_squares) @ least_squares.factors.cpu().numpy().T
            scores = scores + share * found * (spread(self.by_towers) / max(spread(found), 1e-9))
        return average(self.ranked(scores, self.heard))

    def ranked(self, scores: np.ndarray, among: np.ndarray) -> np.ndarray:
        """NDCG@10 among some of the songs, of each user with a held-out one, `(users,)`."""
        truth, known = (among_songs(histories, among) for histories in (self.held_out, self.data.known))
        users = self.users[truth.counts[self.users] > 0]
        if not len(users):
            return np.zeros(0)
        asked = scores if among.all() else scores[:, among]
        found = ranking_metrics(lambda batch: asked[self.row[batch]], users, known, truth, int(among.sum()))
        return np.asarray(found["ndcg@10"])


def judged_users(data: TrainingData, held_out: Histories) -> np.ndarray:
    """Positions of the users with a history and something held out."""
    return np.flatnonzero((held_out.counts > 0) & (data.known.counts > 0))


def average(values: np.ndarray) -> float:
    """Mean over users, 0 where there is none."""
    return float(values.mean()) if len(values) else 0.0


def among_songs(histories: Histories, songs: np.ndarray) -> Histories:
    """Keep of each history the songs that are true in `songs` `(songs,)`, numbered among these."""
    kept = songs[histories.songs]
    counts = np.add.reduceat(np.append(kept, False), histories.starts[:-1]) * (histories.counts > 0)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Histories(starts, (np.cumsum(songs) - 1)[histories.songs[kept]])
