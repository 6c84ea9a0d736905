"""Builds in the background: one at a time, readable from outside, stopped alone, and known to be dead when they are."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import engine.build
from engine.build import Report
from engine.data.whole import working_place
from engine.errors import DataError
from engine.ui import build_process, build_steps, builds
from engine.ui.builds import Order, Progress

ORDER = Order("mine", "tables", "/data/mine")
# Stands in for the process of a build: writes its progress as that does, and stops as that does.
SLEEPER = """
import signal, sys, time
from pathlib import Path
from engine.ui import build_process
from engine.ui.build_process import Stopped, _stop
from engine.ui.builds import Progress, write_progress
signal.signal(signal.SIGTERM, _stop if sys.argv[2] == "build" else signal.SIG_IGN)
write_progress(Path(sys.argv[1]), Progress("running", sys.argv[2], "train"))
try:
    time.sleep(60)
except Stopped:
    write_progress(Path(sys.argv[1]), Progress("stopped", "build", "train"))
"""


def ordered(artifacts: Path, now: Progress | None = None) -> Path:
    builds.write_order(artifacts, ORDER)
    folder = builds.place(artifacts, ORDER.name)
    if now is not None:
        builds.write_progress(folder, now)
    return folder


def wait_until(what: str, artifacts: Path) -> None:
    """Wait until a build is in a state or a stage."""
    until = time.monotonic() + 60
    while what not in ((now := builds.progress(artifacts, "mine")).state, now.stage):
        assert time.monotonic() < until, builds.progress(artifacts, "mine")
        time.sleep(0.05)


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Let builds start a process that sleeps; those that were started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        process = popen([sys.executable, "-c", SLEEPER, command[3], command[4]], **options)  # type: ignore[call-overload]
        started.append(process)
        return process

    monkeypatch.setattr(builds.subprocess, "Popen", start)
    return started


def test_nothing_ordered_is_no_progress(tmp_path: Path):
    assert builds.progress(tmp_path, "mine") == Progress()
    assert builds.orders(tmp_path) == []


def test_an_order_is_read_as_it_was_written(tmp_path: Path):
    ordered(tmp_path)
    assert builds.orders(tmp_path) == [ORDER]


def test_a_damaged_order_is_none(tmp_path: Path):
    (ordered(tmp_path) / "order.json").write_text('{"name": "mine", "colour": "red"}')
    assert builds.orders(tmp_path) == []


def test_a_build_whose_process_is_gone_counts_as_failed(tmp_path: Path):
    ordered(tmp_path, Progress("running", stage="train"))
    assert builds.progress(tmp_path, "mine").state == "failed"


def test_one_builds_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ordered(tmp_path, Progress("running", stage="train"))
    monkeypatch.setattr(builds.subprocess, "Popen", lambda *a, **k: pytest.fail("started a second build"))
    with (tmp_path / ".builds" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps({"name": "mine", "pid": os.getpid()}))
        lock.flush()
        assert not builds.start(tmp_path, "mine", "build")
        assert not builds.start(tmp_path, "other", "build")
        assert builds.running(tmp_path) == "mine"
        assert builds.progress(tmp_path, "mine").state == "running"


def test_stopping_ends_that_process_alone(tmp_path: Path, sleeper: list[subprocess.Popen[bytes]]):
    ordered(tmp_path)
    assert builds.start(tmp_path, "mine", "build")
    wait_until("train", tmp_path)
    assert os.getpgid(sleeper[0].pid) == sleeper[0].pid  # a group of its own, or the app would be ended with it
    builds.stop(tmp_path, "other")
    assert builds.running(tmp_path) == "mine"
    builds.stop(tmp_path, "mine")
    wait_until("stopped", tmp_path)
    assert builds.running(tmp_path) is None


def test_a_process_that_does_not_listen_is_ended(
    tmp_path: Path, sleeper: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(builds, "SECONDS_TO_STOP", 0.3)
    ordered(tmp_path)
    builds.start(tmp_path, "mine", "check")
    wait_until("train", tmp_path)
    builds.stop(tmp_path, "mine")
    wait_until("stopped", tmp_path)
    assert sleeper[0].wait(10) == -signal.SIGKILL


def test_throwing_away_leaves_the_bundle(tmp_path: Path):
    folder = ordered(tmp_path, Progress("done"))
    (folder / "upload").mkdir()
    (working_place(tmp_path / "mine", "build") / "prepared").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    builds.throw_away(tmp_path, "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".builds", "mine"]
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "Größe", "a" * 41, "-x"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str):
    assert "a name is" in builds.fault_of_name(tmp_path, name)


def test_a_name_that_is_taken_is_refused(tmp_path: Path):
    ordered(tmp_path)
    (tmp_path / "there").mkdir()
    assert "already" in builds.fault_of_name(tmp_path, "there")
    assert "under way" in builds.fault_of_name(tmp_path, "mine")
    assert builds.fault_of_name(tmp_path, "new-one_2") == ""


def test_a_build_that_fails_leaves_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def failing(source, data, out, settings, on_progress):
        on_progress(Report("prepare", "reading", 0.5))
        raise DataError("another build of it is running")

    monkeypatch.setattr(engine.build, "build", failing)
    assert build_process.main(ordered(tmp_path), "build") == 2
    assert builds.progress(tmp_path, "mine") == Progress("failed", "build", "prepare", "another build of it is running")


def test_a_build_that_was_stopped_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def stopped(source, data, out, settings, on_progress):
        (tmp_path / ".mine.999999.tmp").mkdir()
        on_progress(Report("publish", "writing"))
        raise build_process.Stopped

    monkeypatch.setattr(engine.build, "build", stopped)
    assert build_process.main(ordered(tmp_path), "build") == 0
    assert builds.progress(tmp_path, "mine").state == "stopped"
    assert not (tmp_path / ".mine.999999.tmp").exists()


def test_a_build_that_works_is_done_and_its_upload_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine.build, "build", lambda *_: {})
    folder = ordered(tmp_path)
    (folder / "upload").mkdir()
    assert build_process.main(folder, "build") == 0
    assert builds.progress(tmp_path, "mine").state == "done"
    assert not (folder / "upload").exists()


def test_what_was_checked_is_what_is_built_from(
    small_world: Path, small_settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    builds.write_order(tmp_path, Order("mine", "tables", str(small_world)))
    folder = builds.place(tmp_path, "mine")
    monkeypatch.setattr("engine.config.load_settings", lambda _: small_settings)
    assert build_process.main(folder, "check") == 0
    assert builds.progress(tmp_path, "mine").state == "checked"
    assert json.loads((builds.to_look_at(tmp_path, "mine") / "quality.json").read_text())["plays"]["rows_in"] == 25_000
    monkeypatch.setattr(engine.build, "prepare", lambda *_: pytest.fail("prepared again"))

    def trained(*_):
        raise DataError("as far as this test goes")

    monkeypatch.setattr("engine.training.members.train_members", trained)
    assert build_process.main(folder, "build") == 2
    assert "as far as" in builds.progress(tmp_path, "mine").text


def test_time_left_is_foreseen_from_how_long_a_step_took_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = iter([0.0, 30.0, 40.0])
    monkeypatch.setattr(build_process.time, "monotonic", lambda: next(clock) + 100)
    notes = build_process.Notes(tmp_path, "build")
    for text, fraction in (("reading", 0.1), ("reading", 0.4), ("epoch 3 · at most 2 min left", 0.5)):
        notes(Report("prepare", text, fraction))
        (tmp_path / f"{fraction}.json").write_text((tmp_path / "progress.json").read_text())
    left = [json.loads((tmp_path / f"{f}.json").read_text())["seconds_left"] for f in (0.1, 0.4, 0.5)]
    assert left == [None, pytest.approx(30 * 0.6 / 0.3), None]  # the third says so itself


def test_a_time_to_wait_is_said_as_people_say_it():
    assert [build_steps.duration(s) for s in (0.2, 45, 200, 9_000)] == ["1 s", "45 s", "3 min", "2.5 h"]
