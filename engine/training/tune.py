"""Search the few decisive settings on the validation part, starting from the preset; the winner is a YAML preset.

Tree-structured Parzen estimators (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011) propose,
the median rule prunes, Optuna keeps the study as SQLite. The test part is never looked at. Killed, the search goes on:
the trial that was running is asked again and its training goes on from its checkpoint.
"""

import math
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import torch
import yaml
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import OptunaError
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from engine.config import Settings
from engine.data.files import read_table
from engine.data.frames import write_frame
from engine.data.prepared import Prepared
from engine.data.split import TEST
from engine.data.whole import check_replaceable, read_json, whole_file, working_folder, write_json
from engine.errors import DataError, SettingsError, TrainingError
from engine.evaluation.bootstrap import mean_intervals
from engine.training import checkpoints
from engine.training.loop import Progress, TrainingData, train
from engine.training.search_space import Range, free, value_of, with_values
from engine.training.validation import validation_metrics, validation_users

RECORD, STUDY, BEST, TABLE, VALIDATION = "tune.json", "study.db", "best.yaml", "trials.parquet", "validation"
TRIALS = 20
RANDOM_FIRST = 5  # trials, the preset among them, before the estimators have anything to go by
PRUNE_AFTER_TRIALS, PRUNE_AFTER_EPOCHS = 3, 10  # a low learning rate starts slowly and may yet win

OnProgress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Tuned:
    """A row a trial, the winning settings, and what is to be said of them."""

    table: pd.DataFrame
    settings: Settings
    result: dict[str, Any]


def tune(
    prepared: Prepared,
    settings: Settings,
    out: Path,
    trials: int | None = None,
    minutes: float | None = None,
    fixed: Collection[str] = (),
    on_progress: OnProgress = lambda text, fraction: None,
) -> Tuned:
    """Search around `settings` and keep the study, the table of trials and `best.yaml` in the folder `out`.

    Called again with the same data and settings it goes on, to `trials` in all.

    Parameters
    ----------
    settings
        The preset: the first trial, and what the winner is compared with.
    trials
        Trials in all, pruned ones among them; None for 20, or for no end where `minutes` are given.
    minutes
        Begin no trial later than this in this call; the one under way is finished, and there is always one.
    fixed
        Settings, or groups of them, that are not to be searched.

    Raises
    ------
    SettingsError
        The limits make no sense, or nothing is left to search.
    DataError
        Nobody can be validated on, `out` holds something else, or its storage can't be used.
    """
    if trials is not None and trials < 1:
        raise SettingsError(f"--trials must be 1 or more, not {trials}")
    if minutes is not None and not minutes > 0:
        raise SettingsError(f"--minutes must be more than 0, not {minutes:g}")
    wanted = trials if trials is not None else (TRIALS if minutes is None else None)
    space = free(settings, fixed)
    if not space:
        raise SettingsError("nothing is left to search: every searched setting is fixed or outside its range")
    prepared = replace(prepared, plays=prepared.plays[prepared.plays["part"] != TEST])
    data = TrainingData.from_prepared(prepared, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    if not len(validation_users(data)):
        raise DataError(f"{prepared.folder}: nobody has validation plays of new songs to choose settings by")
    request = {
        "data": {key: prepared.info[key] for key in ("data_sha256", "split", "seed", "held_out")},
        "settings": settings.model_dump(mode="json"),
        "space": {name: asdict(span) for name, span in space.items()},
    }
    check_replaceable(out, is_search)
    deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes
    with working_folder(out, "tune") as work, _storage_errors(out / STUDY):
        _claim(out, request)
        search = _Search(prepared, data, settings, space, out, work, _open(out / STUDY), on_progress)
        search.recover()
        while wanted is None or len(search.counted) < wanted:
            if search.counted and time.monotonic() >= deadline:
                break
            search.one_more(wanted)
        tuned = search.tuned()
        write_json(out / RECORD, {"request": request, "result": tuned.result})
    return tuned


def is_search(folder: Path) -> bool:
    """Tell whether a folder was begun by `tune`."""
    return (folder / RECORD).is_file()


@dataclass
class _Search:
    """One search: its data, its study and where things are kept."""

    prepared: Prepared
    data: TrainingData
    preset: Settings
    space: dict[str, Range]
    out: Path
    work: Path
    study: optuna.Study
    on_progress: OnProgress

    @property
    def counted(self) -> list[FrozenTrial]:
        """Trials that have come to an end, pruned or not, in order; those a kill cut short have been asked again."""
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))

    def recover(self) -> None:
        """Queue the preset if it isn't there, and again what a kill cut short. Killed in here, it is done again."""
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, state=TrialState.FAIL)
        there = self.study.get_trials(deepcopy=False)
        if not there:
            self.study.enqueue_trial(
                {name: value_of(self.preset, name) for name in self.space}, user_attrs={"preset": True}
            )
        again = {trial.user_attrs.get("again") for trial in there}
        for trial in there:
            if trial.state == TrialState.FAIL and trial.number not in again:
                asked = trial.system_attrs.get("fixed_params", {}) | trial.params
                self.study.enqueue_trial(asked, user_attrs={**trial.user_attrs, "again": trial.number})

    def one_more(self, wanted: int | None) -> None:
        """Ask for a trial, train it, tell what it reached, and write down the best so far."""
        done = len(self.counted)
        # Seeded anew for each trial: a search that was killed asks for the same ones as one that was not.
        seed = int(np.random.SeedSequence([self.preset.seed, done]).generate_state(1)[0])
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=RANDOM_FIRST)
        trial = self.study.ask({name: _distribution(span) for name, span in self.space.items()})
        best = max((t.value for t in self.counted if t.value is not None), default=math.nan)
        shown = f"trial {done + 1}" + (f" of {wanted}" if wanted else "")
        shown += "" if math.isnan(best) else f" · best {best:.4f}"
        fraction = done / wanted if wanted else None
        began = time.perf_counter()
        try:
            value = self._train(trial, lambda text: self.on_progress(f"{shown} · {text}", fraction))
        except optuna.TrialPruned:
            trial.set_user_attr("seconds", time.perf_counter() - began)
            self.study.tell(trial, state=TrialState.PRUNED)
        except TrainingError as error:  # too large or too fast: what was tried is to be avoided, not tried again
            if trial.user_attrs.get("preset"):
                raise
            trial.set_user_attr("failed", str(error))
            self.study.tell(trial, state=TrialState.PRUNED)
        else:
            self.study.tell(trial, value)
        shutil.rmtree(self.work / _folder(self._settings(trial), self.prepared), ignore_errors=True)
        self.tuned()

    def _train(self, trial: Trial, on_progress: Callable[[str], None]) -> float:
        settings = self._settings(trial)
        reported = self._reported_before(trial)

        def watch(progress: Progress) -> None:
            nonlocal reported
            validated = progress.epoch - 1  # its figure comes with the steps of the next epoch
            if validated > reported and validated % settings.train.validate_every == 0:
                trial.report(progress.ndcg, validated)
                reported = validated
                if trial.should_prune():
                    raise optuna.TrialPruned
            on_progress(progress.text)

        trained = train(self.prepared, settings, self.work / _folder(settings, self.prepared), "if it fits", watch)
        frame = validation_metrics(trained.model, self.data)
        write_frame(self._users_file(trial.number), frame[["user_index", "ndcg@10"]])
        for name, known in (
            ("epochs", len(trained.curve)),
            ("best_epoch", trained.best_epoch),
            ("seconds", trained.seconds),
        ):
            trial.set_user_attr(name, known)
        return float(frame["ndcg@10"].mean())

    def _settings(self, trial: Trial | FrozenTrial) -> Settings:
        return self.preset if trial.user_attrs.get("preset") else with_values(self.preset, trial.params)

    def _reported_before(self, trial: Trial) -> int:
        """Report again what a trial had reported before a kill; returns the last epoch of it."""
        last = 0
        earlier = trial.user_attrs.get("again")
        if earlier is not None:
            for epoch, ndcg in self.study.get_trials(deepcopy=False)[earlier].intermediate_values.items():
                trial.report(ndcg, epoch)
                last = max(last, epoch)
        return last

    def _users_file(self, number: int) -> Path:
        return self.out / VALIDATION / f"trial-{number}.parquet"

    def tuned(self) -> Tuned:
        """Write the table and the winner so far; returns them."""
        counted = self.counted
        table = pd.DataFrame([self._row(place, trial) for place, trial in enumerate(counted, start=1)])
        finished = [trial for trial in counted if trial.state == TrialState.COMPLETE]
        preset = next(trial for trial in finished if trial.user_attrs.get("preset"))  # first, and never pruned
        best = max(finished, key=lambda trial: (trial.value, -trial.number))
        settings = self._settings(best)
        result: dict[str, Any] = {
            "trials": len(counted),
            "pruned": len(counted) - len(finished),
            "best_trial": counted.index(best) + 1,
            "ndcg@10": best.value,
            "preset_ndcg@10": preset.value,
            **self._gain(preset, best),
            "searched": list(self.space),
            "best": {name: value_of(settings, name) for name in self.space},
        }
        result["says"] = _says(result)
        write_frame(self.out / TABLE, table)
        _write_preset(self.out / BEST, settings, result, self.prepared.info)
        return Tuned(table, settings, result)

    def _row(self, place: int, trial: FrozenTrial) -> dict[str, Any]:
        known = trial.user_attrs
        state = "failed" if known.get("failed") else "pruned" if trial.state == TrialState.PRUNED else "done"
        reached = trial.value if state == "done" else max(trial.intermediate_values.values(), default=math.nan)
        settings = self._settings(trial)
        return {
            "trial": place,
            "state": state,
            "ndcg@10": reached,
            "epochs": known.get("epochs", max(trial.intermediate_values, default=0)),
            "seconds": round(known.get("seconds", math.nan), 1),
            **{name: value_of(settings, name) for name in self.space},
        }

    def _gain(self, preset: FrozenTrial, best: FrozenTrial) -> dict[str, Any]:
        """What the winner gains over the preset, paired over the validation users."""
        if preset.number == best.number:
            return {"gain": None, "users": None, "beyond_noise": False}
        preset_users, best_users = (read_table(self._users_file(t.number)) for t in (preset, best))
        differences = (best_users["ndcg@10"] - preset_users["ndcg@10"]).to_numpy()[:, None]
        (low,), (high,) = mean_intervals(differences)
        gain = {"mean": float(differences.mean()), "low": float(low), "high": float(high)}
        return {"gain": gain, "users": len(differences), "beyond_noise": bool(low > 0)}


def _says(result: dict[str, Any]) -> list[str]:
    """Say in sentences what the search has found and how far to trust it."""
    best = f"Trial {result['best_trial']} of {result['trials']} is best: validation NDCG@10 {result['ndcg@10']:.4f}."
    if result["gain"] is None:
        return [best, "It is the preset itself."]
    gain = result["gain"]
    said = [
        best,
        f"The preset has {result['preset_ndcg@10']:.4f}: a gain of {gain['mean']:+.4f}, 95 % interval "
        f"[{gain['low']:+.4f}, {gain['high']:+.4f}] (paired bootstrap over {result['users']:,} validation users).",
    ]
    if not result["beyond_noise"]:
        said.append("The interval includes 0: no gain beyond noise, the preset is as good a choice.")
    said.append("The best of several on the same users looks better than it is; the test part has not been looked at.")
    return said


def _write_preset(path: Path, settings: Settings, result: dict[str, Any], info: dict[str, Any]) -> None:
    """Write settings as a preset for `--config`, under comments that say what they reached."""
    data = f"{info['source']}, {info['users']:,} users, {info['songs']:,} songs, data {info['data_sha256'][:12]}"
    comments = [f"Found by `tune` on {data}.", *result["says"], f"Searched: {', '.join(result['searched'])}."]
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    with whole_file(path) as temporary:
        temporary.write_text("".join(f"# {line}\n" for line in comments) + text, encoding="utf-8")


def _claim(out: Path, request: dict[str, Any]) -> None:
    """Mark `out` as the place of this search, or refuse one of another."""
    record = read_json(out / RECORD)
    if (out / RECORD).exists() and (not isinstance(record, dict) or record.get("request") != request):
        raise DataError(f"{out}: holds a search over other data, settings or ranges; choose another --out")
    if record is None:
        write_json(out / RECORD, {"request": request})


def _open(path: Path) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # Optuna formats the address: a brace in a folder's name would be read as a field.
    url = URL.create("sqlite", database=str(path)).render_as_string().replace("{", "{{").replace("}", "}}")
    pruner = optuna.pruners.MedianPruner(PRUNE_AFTER_TRIALS, PRUNE_AFTER_EPOCHS)
    try:
        storage = optuna.storages.RDBStorage(url)
    except RuntimeError as error:  # how Optuna says that another version of it wrote the file
        raise DataError(f"{path}: written by another version of Optuna; remove it to begin anew") from error
    return optuna.create_study(
        storage=storage, study_name="tune", direction="maximize", pruner=pruner, load_if_exists=True
    )


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OptunaError) as error:
        why = str(error.__cause__ or error).splitlines()[0][:120]
        raise DataError(f"{path}: the search's storage can't be used ({why}); remove it to begin anew") from error


def _distribution(span: Range) -> BaseDistribution:
    if span.whole:
        return IntDistribution(int(span.low), int(span.high), log=span.log)
    return FloatDistribution(span.low, span.high, log=span.log)


def _folder(settings: Settings, prepared: Prepared) -> str:
    """Name the checkpoints of a trial by its settings, so that the same trial asked again finds them."""
    return checkpoints.fingerprint(settings, prepared.info)
