"""Cross-validation: train on each fold, and judge on plays that nothing was fitted on, beside popularity.

Folds of users: those held out are described by the shown part of their plays, folded in without retraining. Windows of
time: each is judged on what came after it. Vocabularies, scalers and popularity are fitted anew on every fold's own
train plays. What is half done lives in a hidden folder beside the result, so that a killed run goes on.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import special

from engine.config import Settings
from engine.data.features import encode_users
from engine.data.folds import LEAST, SHOWN, By
from engine.data.frames import write_frame
from engine.data.histories import Histories
from engine.data.prepared import Prepared, load_prepared
from engine.data.split import TEST, TRAIN, VALID, new_to_user
from engine.data.whole import check_replaceable, clear_work, read_json, whole_folder, working_folder, write_json
from engine.errors import SettingsError
from engine.evaluation.baselines import popularity
from engine.evaluation.metrics import ranking_metrics
from engine.training.blend import blend
from engine.training.choose_blend import choose
from engine.training.finish import finish
from engine.training.fold_processes import run_side_by_side
from engine.training.loop import Progress, Trained, scorer_of
from engine.training.members import train_members

TABLE, SUMMARY = "crossval.parquet", "crossval.json"
METRICS = ("ndcg@10", "recall@20", "map@20")
FOLDS = 5
NOTE = (
    "The folds share most of their train plays, so their figures are not independent and the intervals (Student's t "
    "over folds) are approximate, rather too narrow (Bengio & Grandvalet, 2004)."
)

OnProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class CrossValidation:
    """A row a fold, and what they say together: `mean` and `lead` over popularity, each with a 95 % interval."""

    table: pd.DataFrame
    summary: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What every fold has in common; a process of its own is given it as it is.

    `threads` a training: the same however many run side by side, since the last bits of a sum depend on it.
    """

    prepared: Path
    settings: Settings
    by: By
    folds: int
    threads: int
    work: Path

    def row_file(self, number: int) -> Path:
        """Where the row of a finished fold is kept."""
        return self.work / f"fold-{number}.json"


def crossvalidate(
    folder: Path,
    settings: Settings,
    out: Path,
    folds: int | None = None,
    by: By = "users",
    jobs: int | None = None,
    on_progress: OnProgress = lambda text, fraction: None,
) -> CrossValidation:
    """Train and judge each fold of the prepared `folder`, and write the table and the summary to the folder `out`.

    Killed, it goes on where it was when called again with the same arguments; done, it only reads the result.

    Parameters
    ----------
    folds
        How many; None for as many as the folder was prepared with, or 5.
    jobs
        Folds at a time, each in a process; None for as many as keep the cores busy. The result is the same for any.

    Raises
    ------
    SettingsError
        There can't be such folds.
    DataError
        `folder` is not prepared, or `out` holds something else.
    """
    prepared = load_prepared(folder)
    count = folds if folds is not None else (prepared.info.get("folds") or {}).get("count") or FOLDS
    prepared = _checked(prepared, count, by)
    if jobs is not None and jobs < 1:
        raise SettingsError(f"--jobs must be 1 or more, not {jobs}")
    request = {
        "data": {key: prepared.info[key] for key in ("data_sha256", "split", "seed", "users", "songs", "plays")},
        "by": by,
        "folds": prepared.info["folds"],
        "settings": settings.model_dump(mode="json"),
    }
    check_replaceable(out, is_crossvalidation)
    done = read_json(out / SUMMARY)
    if done is not None and done["request"] == request:
        return CrossValidation(pd.read_parquet(out / TABLE), done)
    with working_folder(out, "crossval") as work:
        plan = Plan(folder, settings, by, count, _threads(work, request, count), work)
        missing = [number for number in range(count) if read_json(plan.row_file(number)) is None]
        shown = _Board(count, count - len(missing), on_progress)
        side_by_side = min(jobs or _most_jobs(plan), max(len(missing), 1))
        if side_by_side > 1:
            run_side_by_side(plan, missing, side_by_side, shown.fold)
        else:
            for number in missing:
                run_fold(plan, number, partial(shown.fold, number), prepared)
                shown.fold(number, None)
        table = pd.DataFrame([read_json(plan.row_file(number)) for number in range(count)])
        summary = {"request": request, **summarise(table, by)}
        with whole_folder(out, is_crossvalidation) as folder_written:
            write_frame(folder_written / TABLE, table)
            write_json(folder_written / SUMMARY, summary)
    return CrossValidation(table, summary)


def is_crossvalidation(folder: Path) -> bool:
    """Tell whether a folder was written by `crossvalidate`."""
    return (folder / SUMMARY).is_file() and (folder / TABLE).is_file()


def run_fold(
    plan: Plan, number: int, on_progress: Callable[[Progress], None], prepared: Prepared | None = None
) -> None:
    """Train and judge one fold (from 0) and keep its row; half done, it goes on from its checkpoint."""
    whole = (prepared or load_prepared(plan.prepared)).with_folds(plan.folds)
    fold = whole.fold(number, plan.by)
    if not len(fold.part(TRAIN)):
        raise SettingsError(f"{plan.prepared}: fold {number + 1} of {plan.folds} has no train plays; take fewer folds")
    checkpoints = plan.work / f"checkpoints-{number}"
    before = torch.get_num_threads()
    torch.set_num_threads(plan.threads)
    try:
        trained = train_members(fold, plan.settings, checkpoints, "if it fits", on_progress).joined
        if plan.by == "time":
            # What is played now is part of what is served; users held out at random have no "now" of their own.
            trained, _ = finish(fold, trained, plan.settings)
        else:
            trained = blend(fold, trained, choose(fold, trained, plan.settings), plan.settings)
        row = {"fold": number + 1, **_moments(whole, plan.by, number), **judge(fold, trained)}
    finally:
        torch.set_num_threads(before)
    row |= {"epochs": len(trained.curve), "best_epoch": trained.best_epoch, "seconds": round(trained.seconds, 2)}
    write_json(plan.row_file(number), row)
    shutil.rmtree(checkpoints, ignore_errors=True)


def judge(fold: Prepared, trained: Trained) -> dict[str, Any]:
    """Mean metrics of the model and of popularity over the users with test songs that are new to them.

    Users are described by their train plays or, held out, by the shown ones; neither these nor validation plays are
    candidates. Popularity counts the train plays alone, as the model is fitted on them alone.
    """
    users, songs = len(fold.users), len(fold.songs)
    known = Histories.from_plays(fold.part(TRAIN, SHOWN), users)
    before = fold.part(TRAIN, SHOWN, VALID)
    seen = Histories.from_plays(before, users)
    truth = Histories.from_plays(new_to_user(fold.part(TEST), before), users)
    judged = np.flatnonzero((truth.counts > 0) & (known.counts > 0))
    row: dict[str, Any] = {"users": len(judged)}
    scorers = {
        "": scorer_of(trained.model, trained.songs, known, encode_users(fold.features, fold.users)),
        "popularity_": popularity(Histories.from_plays(fold.part(TRAIN), users), songs),
    }
    for name, scorer in scorers.items():
        frame = ranking_metrics(scorer, judged, seen, truth, songs) if len(judged) else None
        kept = METRICS if not name else ("ndcg@10",)
        row |= {name + metric: None if frame is None else float(frame[metric].mean()) for metric in kept}
    return row


def summarise(table: pd.DataFrame, by: By) -> dict[str, Any]:
    """Mean of each metric over folds, and of the lead over popularity, with intervals and what to know of them."""
    judged = table[table["users"] > 0]
    columns = [*METRICS, "popularity_ndcg@10"]
    lead = (judged["ndcg@10"] - judged["popularity_ndcg@10"]).to_numpy(np.float64)
    notes = [NOTE]
    if len(judged) < len(table):
        notes.append(f"{len(table) - len(judged)} of {len(table)} folds have nobody to judge and are left out.")
    return {
        "by": by,
        "folds": len(table),
        "users": int(table["users"].sum()),
        "mean": {name: mean_over_folds(judged[name].to_numpy(np.float64)) for name in columns},
        "lead": mean_over_folds(lead),
        "notes": notes,
    }


def mean_over_folds(values: np.ndarray, level: float = 0.95) -> dict[str, float | None]:
    """Mean of one value a fold, with the interval of Student's t with folds - 1 degrees of freedom; None if unknown."""
    if not len(values):
        return {"mean": None, "low": None, "high": None}
    mean = float(values.mean())
    if len(values) < 2:
        return {"mean": mean, "low": None, "high": None}
    wide = special.stdtrit(len(values) - 1, (1 + level) / 2) * values.std(ddof=1) / np.sqrt(len(values))
    return {"mean": mean, "low": float(mean - wide), "high": float(mean + wide)}


class _Board:
    """What is shown of several folds under way."""

    def __init__(self, folds: int, done: int, on_progress: OnProgress) -> None:
        self._folds, self._done, self._on_progress = folds, done, on_progress
        self._running: dict[int, str] = {}

    def fold(self, number: int, progress: Progress | None) -> None:
        """Take note of how far a fold is; None when it is done."""
        if progress is None:
            self._running.pop(number, None)
            self._done += 1
        else:
            now = "" if np.isnan(progress.ndcg) else f" NDCG@10 {progress.ndcg:.4f}"
            network = f"network {progress.member[0]} " if progress.member[1] > 1 else ""
            self._running[number] = f"fold {number + 1} {network}epoch {progress.epoch}{now}"
        text = " · ".join([f"{self._done} of {self._folds} folds done", *self._running.values()])
        self._on_progress(text, self._done / self._folds)


def _checked(prepared: Prepared, count: int, by: By) -> Prepared:
    """Give the folds that are asked for, or say why there can't be any."""
    if count < LEAST:
        raise SettingsError(f"--folds must be {LEAST} or more (train, validate and test), not {count}")
    playing = prepared.plays["user_index"].nunique()
    if by == "users" and count > playing:
        raise SettingsError(f"--folds {count}: more than the {playing:,} users with plays in {prepared.folder}")
    prepared = prepared.with_folds(count)
    if by == "users":
        return prepared
    times = prepared.plays["played_at"]
    if not times.notna().any():
        raise SettingsError(f"{prepared.folder}: its plays have no times, so there are no windows; use --kind users")
    if prepared.info["split"] != "temporal":
        raise SettingsError(
            f"{prepared.folder}: split at random, which keeps only the last time of a user and song; for windows of "
            "time prepare with --set split.kind=temporal"
        )
    for window in prepared.info["folds"]["windows"]:
        if not window["after"] < window["valid_after"] < window["test_after"] < window["until"]:
            raise SettingsError(
                f"{prepared.folder}: {times.nunique():,} different times are too few for {count} windows; take fewer"
            )
    return prepared


def _threads(work: Path, request: dict[str, Any], folds: int) -> int:
    """Threads of each training: as an earlier run set out with, if it was the same; else clear what it left."""
    plan = read_json(work / "plan.json")
    if plan is not None and plan["request"] == request:
        return int(plan["threads"])
    clear_work(work)
    threads = max(torch.get_num_threads() // folds, 1)
    write_json(work / "plan.json", {"request": request, "threads": threads})
    return threads


def _most_jobs(plan: Plan) -> int:
    """As many folds at a time as keep the cores busy; one on a GPU, which they would have to share."""
    return 1 if torch.cuda.is_available() else max(torch.get_num_threads() // plan.threads, 1)


def _moments(prepared: Prepared, by: By, number: int) -> dict[str, str]:
    """Say which time a window is judged on: after one moment up to the other."""
    if by == "users":
        return {}
    window = prepared.info["folds"]["windows"][number]
    return {"test_after": window["test_after"], "test_until": window["until"]}
