"""Put beside trained towers what was chosen to stand there, fitted to the train plays.

The choices are made once, of the model that was trained without the held-out plays. The model that is served has all
plays for train plays: its parts are fitted anew, as it was, and the choices carried over.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from engine.config import Settings
from engine.data.batches import inference_batches
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.model.blend import Blend, blended
from engine.training.content import content_matrix, fit_content
from engine.training.data import TrainingData
from engine.training.familiar import familiar_part
from engine.training.least_squares import fit_factors, least_squares_part
from engine.training.loop import Trained
from engine.training.newcomers import newcomers_part
from engine.training.validation import spread

THOROUGH = 15  # iterations of least squares
MOST_SCORES = 50_000_000  # users × songs in memory
MOST_USERS = 5_000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """What validation chose.

    `ratio` of the least squares' regularisation to their confidence, `share` they have (0 leaves them out);
    `strength` of the ridge from content to the towers' vectors and `factor_strength` to the factors; `smoothing` of
    newcomers' counts, None for plain popularity; `artists` places for familiar artists (0 leaves them out) and the
    `artist_share` they have.
    """

    ratio: float = 5.0
    share: float = 0.0
    strength: float = 1.0
    factor_strength: float = 10.0
    smoothing: float | None = None
    artists: int = 0
    artist_share: float = 0.0


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
    played = np.flatnonzero(np.bincount(histories.songs, minlength=len(prepared.songs)))
    data = TrainingData.from_prepared(prepared, torch.device("cpu"))
    songs, sizes = trained.songs, trained.model.sizes
    content = content_matrix(songs)
    with torch.no_grad():
        vectors = trained.model.item_vectors(replace(songs, heat=torch.zeros_like(songs.heat))).cpu().numpy()
    parts: dict[str, nn.Module] = {}
    say("what content says of new songs")
    parts["unheard"] = fit_content(sizes, content, vectors, played, choices.strength)
    if choices.share:
        say("least squares")
        width = settings.blend.factors
        factors = fit_factors(histories, sizes.songs, width, choices.ratio, THOROUGH, settings.seed)
        unheard = fit_content(sizes, content, factors, played, choices.factor_strength)
        parts["least_squares"] = least_squares_part(sizes, factors, unheard, 1.0)
    device = songs.heat.device
    some = np.random.default_rng(0).permutation(np.flatnonzero(histories.counts > 0))
    some = np.sort(some[: max(min(MOST_USERS, MOST_SCORES // max(sizes.songs, 1)), 1)])
    model = blended(trained.model, **{name: part.to(device) for name, part in parts.items()}).eval()
    if model.least_squares is not None:
        model.least_squares.scale.fill_(choices.share * _units(model, trained, histories, data, some))
    if choices.artists:
        say("familiar artists")
        unit = _spread_of_new(model, trained, histories, data, some)
        artist = songs.artist.cpu().numpy()
        share = choices.artist_share * unit
        familiar = familiar_part(sizes, histories, artist, choices.artists, share)
        model = blended(model, familiar=familiar.to(device))
    if settings.blend.newcomers:
        bias = vectors[:, -1].astype(np.float64)
        newcomers = newcomers_part(sizes, histories, data.demographics, bias, choices.smoothing)
        model = blended(model, newcomers=newcomers.to(device))
    return replace(trained, model=model.eval())


def wanted(settings: Settings) -> bool:
    """Whether anything may stand beside the towers: not where a head ranks, nor where the settings say so."""
    return settings.blend.use and settings.model.score == "dot" and settings.model.history != "none"


def _units(model: Blend, trained: Trained, histories: Histories, data: TrainingData, users: np.ndarray) -> float:
    """Standard deviation of the towers' scores of a user's songs over that of the least squares', on average."""
    towers, factors = _scores(model, trained, histories, data, users)
    return spread(towers) / max(spread(factors), 1e-9)


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


@torch.no_grad()
def _spread_of_new(
    model: Blend, trained: Trained, histories: Histories, data: TrainingData, users: np.ndarray
) -> float:
    """Standard deviation of a user's scores of songs if all were new, on average."""
    (batch,) = inference_batches(histories, data.demographics, users, len(users), model.timed)
    songs, nothing = trained.songs, torch.zeros_like(trained.songs.heat)
    vectors = model.user_vectors(batch.to(nothing.device), model.history_table(songs))
    return spread((vectors @ model.item_vectors(replace(songs, has_id=nothing, heat=nothing)).T).cpu().numpy())
