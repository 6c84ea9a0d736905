"""The training loop, on Accelerate: early stop on validation NDCG@10, checkpoints best and last, resumable."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.config import Settings
from engine.data.batches import inference_batches, training_batches
from engine.data.features import Features, UserArrays, encode_songs, encode_users
from engine.data.folds import SHOWN
from engine.data.histories import Histories
from engine.data.prepared import Prepared
from engine.data.split import STOPPING, TRAIN, VALID, new_to_user, uniform
from engine.evaluation.metrics import ranking_metrics
from engine.model.hybrid import TwoTower, set_bias, sizes_of
from engine.model.towers import SongTensors
from engine.training import checkpoints
from engine.training.losses import multinomial_loss

FEW_TO_STOP_BY = 300  # users; with fewer the validation NDCG of a time split is mostly noise
HIDDEN = 0.1  # share of train songs that stand in for it
MOST_VALIDATION_USERS = 2_000  # a fixed sample is enough to choose when to stop, and keeps an epoch short


@dataclass(frozen=True)
class Progress:
    """Where training is: shown by the progress bar after each step. `refit` is training on everything, to an end."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    ndcg: float
    best_ndcg: float
    refit: bool = False

    @property
    def text(self) -> str:
        """One line: epoch, loss, validation NDCG@10 now and at best."""
        if self.refit:
            return f"on all plays · epoch {self.epoch} of {self.epochs} · loss {self.loss:.3f}"
        now = "–" if np.isnan(self.ndcg) else f"{self.ndcg:.4f}"
        return f"epoch {self.epoch} · loss {self.loss:.3f} · NDCG@10 {now} · best {max(self.best_ndcg, 0):.4f}"

    @property
    def fraction(self) -> float:
        """How far it is, 0–1: of the epoch, where nobody knows how many there will be."""
        done = self.step / self.steps
        return (self.epoch - 1 + done) / self.epochs if self.refit else done


@dataclass(frozen=True)
class Trained:
    """The best model of a run, what it reads, the curve that led there, and how long it took in seconds."""

    model: TwoTower
    features: Features
    songs: SongTensors
    curve: pd.DataFrame
    seconds: float

    @property
    def best_epoch(self) -> int:
        """The epoch that validation ranked first, or the last where there was none."""
        ndcg = self.curve["ndcg@10"]
        return int(self.curve.loc[ndcg.idxmax() if ndcg.notna().any() else ndcg.index[-1], "epoch"])


@dataclass(frozen=True)
class TrainingData:
    """A prepared folder as the loop reads it.

    `histories` are fitted on, `held_out` are validated on, and `known` describe the users who are validated: the
    histories and, in a fold of users, what is shown of those held out.
    """

    histories: Histories
    known: Histories
    held_out: Histories
    demographics: UserArrays
    songs: SongTensors
    listeners: np.ndarray

    @classmethod
    def from_prepared(cls, prepared: Prepared, device: torch.device) -> "TrainingData":
        """Build the arrays of the train and validation parts."""
        users, songs = len(prepared.users), len(prepared.songs)
        train = prepared.part(TRAIN)
        shown = prepared.part(TRAIN, SHOWN)
        held_out = Histories.from_plays(new_to_user(prepared.part(VALID), shown), users)
        histories, known = Histories.from_plays(train, users), Histories.from_plays(shown, users)
        enough = ((held_out.counts > 0) & (known.counts > 0)).sum() >= FEW_TO_STOP_BY
        if prepared.info["split"] == "temporal" and not enough and not prepared.info.get("whole"):
            # Time leaves too few known users to say when to stop: songs hidden at random say it instead.
            hidden = uniform(0, STOPPING, train["user_index"].to_numpy(), train["song_index"].to_numpy()) < HIDDEN
            histories = known = Histories.from_plays(train[~hidden], users)
            held_out = Histories.from_plays(train[hidden], users)
        listeners = np.bincount(histories.songs, minlength=songs)
        encoded = encode_songs(prepared.features, prepared.songs)
        return cls(
            histories=histories,
            known=known,
            held_out=held_out,
            demographics=encode_users(prepared.features, prepared.users),
            songs=SongTensors.from_arrays(encoded, listeners > 0, len(prepared.features.genres), device),
            listeners=listeners,
        )


def train(
    prepared: Prepared,
    settings: Settings,
    out: Path,
    resume: Literal["no", "yes", "if it fits"] = "no",
    on_progress: Callable[[Progress], None] = lambda progress: None,
    passes: int | None = None,
) -> Trained:
    """Train the two-tower model and keep its best and last state in `out`.

    Parameters
    ----------
    passes
        How many passes to train, without looking at the validation part; None stops where validation says.
    resume
        `yes` goes on from `out/last` if it is there; the result is that of an undisturbed run. `if it fits` starts
        over when the checkpoint has other settings or data, where `yes` refuses.

    Raises
    ------
    DataError
        `resume` is `yes` and the checkpoint has other settings or other data.
    """
    began = time.perf_counter()
    set_seed(settings.seed)
    accelerator = Accelerator(mixed_precision=settings.train.precision, cpu=not torch.cuda.is_available())
    data = TrainingData.from_prepared(prepared, accelerator.device)
    model = TwoTower(sizes_of(prepared.features, len(prepared.songs)), settings.model)
    set_bias(model, data.songs, data.listeners)
    wrapped, optimizer = accelerator.prepare(model, _optimizer(model, settings))
    # The average of the weights over the last steps generalises better than any of them (Izmailov et al., 2018).
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.train.average_decay))
    best = cast(TwoTower, average.module)
    state = checkpoints.State(fingerprint=checkpoints.fingerprint(settings, prepared.info))
    fits = checkpoints.matches(out, state.fingerprint)
    if (fits and resume != "no") or (resume == "yes" and checkpoints.exists(out)):
        best_weights = checkpoints.restore(out, state, accelerator.unwrap_model(wrapped), average, optimizer)
    else:
        checkpoints.clear(out)
        best_weights = {}

    plan, saved = settings.train, began
    most_epochs = passes or plan.epochs
    steps = int(np.ceil((data.histories.counts > 0).sum() / plan.batch_users))
    for epoch in range(state.epoch + 1, most_epochs + 1):
        if state.stale >= plan.patience:
            break
        # Every pass draws from its own generator, so that a resumed run draws what an undisturbed one would.
        rng = np.random.default_rng([settings.seed, epoch])
        losses = []
        wrapped.train()
        batches = training_batches(
            data.histories, data.demographics, plan.batch_users, plan.input_dropout, plan.history_dropout, rng
        )
        for step, batch in enumerate(batches, start=1):
            batch = batch.to(accelerator.device)
            id_kept = torch.from_numpy(rng.random(len(prepared.songs)) >= plan.id_dropout)
            with accelerator.autocast():
                scores = wrapped(batch, data.songs, id_kept.to(accelerator.device, torch.float32))
            loss = multinomial_loss(scores, batch.shown_rows, batch.shown_songs, batch.target_rows, batch.target_songs)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            average.update_parameters(accelerator.unwrap_model(wrapped))
            losses.append(float(loss.detach()))
            loss_so_far, refit = float(np.mean(losses)), passes is not None
            on_progress(Progress(epoch, most_epochs, step, steps, loss_so_far, state.ndcg, state.best_ndcg, refit))
        state.epoch = epoch
        row: dict[str, Any] = {"epoch": epoch, "loss": float(np.mean(losses)), "ndcg@10": float("nan")}
        if passes is None and epoch % plan.validate_every == 0:
            row["ndcg@10"] = state.ndcg = validation_ndcg(best, data)
            improved = state.ndcg > state.best_ndcg
            state.stale = 0 if improved else state.stale + 1
            state.best_ndcg = max(state.ndcg, state.best_ndcg)
            if improved:
                best_weights = {name: tensor.detach().clone() for name, tensor in best.state_dict().items()}
        row["seconds"] = state.seconds_before + time.perf_counter() - began
        state.curve.append(row)
        done = epoch == most_epochs or state.stale >= plan.patience
        if passes is not None:
            best_weights = {name: tensor.detach().clone() for name, tensor in best.state_dict().items()}
        if done or time.perf_counter() - saved >= plan.checkpoint_seconds:
            accelerator.wait_for_everyone()
            checkpoints.save(out, state, best_weights, accelerator.unwrap_model(wrapped), average, optimizer)
            saved = time.perf_counter()

    best.load_state_dict(best_weights)
    best.eval()
    return Trained(
        best,
        prepared.features,
        data.songs,
        pd.DataFrame(state.curve),
        state.seconds_before + time.perf_counter() - began,
    )


def passes_on_everything(prepared: Prepared, trained: Trained) -> int:
    """Passes in which a model on all plays gets as far as `trained` did on the train plays: more, as there are more."""
    train_plays = int((prepared.plays["part"] == TRAIN).sum())
    return round(trained.best_epoch * len(prepared.plays) / max(train_plays, 1))


def _optimizer(model: TwoTower, settings: Settings) -> torch.optim.AdamW:
    decays = {"song": settings.train.weight_decay, "bias": 0.0}
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decay = decays.get(name.split(".")[-2], settings.train.content_decay)
        groups.setdefault(decay, []).append(parameter)
    grouped = [{"params": parameters, "weight_decay": decay} for decay, parameters in groups.items()]
    return torch.optim.AdamW(grouped, lr=settings.train.learning_rate, fused=True)


def validation_ndcg(model: TwoTower, data: TrainingData) -> float:
    """Mean NDCG@10 on the held-out songs of up to `MOST_VALIDATION_USERS` users; 0 if there are none."""
    if not len(validation_users(data)):
        return 0.0
    return float(validation_metrics(model, data)["ndcg@10"].mean())


def validation_users(data: TrainingData) -> np.ndarray:
    """Positions of the users who are validated on, the same each time."""
    users = np.flatnonzero((data.held_out.counts > 0) & (data.known.counts > 0))
    if len(users) > MOST_VALIDATION_USERS:
        users = np.sort(np.random.default_rng(0).choice(users, MOST_VALIDATION_USERS, replace=False))
    return users


def validation_metrics(model: TwoTower, data: TrainingData) -> pd.DataFrame:
    """Compute the ranking metrics of each validated user, of whom there has to be one."""
    scorer = scorer_of(model, data.songs, data.known, data.demographics)
    return ranking_metrics(scorer, validation_users(data), data.known, data.held_out, len(data.listeners))


def scorer_of(
    model: TwoTower, songs: SongTensors, histories: Histories, demographics: UserArrays
) -> Callable[[np.ndarray], np.ndarray]:
    """Give the model as a scorer: user positions in, `(users, songs)` float32 scores out."""
    model.eval()
    with torch.no_grad():
        items, table = model.item_vectors(songs), model.history_table(songs)

    @torch.no_grad()
    def score(users: np.ndarray) -> np.ndarray:
        (batch,) = inference_batches(histories, demographics, users, len(users))
        vectors = model.user_vectors(batch.to(items.device), table)
        return (vectors @ items.T).float().cpu().numpy()

    return score
