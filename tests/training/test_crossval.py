import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from engine.config import Settings, load_settings
from engine.data import features as feature_module
from engine.data.files import read_table
from engine.data.folds import UNUSED
from engine.data.listening import Listening, Span
from engine.data.prepare import prepare
from engine.data.prepared import FOLDS, Prepared, load_prepared
from engine.data.split import TEST, TRAIN
from engine.errors import DataError, EngineError, SettingsError
from engine.training import crossval
from engine.training.crossval import CrossValidation, crossvalidate, mean_over_folds, run_fold, summarise
from engine.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["model.dim=8", "model.members=1", "train.epochs=3", "train.batch_users=64", "train.average_decay=0.8"]


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(None, [*SMALL, "train.checkpoint_seconds=0"])


@pytest.fixture(scope="module")
def undisturbed(prepared: Prepared, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> CrossValidation:
    return crossvalidate(prepared.folder, settings, tmp_path_factory.mktemp("cv") / "cv", folds=3, jobs=1)


def figures(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="seconds")


def timeless(prepared: Prepared) -> Prepared:
    """The same, as if split at random: few validation users are then no reason to stop by train songs instead."""
    return replace(prepared, info={**prepared.info, "split": "random"})


def test_every_user_is_tested_once_and_fitted_on_in_no_fold_that_tests_them(prepared: Prepared) -> None:
    folds = [prepared.with_folds(4).fold(number) for number in range(4)]
    tested = [set(fold.part(TEST)["user_index"]) for fold in folds]
    assert sum(map(len, tested)) == len(set.union(*tested))
    songs = prepared.part(*range(3)).groupby("user_index").size()
    assert set(songs.index[songs >= 25]) <= set.union(*tested)  # of a few songs sometimes none is hidden
    for fold, users in zip(folds, tested, strict=True):
        assert users.isdisjoint(fold.part(TRAIN)["user_index"])
        train_plays = fold.plays[fold.plays["part"] == TRAIN]
        seen = Listening.empty(len(fold.users), len(fold.songs), Span.of(train_plays))
        seen.add(train_plays, fold.songs["release_year"].to_numpy())
        assert fold.features == feature_module.fit(fold.users, fold.songs, seen)


def test_folds_made_from_the_plays_are_those_that_preparing_would_have_written(
    prepared: Prepared, small_world: Path, tmp_path: Path
) -> None:
    prepare("simulated", small_world, tmp_path / "p", load_settings(None, ["split.folds=4"]))
    written = load_prepared(tmp_path / "p")
    made = prepared.with_folds(4)
    assert made.info["folds"] == written.info["folds"]
    fold = pd.read_parquet(tmp_path / "p" / FOLDS)["fold"].to_numpy()
    assert set(made.fold(2).part(TEST)["user_index"]) <= set(np.flatnonzero(fold == 2))
    assert len(written.with_folds(6).info["folds"]["windows"]) == 6


def test_held_out_plays_and_even_held_out_users_leave_no_trace_in_the_weights(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    whole = timeless(prepared).with_folds(3)
    fold = whole.fold(0)
    hidden = (fold.plays["part"] == TEST).to_numpy()
    theirs = np.isin(fold.plays["user_index"], fold.plays["user_index"][hidden])
    reference = train(fold, settings, tmp_path / "all").model.state_dict()
    for name, left_out in (("hidden", hidden), ("theirs", theirs)):
        without = replace(whole, plays=whole.plays[~left_out].reset_index(drop=True)).fold(0)
        assert (without.plays["part"] == TEST).sum() == 0
        weights = train(without, settings, tmp_path / name).model.state_dict()
        assert all(torch.equal(weights[key], value) for key, value in reference.items()), name


def test_a_window_of_time_knows_nothing_of_what_comes_after_it(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    whole = prepared.with_folds(3)
    fold = whole.fold(1, "time")
    assert (fold.plays["part"] == UNUSED).any()
    later = (fold.plays["played_at"] > pd.Timestamp(whole.info["folds"]["windows"][1]["test_after"])).to_numpy()
    assert later.any()
    without = replace(whole, plays=whole.plays[~later].reset_index(drop=True)).fold(1, "time")
    weights = [train(f, settings, tmp_path / n).model.state_dict() for f, n in ((fold, "a"), (without, "b"))]
    assert all(torch.equal(weights[1][key], value) for key, value in weights[0].items())


def test_a_row_a_fold_with_everyone_judged_once_beside_popularity(
    undisturbed: CrossValidation, prepared: Prepared
) -> None:
    table = undisturbed.table
    assert table["fold"].tolist() == [1, 2, 3]
    assert 0.8 * len(prepared.users) < table["users"].sum() <= len(prepared.users)
    assert table["epochs"].tolist() == [3, 3, 3]
    assert (table[["ndcg@10", "recall@20", "map@20", "popularity_ndcg@10"]] > 0).all(axis=None)
    assert undisturbed.summary["mean"]["ndcg@10"]["mean"] == pytest.approx(table["ndcg@10"].mean())
    assert "Bengio" in undisturbed.summary["notes"][0]


def test_validation_stops_a_fold_by_the_users_held_out_for_it(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    fold = timeless(prepared).with_folds(3).fold(0)
    assert (train(fold, settings, tmp_path).curve["ndcg@10"] > 0).all()


def test_the_interval_is_students_t_over_folds() -> None:
    found = mean_over_folds(np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx({"mean": 2.0, "low": 2 - 4.302653 / np.sqrt(3), "high": 2 + 4.302653 / np.sqrt(3)})
    assert mean_over_folds(np.array([0.5])) == {"mean": 0.5, "low": None, "high": None}


def test_a_fold_with_nobody_to_judge_is_left_out_and_said(undisturbed: CrossValidation) -> None:
    table = undisturbed.table.copy()
    table.loc[1, "users"] = 0
    table.loc[1, ["ndcg@10", "recall@20", "map@20", "popularity_ndcg@10"]] = np.nan
    summary = summarise(table, "users")
    assert summary["mean"]["ndcg@10"]["mean"] == pytest.approx(table["ndcg@10"][[0, 2]].mean())
    assert "1 of 3 folds" in summary["notes"][1]


def test_killed_in_the_middle_of_a_fold_it_goes_on_to_the_same_table(
    prepared: Prepared, settings: Settings, undisturbed: CrossValidation, tmp_path: Path
) -> None:
    out = tmp_path / "cv"

    def kill(text: str, fraction: float) -> None:
        if "fold 2 epoch 3" in text:
            raise Killed

    with pytest.raises(Killed):
        crossvalidate(prepared.folder, settings, out, folds=3, jobs=1, on_progress=kill)
    assert not out.exists()
    assert json.loads((tmp_path / ".cv.crossval" / "checkpoints-1" / "last" / "state.json").read_text())["epoch"] == 2
    shown: list[str] = []
    resumed = crossvalidate(
        prepared.folder, settings, out, folds=3, jobs=1, on_progress=lambda text, fraction: shown.append(text)
    )
    pd.testing.assert_frame_equal(figures(resumed.table), figures(undisturbed.table))
    assert not any("fold 1 epoch" in text or "fold 2 epoch 1" in text for text in shown)
    assert [path.name for path in tmp_path.iterdir()] == ["cv"]
    pd.testing.assert_frame_equal(pd.read_parquet(out / "crossval.parquet"), resumed.table)


def test_a_finished_one_is_read_and_other_settings_begin_anew(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    first = crossvalidate(prepared.folder, settings, tmp_path / "cv", folds=3, jobs=1)
    shown: list[str] = []
    again = crossvalidate(prepared.folder, settings, tmp_path / "cv", 3, on_progress=lambda t, f: shown.append(t))
    assert not shown
    assert again.summary == first.summary
    other = load_settings(None, [*SMALL, "train.epochs=1"])
    assert crossvalidate(prepared.folder, other, tmp_path / "cv", 3, jobs=1).table["epochs"].tolist() == [1, 1, 1]


def test_windows_of_time_are_judged_on_what_comes_next(prepared: Prepared, settings: Settings, tmp_path: Path) -> None:
    done = crossvalidate(prepared.folder, settings, tmp_path / "cv", folds=3, by="time", jobs=1)
    assert done.table["test_after"].is_monotonic_increasing
    assert done.table["test_until"].tolist()[:-1] == done.table["test_after"].tolist()[1:]
    assert (done.table["users"] > 0).all()
    assert done.summary["by"] == "time"


def test_killed_by_the_system_two_at_a_time_it_leaves_no_orphan_and_goes_on_to_the_same_table(
    prepared: Prepared, undisturbed: CrossValidation, tmp_path: Path
) -> None:
    out, work = tmp_path / "cv", tmp_path / ".cv.crossval"
    options = [part for setting in [*SMALL, "train.checkpoint_seconds=0"] for part in ("--set", setting)]
    command = [sys.executable, "-m", "engine", "crossval", "--prepared", prepared.folder, "--out", out, "--folds", 3]
    command = [str(part) for part in [*command, "--jobs", 2, "--json", *options]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_for(lambda: any(work.glob("checkpoints-*/last/state.json")))
        folds = _children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert folds
    _wait_for(lambda: not any(_is_running(pid) for pid in folds), seconds=10)
    assert not out.exists()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(figures(pd.read_parquet(out / "crossval.parquet")), figures(undisturbed.table))
    assert json.loads(done.stdout)["mean"] == undisturbed.summary["mean"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"folds": 2}, "--folds must be 3 or more"),
        ({"folds": 0}, "--folds must be 3 or more"),
        ({"folds": 300}, "more than the 2"),
        ({"folds": 30_000, "by": "time"}, "too few for 30000 windows"),
        ({"folds": 3, "jobs": 0}, "--jobs must be 1 or more"),
    ],
)
def test_folds_that_cannot_be_are_one_sentence(
    prepared: Prepared, settings: Settings, tmp_path: Path, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        crossvalidate(prepared.folder, settings, tmp_path / "cv", **arguments)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_windows_need_times_and_a_split_that_has_kept_them(
    prepared: Prepared, settings: Settings, small_world: Path, tmp_path: Path
) -> None:
    prepare("simulated", small_world, tmp_path / "random", load_settings(None, ["split.kind=random"]))
    with pytest.raises(SettingsError, match=r"split\.kind=temporal"):
        crossvalidate(tmp_path / "random", settings, tmp_path / "cv", 3, "time")
    tables = tmp_path / "tables"
    tables.mkdir()
    for name in ("users", "songs", "plays"):
        frame = read_table(next(small_world.glob(f"{name}.*")))
        frame.drop(columns="played_at", errors="ignore").to_csv(tables / f"{name}.csv", index=False)
    prepare("tables", tables, tmp_path / "p", load_settings())
    with pytest.raises(SettingsError, match="no times"):
        crossvalidate(tmp_path / "p", settings, tmp_path / "cv", 3, "time")


def test_what_is_not_prepared_and_what_is_in_the_way_is_refused(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="not a prepared folder"):
        crossvalidate(tmp_path, settings, tmp_path / "cv", 3)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for taken in (tmp_path / "mine", tmp_path / "mine" / "thesis.txt", prepared.folder):
        with pytest.raises(DataError, match="holds something else"):
            crossvalidate(prepared.folder, settings, taken, 3)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_what_a_fold_raises_in_its_own_process_reaches_the_one_that_asked(
    prepared: Prepared, settings: Settings, tmp_path: Path
) -> None:
    plan = crossval.Plan(tmp_path / "gone", settings, "users", 3, 1, tmp_path)
    with pytest.raises(DataError, match="not a prepared folder"):
        crossval.run_side_by_side(plan, [0, 1], 2, lambda number, progress: None)
    with pytest.raises(EngineError, match="no fold 7"):
        run_fold(replace(plan, prepared=prepared.folder), 7, lambda progress: None)


def _wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
