"""The demo's build in the background: one at a time, readable from outside, and known to be dead when it is."""

import fcntl
import json
from pathlib import Path

import pytest

import engine.build
from engine.build import Report
from engine.errors import DataError
from engine.ui import build_demo
from engine.ui.build_demo import Progress


def running(out: Path) -> None:
    (out.parent / f".{out.name}.progress.json").write_text(json.dumps({"state": "running", "stage": "train"}))
    (out.parent / f".{out.name}.lock").touch()


def test_nothing_built_yet_is_no_progress(tmp_path: Path):
    assert build_demo.progress(tmp_path / "demo") == Progress()


def test_a_build_whose_process_is_gone_counts_as_failed(tmp_path: Path):
    running(tmp_path / "demo")
    assert build_demo.progress(tmp_path / "demo").state == "failed"


def test_a_second_click_starts_no_second_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    running(tmp_path / "demo")
    monkeypatch.setattr(build_demo.subprocess, "Popen", lambda *a, **k: pytest.fail("started a second build"))
    with (tmp_path / ".demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_demo.start(tmp_path / "demo")
        assert build_demo.progress(tmp_path / "demo") == Progress("running", "train")


def test_a_build_that_fails_leaves_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def failing(source, data, out, settings, on_progress):
        on_progress(Report("prepare", "reading", 0.5))
        raise DataError("another build of it is running")

    monkeypatch.setattr(engine.build, "build", failing)
    assert build_demo.main(tmp_path / "demo") == 2
    assert build_demo.progress(tmp_path / "demo") == Progress("failed", "prepare", "another build of it is running")


def test_a_build_that_works_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine.build, "build", lambda *_: {})
    assert build_demo.main(tmp_path / "demo") == 0
    assert build_demo.progress(tmp_path / "demo").state == "done"
