"""Choose what stands beside the towers and how much it counts, by the validation plays; then put it there.

The choices are made once, of the model that was trained without the held-out plays. The model that is served has all
plays for train plays: its parts are fitted anew, as it was, and the choices carried over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from engine.config import Settings
from engine.data.batches import inference_batches
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.evaluation.metrics import ranking_metrics
from engine.model.blend import Blend, Network, blended
from engine.model.content_map import ContentMap
from engine.model.least_squares import LeastSquares
from engine.training.content import STRENGTHS, content_matrix, fit_content
from engine.training.data import TrainingData
from engine.training.least_squares import RATIOS, fit_factors, least_squares_part
from engine.training.loop import Trained
from engine.training.newcomers import choose_smoothing, newcomers_part

SHARES = (
    0.0,
    0.25,
    0.35,
    0.5,
    0.7,
    1.0,
    2.0,
)  # of least squares beside the towers, in standard deviations of their scores
QUICK, THOROUGH = 6, 15  # iterations to choose by, and of the result
MOST_SCORES = 50_000_000  # users × songs in memory
MOST_USERS = 5_000
HIDDEN_SONGS = 0.2  # share of songs whose content has to do, when choosing how far to trust it
LEAST_GAIN = 0.005  # of NDCG@10, relative: less is noise, and simpler is better

Say = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """What validation chose.

    `ratio` of the least squares' regularisation to their confidence, `share` they have (0 leaves them out);
    `strength` of the ridge from content to the towers' vectors and `factor_strength` to the factors; `smoothing` of
    newcomers' counts, None for plain popularity.
    """

    ratio: float = 5.0
    share: float = 0.0
    strength: float = 10.0
    factor_strength: float = 10.0
    smoothing: float | None = None


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


def blend(
    prepared: Prepared,
    trained: Trained,
    choices: Choices | None,
    settings: Settings,
    say: Say = lambda text: None,
) -> Trained:
    """Fit the parts to the train plays of `prepared` and put them beside the towers of `trained`."""
    if choices is None:
        return trained
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    listeners = np.bincount(histories.songs, minlength=len(prepared.songs))
    data = TrainingData.from_prepared(prepared, torch.device("cpu"))
    songs, sizes = trained.songs, trained.model.sizes
    content = content_matrix(songs)
    with torch.no_grad():
        vectors = trained.model.item_vectors(replace(songs, heat=torch.zeros_like(songs.heat))).cpu().numpy()
    parts: dict[str, nn.Module] = {}
    say("what content says of new songs")
    parts["unheard"] = fit_content(sizes, content, vectors, listeners, choices.strength)
    if choices.share:
        say("least squares")
        width = settings.blend.factors
        factors = fit_factors(histories, sizes.songs, width, choices.ratio, THOROUGH, settings.seed)
        unheard = fit_content(sizes, content, factors, listeners, choices.factor_strength)
        parts["least_squares"] = least_squares_part(sizes, factors, unheard, 1.0)
    if settings.blend.newcomers:
        parts["newcomers"] = newcomers_part(
            sizes, histories, data.demographics, vectors[:, -1].astype(np.float64), choices.smoothing
        )
    device = songs.heat.device
    model = blended(trained.model, **{name: part.to(device) for name, part in parts.items()}).eval()
    if model.least_squares is not None:
        some = np.random.default_rng(0).permutation(np.flatnonzero(histories.counts > 0))
        some = np.sort(some[: max(min(MOST_USERS, MOST_SCORES // max(sizes.songs, 1)), 1)])
        unit = _units(model, trained, histories, data, some)
        model.least_squares.scale.fill_(choices.share * unit)
    return replace(trained, model=model)


def wanted(settings: Settings) -> bool:
    """Whether anything may stand beside the towers: not where a head ranks, nor where the settings say so."""
    return settings.blend.use and settings.model.score == "dot" and settings.model.history != "none"


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


def _units(model: Blend, trained: Trained, histories: Histories, data: TrainingData, users: np.ndarray) -> float:
    """Standard deviation of the towers' scores of a user's songs over that of the least squares', on average."""
    towers, factors = _scores(model, trained, histories, data, users)
    return float(towers.std(axis=1).mean() / max(factors.std(axis=1).mean(), 1e-9))


@torch.no_grad()
def _scores(
    model: Blend, trained: Trained, histories: Histories, data: TrainingData, users: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    assert model.least_squares is not None
    (batch,) = inference_batches(histories, data.demographics, users, len(users), model.timed)
    batch, songs, towers = batch.to(trained.songs.heat.device), trained.songs, model.towers
    by_towers = towers.user_vectors(batch, towers.history_table(songs)) @ towers.item_vectors(songs).T
    table = model.least_squares.catalogue(songs)
    solved = model.least_squares.users_of(batch.shown_rows, batch.shown_songs, batch.shown_weight, len(users), table)
    return by_towers.cpu().numpy(), (solved @ table.T).cpu().numpy()


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
            scores = scores + share * found * (self.by_towers.std(axis=1).mean() / max(found.std(axis=1).mean(), 1e-9))
        return self._ranked(scores, self.heard)

    def content_strengths(self, part: LeastSquares | None, share: float) -> tuple[float, float]:
        """Choose how far to trust content, by songs that have plays but have to do without."""
        rng, songs = np.random.default_rng(1), self.trained.songs
        played = rng.permutation(np.flatnonzero(self.heard))
        hidden, shown = np.split(played, [round(HIDDEN_SONGS * len(played))])
        content, listeners = content_matrix(songs), self.data.listeners
        only = np.zeros(len(listeners), dtype=bool)
        only[hidden] = True

        def scores(users: np.ndarray, vectors: np.ndarray, strength: float) -> np.ndarray:
            fitted = fit_content(self.trained.model.sizes, content, vectors, listeners, strength, shown)
            return users @ self._mapped(fitted).T

        def of_towers(strength: float) -> float:
            return self._ranked(scores(self.user_vectors, self.item_vectors, strength), only)

        strength = climb(STRENGTHS, 10.0, of_towers)
        if part is None:
            return strength, 10.0
        base = scores(self.user_vectors, self.item_vectors, strength)
        solved, factors = self.solved(part), part.factors.cpu().numpy()
        unit = share * self.by_towers.std(axis=1).mean() / max((solved @ factors.T).std(axis=1).mean(), 1e-9)
        return strength, climb(STRENGTHS, 10.0, lambda s: self._ranked(base + unit * scores(solved, factors, s), only))

    @torch.no_grad()
    def _mapped(self, fitted: ContentMap) -> np.ndarray:
        found: np.ndarray = fitted.to(self.trained.songs.heat.device).catalogue(self.trained.songs).cpu().numpy()
        return found

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
