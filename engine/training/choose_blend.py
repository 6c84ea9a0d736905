"""Choose by the validation plays what stands beside the towers, and how much it counts."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from engine.config import Settings
from engine.data.batches import inference_batches
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.evaluation.metrics import ranking_metrics
from engine.model.blend import Network
from engine.model.least_squares import LeastSquares
from engine.training.blend import MOST_SCORES, MOST_USERS, THOROUGH, Choices, Say, wanted
from engine.training.content import STRENGTHS, content_matrix, fit_content
from engine.training.data import TrainingData
from engine.training.least_squares import RATIOS, fit_factors, least_squares_part
from engine.training.loop import Trained
from engine.training.newcomers import choose_smoothing
from engine.training.validation import spread

# Of least squares beside the towers, in standard deviations of their scores.
SHARES = (0.0, 0.1, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 2.0)
QUICK = 6  # iterations of least squares
HIDDEN_SONGS = 0.2  # share of songs whose content has to do, when choosing how far to trust it
LEAST_GAIN = 0.005  # of NDCG@10, relative: less is noise, and simpler is better


def choose(prepared: Prepared, trained: Trained, settings: Settings, say: Say = lambda text: None) -> Choices | None:
    """Choose by NDCG@10 on what the loop validates by; None where the layout or the settings want no blend."""
    if not wanted(settings):
        return None
    judge = _Judge(prepared, trained)
    choices = Choices()
    data, sizes = judge.data, trained.model.sizes
    if len(judge.users):
        width, seed = settings.blend.factors, settings.seed

        def factors(ratio: float, iterations: int = QUICK) -> np.ndarray:
            say(f"least squares, regularisation {ratio:g}")
            return fit_factors(data.histories, sizes.songs, width, ratio, iterations, seed)

        def alone(ratio: float) -> float:
            return judge.ndcg(least_squares=least_squares_part(sizes, factors(ratio), None, 1.0), towers=0.0)

        if width:
            ratio = climb(RATIOS, choices.ratio, alone)
            part = least_squares_part(sizes, factors(ratio, THOROUGH), None, 1.0)
            reached = {share: judge.ndcg(least_squares=part, share=share) for share in SHARES}
            share = max(reached, key=lambda s: reached[s])
            if reached[share] < reached[0.0] * (1 + LEAST_GAIN):
                share = 0.0
            choices = replace(choices, ratio=ratio, share=share)
        say("what content says of new songs")
        strength, factor_strength = judge.content_strengths(part if choices.share else None, choices.share)
        choices = replace(choices, strength=strength, factor_strength=factor_strength)
    if settings.blend.newcomers:
        say("what newcomers play")
        most = max(min(MOST_USERS, MOST_SCORES // max(sizes.songs, 1)), 1)
        smoothing = choose_smoothing(data.histories, data.demographics, sizes.songs, most)
        choices = replace(choices, smoothing=smoothing)
    return choices


def climb(values: Sequence[float], start: float, reached: Callable[[float], float]) -> float:
    """Go from `start` through ascending values as long as it gets better; gives the best one met."""
    place = values.index(start)
    best = reached(values[place])
    for step in (1, -1):
        moved = False
        while 0 <= place + step < len(values):
            found = reached(values[place + step])
            if found <= best:
                break
            best, place, moved = found, place + step, True
        if moved:
            break
    return values[place]


class _Judge:
    """Ranks for the users that the loop validates by, with parts weighed as asked."""

    def __init__(self, prepared: Prepared, trained: Trained) -> None:
        self.trained = trained
        self.data = data = TrainingData.from_prepared(prepared, trained.songs.heat.device)
        users = np.flatnonzero((data.held_out.counts > 0) & (data.known.counts > 0))
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
        return self._ranked(scores, self.heard)

    def content_strengths(self, part: LeastSquares | None, share: float) -> tuple[float, float]:
        """Choose how far to trust content, by songs that have plays but have to do without."""
        songs, content = self.trained.songs, content_matrix(self.trained.songs)
        played = np.random.default_rng(1).permutation(np.flatnonzero(self.heard))
        hidden, shown = np.split(played, [round(HIDDEN_SONGS * len(played))])
        only = np.zeros(len(self.heard), dtype=bool)
        only[hidden] = True

        def scores(users: np.ndarray, vectors: np.ndarray, strength: float) -> np.ndarray:
            fitted = fit_content(self.trained.model.sizes, content, vectors, shown, strength)
            mapped: np.ndarray = fitted.to(songs.heat.device).catalogue(songs).cpu().numpy()
            return users @ mapped.T

        def by_towers(strength: float) -> np.ndarray:
            return scores(self.user_vectors, self.item_vectors, strength)

        default = Choices()
        strength = climb(STRENGTHS, default.strength, lambda s: self._ranked(by_towers(s), only))
        if part is None:
            return strength, default.factor_strength
        base, solved, factors = by_towers(strength), self.solved(part), part.factors.cpu().numpy()
        unit = share * spread(self.by_towers) / max(spread(solved @ factors.T), 1e-9)
        return strength, climb(
            STRENGTHS, default.factor_strength, lambda s: self._ranked(base + unit * scores(solved, factors, s), only)
        )

    def _ranked(self, scores: np.ndarray, among: np.ndarray) -> float:
        """Mean NDCG@10 among some of the songs, over the users with a held-out one."""
        truth = _among(self.data.held_out, among)
        users = self.users[truth.counts[self.users] > 0]
        if not len(users):
            return 0.0
        bar = np.where(among, 0.0, -np.inf).astype(np.float32)
        found = ranking_metrics(
            lambda batch: (scores[self.row[batch]] + bar).astype(np.float32),
            users, self.data.known, truth, len(among),
        )  # fmt: skip
        return float(found["ndcg@10"].mean())


def _among(histories: Histories, songs: np.ndarray) -> Histories:
    """Keep of each history the songs that are true in `songs` `(songs,)`."""
    kept = songs[histories.songs]
    counts = np.add.reduceat(np.append(kept, False), histories.starts[:-1]) * (histories.counts > 0)
    return Histories(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), histories.songs[kept])
