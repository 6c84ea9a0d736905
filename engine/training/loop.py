"""The training loop, on Accelerate: early stop on validation NDCG@10, checkpoints best and last, resumable."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from accelerate.utils import broadcast, reduce, set_seed

from engine.config import Settings, TrainSettings
from engine.data.batches import training_batches
from engine.data.features import Features
from engine.data.frames import write_frame
from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.errors import TrainingError
from engine.model.blend import Network
from engine.model.hybrid import TwoTower, set_bias, sizes_of
from engine.model.towers import SongTensors
from engine.training import checkpoints, hardware
from engine.training.data import TrainingData
from engine.training.learner import Learner
from engine.training.objective import MOST_SONGS_SCORED
from engine.training.progress import Pace, Progress
from engine.training.schedule import Schedule, lowered_by_pass
from engine.training.tensorboard import TensorBoard
from engine.training.validation import scorer_of, validation_ndcg

__all__ = ["Progress", "Trained", "TrainingData", "passes_on_everything", "scorer_of", "train", "validation_ndcg"]

STEPS_UNSEEN = 16  # steps a GPU may be ahead of what is known of their losses; to look is to wait for it


@dataclass(frozen=True)
class Trained:
    """The best model of a run, what it reads, the curve that led there, and how long it took in seconds.

    `curve` has one row a pass: `epoch`, `loss` (the mean over batches), `ndcg@10` on validation, `learning_rate` of
    its last step, `songs_per_second`, and `seconds` since the start.
    """

    model: Network
    features: Features
    songs: SongTensors
    curve: pd.DataFrame
    seconds: float

    @property
    def best_epoch(self) -> int:
        """The epoch that validation ranked first, or the last where there was none."""
        ndcg = self.curve["ndcg@10"]
        return int(self.curve.loc[ndcg.idxmax() if ndcg.notna().any() else ndcg.index[-1], "epoch"])


def train(
    prepared: Prepared,
    settings: Settings,
    out: Path,
    resume: Literal["no", "yes", "if it fits"] = "no",
    on_progress: Callable[[Progress], None] = lambda progress: None,
    passes: int | None = None,
    like: pd.DataFrame | None = None,
) -> Trained:
    """Train one two-tower network, whatever `model.members`, and keep its best and last state in `out`.

    Under `accelerate launch` every process calls this and gets the same model; the first one writes and reports.

    Parameters
    ----------
    passes
        How many passes to train, without looking at the validation part; None stops where validation says.
    like
        With `passes`, the curve of the run that they were learnt from: where a plateau lowered the learning rate,
        it is lowered again, as far on.
    resume
        `yes` goes on from `out/last` if it is there; the result is that of an undisturbed run. `if it fits` starts
        over when the checkpoint has other settings or data, where `yes` refuses.

    Raises
    ------
    DataError
        `resume` is `yes` and the checkpoint has other settings or other data.
    SettingsError
        The hardware lacks what the settings ask for.
    TrainingError
        Memory ran out, or the loss is no longer finite.
    """
    run = _Run(prepared, settings, out, resume, passes, like)
    plan = settings.train
    with (
        TensorBoard(out / checkpoints.LOGS if run.writes and plan.tensorboard else None, run.batches_done + 1) as log,
        hardware.same_bits(run.device),
        hardware.explaining_lack_of_memory(run.where, _remedy(plan, run.learner.batch_users, len(prepared.songs))),
    ):
        while not run.done:
            run.one_pass(log, on_progress)
    return run.result(prepared.features)


def passes_on_everything(prepared: Prepared, trained: Trained) -> int:
    """Passes in which a model on all plays gets as far as `trained` did on the train plays: more, as there are more."""
    train_plays = int((prepared.plays["part"] == TRAIN).sum())
    return round(trained.best_epoch * len(prepared.plays) / max(train_plays, 1))


class _Run:
    """A run in one process: what learns, how far it is, and where it is kept."""

    def __init__(
        self,
        prepared: Prepared,
        settings: Settings,
        out: Path,
        resume: Literal["no", "yes", "if it fits"],
        passes: int | None,
        like: pd.DataFrame | None,
    ) -> None:
        self.began = self.saved = time.perf_counter()
        self.seed, self.plan, self.out = settings.seed, settings.train, out
        self.accelerator = hardware.start(self.plan)
        self.writes = self.accelerator.is_main_process
        self.device = self.accelerator.device
        set_seed(self.seed)
        self.data = TrainingData.from_prepared(prepared, self.device)
        self.read = settings.model
        sizes = sizes_of(prepared.features, len(prepared.songs), len(prepared.users))
        model = TwoTower(sizes, settings.model.alone)
        set_bias(model, self.data.songs, self.data.listeners)
        self.learner = Learner(model, self.data, self.plan, self.accelerator)
        self.refit, self.epochs = passes is not None, passes or self.plan.epochs
        self.batches = self.learner.batches
        self.schedule = Schedule(self.plan, steps=-(-self.batches // self.plan.accumulate))
        follows = self.plan.schedule == "plateau" and self.refit and like is not None
        self.lowered = lowered_by_pass(like, self.epochs) if follows else None
        self.state = checkpoints.State(fingerprint=checkpoints.fingerprint(settings, prepared.info))
        self.best: dict[str, torch.Tensor] = {}
        self._begin(resume)
        self.pace = Pace((self.epochs - self.state.epoch) * self.batches)
        self.at = (self.state.epoch, 0)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to train."""
        return self.state.epoch >= self.epochs or self.state.stale >= self.plan.patience

    @property
    def batches_done(self) -> int:
        """Batches of all passes that are complete."""
        return self.state.epoch * self.batches

    def where(self) -> str:
        """Where it is, to be said of an error."""
        return "in epoch {}, step {}".format(*self.at)

    def one_pass(self, log: TensorBoard, on_progress: Callable[[Progress], None]) -> None:
        """Go through all users once, validate, and save if it is time."""
        state, plan = self.state, self.plan
        epoch = state.epoch + 1
        if self.lowered is not None:
            state.lowered = self.lowered[epoch - 1]
        losses = self._steps(epoch, log, on_progress)
        speed = self.pace.songs_per_second
        state.epoch = epoch
        row: dict[str, Any] = {"epoch": epoch, "loss": float(np.mean(losses)), "ndcg@10": float("nan")}
        self._check_weights()
        if self.refit:
            self.best = self.learner.weights()
        elif epoch % plan.validate_every == 0 or epoch == self.epochs:
            row["ndcg@10"] = self._validate()
        row["seconds"] = state.seconds_before + time.perf_counter() - self.began
        row["learning_rate"] = self.learner.optimizer.param_groups[0]["lr"]
        row["songs_per_second"] = speed
        state.curve.append(row)
        log.epoch(self.batches_done, row)
        self._save()

    def result(self, features: Features) -> Trained:
        """Give the best model, and write the curve."""
        curve, model = pd.DataFrame(self.state.curve), self.learner.averaged
        if self.writes:
            write_frame(self.out / checkpoints.CURVE, curve)
        model.load_state_dict(self.best)
        model.eval()
        seconds = self.state.seconds_before + time.perf_counter() - self.began
        return Trained(model, features, self.data.songs, curve, seconds)

    def _begin(self, resume: Literal["no", "yes", "if it fits"]) -> None:
        out, state = self.out, self.state
        goes_on = False
        if self.writes:
            fits = resume != "no" and checkpoints.matches(out, state.fingerprint)
            goes_on = fits or (resume == "yes" and checkpoints.exists(out))
        if self._told_by_first(float(goes_on)):
            learner = self.learner
            self.best = checkpoints.restore(out, state, learner.model, learner.average, learner.optimizer)
            if self.accelerator.scaler is not None and state.scaler:
                self.accelerator.scaler.load_state_dict(state.scaler)
        elif self.writes:
            checkpoints.clear(out)
        self.accelerator.wait_for_everyone()

    def _steps(self, epoch: int, log: TensorBoard, on_progress: Callable[[Progress], None]) -> list[float]:
        """Train on every batch of a pass; gives the loss of each, over all processes."""
        # Every pass draws from its own generators, so that a resumed run draws what an undisturbed one would.
        rng = np.random.default_rng([self.seed, epoch])
        torch.manual_seed(int(np.random.SeedSequence([self.seed, epoch, self._process]).generate_state(1)[0]))
        self.learner.wrapped.train()
        self.pace.begin_pass()
        data, plan = self.data, self.plan
        losses: list[float] = []
        total = 0.0
        unseen: list[torch.Tensor] = []
        drawn_batches = training_batches(
            data.histories,
            data.demographics,
            self.learner.batch_users,
            plan.input_dropout,
            plan.history_dropout,
            rng,
            order=plan.order,
            user_dropout=self.read.user_dropout if self.read.user_id else 0.0,
            timed=self.read.timed,
        )
        for step, batch in enumerate(drawn_batches, start=1):
            self.at = (epoch, step)
            rate = self.schedule.rate(self.state.steps, self.state.lowered)
            unseen.append(self.learner.learn(batch, step, rate, rng))
            self.state.steps += self.learner.completes(step)
            self.pace.step(len(batch.shown_songs) + len(batch.target_songs))
            if self.device.type == "cpu" or len(unseen) == STEPS_UNSEEN or step == self.batches:
                seen = self._look(unseen)
                for number, loss in enumerate(seen, start=step - len(seen) + 1):
                    log.step(self.batches_done + number, loss)
                losses += seen
                total += sum(seen)
                unseen.clear()
            if losses and self.writes:
                on_progress(self._progress(epoch, step, total / len(losses)))
        return losses

    def _look(self, unseen: list[torch.Tensor]) -> list[float]:
        """Bring losses over from the device and from the other processes, and see that they are finite."""
        losses: list[float] = reduce(torch.stack(unseen)).tolist()
        if not np.isfinite(losses).all():
            raise TrainingError(
                f"the loss is not finite {self.where()}: lower train.learning_rate (now {self.plan.learning_rate:g}), "
                f"or set train.clip_norm=1 or train.precision=no; nothing of this pass was kept in {self.out}"
            )
        return losses

    def _check_weights(self) -> None:
        """See that the last step left finite weights, before anything is judged by them or kept."""
        if not self.learner.is_finite():
            raise TrainingError(
                f"the weights are not finite {self.where()}: lower train.learning_rate (now "
                f"{self.plan.learning_rate:g}) or set train.clip_norm=1; nothing of this pass was kept in {self.out}"
            )

    def _validate(self) -> float:
        """Judge the average in the first process, and let all of them know."""
        state = self.state
        ndcg = validation_ndcg(self.learner.averaged, self.data) if self.writes else 0.0
        state.ndcg = self._told_by_first(ndcg)
        improved = state.ndcg > state.best_ndcg
        state.stale = 0 if improved else state.stale + 1
        state.lowered += self.schedule.is_plateau(state.stale)
        state.best_ndcg = max(state.ndcg, state.best_ndcg)
        if improved:
            self.best = self.learner.weights()
        return state.ndcg

    def _told_by_first(self, value: float) -> float:
        """Give the value of the first process in all of them."""
        return float(broadcast(torch.tensor(value, dtype=torch.float64, device=self.device)))

    def _save(self) -> None:
        """Write checkpoints if it is time."""
        state, plan, scaler = self.state, self.plan, self.accelerator.scaler
        due = self.done or time.perf_counter() - self.saved >= plan.checkpoint_seconds
        self.accelerator.wait_for_everyone()
        if self.writes and plan.keep_every and state.epoch % plan.keep_every == 0:
            checkpoints.keep(self.out, state.epoch, self.learner.averaged.state_dict())
        if self.writes and due:
            state.scaler = scaler.state_dict() if scaler is not None else {}
            learner = self.learner
            checkpoints.save(self.out, state, self.best, learner.model, learner.average, learner.optimizer)
        if due:
            self.saved = time.perf_counter()
        self.accelerator.wait_for_everyone()

    def _progress(self, epoch: int, step: int, loss: float) -> Progress:
        return Progress(
            epoch=epoch,
            epochs=self.epochs,
            step=step,
            steps=self.batches,
            loss=loss,
            ndcg=self.state.ndcg,
            best_ndcg=self.state.best_ndcg,
            refit=self.refit,
            songs_per_second=self.pace.songs_per_second,
            seconds_left=self.pace.seconds_left,
        )

    @property
    def _process(self) -> int:
        return int(self.accelerator.process_index)


def _remedy(plan: TrainSettings, batch_users: int, songs: int) -> str:
    less = f"lower train.batch_users (now {batch_users}) and raise train.accumulate by as much"
    if songs > 20_000 and (plan.loss == "multinomial" or (plan.loss == "auto" and songs <= MOST_SONGS_SCORED)):
        less += f", or choose train.loss=sampled, as {songs:,} songs are scored at each step"
    return less
