"""Builds in the background: what was ordered, how far it is, stop and go on. One at a time; no Streamlit here.

Each order has a folder in `artifacts/.builds/`: the order, its progress, its log and the files uploaded for it. The
process holds a lock as long as it lives. The system lets go of it when the process dies, however it dies, so whoever
finds the lock free knows that nothing is being built.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Literal

from engine.data.whole import read_json, sweep, working_place, write_json
from engine.serving.bundle import MANIFEST

Task = Literal["check", "build"]

_ROOT = Path(__file__).resolve().parents[2]
_HOME, _ASKED = ".builds", "asked to stop"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SECONDS_TO_STOP = 10.0  # after which a process that was asked to stop is ended


@dataclass(frozen=True)
class Order:
    """What is to be built: `name` of the bundle, the source and where its data are, and the preset of settings."""

    name: str
    source: str
    data: str | None
    preset: str = "default"
    uploaded: bool = False


@dataclass(frozen=True)
class Progress:
    """How far an order is.

    `state` is `none`, `running`, `checked`, `done`, `failed` or `stopped`; `task` is what was begun last, and
    `seconds_left` is of this step alone, where its end can be foreseen.
    """

    state: str = "none"
    task: str = "build"
    stage: str = ""
    text: str = ""
    fraction: float | None = None
    seconds_left: float | None = None


def fault_of_name(artifacts: Path, name: str) -> str:
    """Say what is wrong with a name for a bundle; nothing if it will do."""
    if not _NAME.fullmatch(name):
        return "a name is up to 40 small letters, digits, - and _, and begins with a letter or a digit"
    if (artifacts / name).exists():
        return f"there is a bundle called {name} already; choose another name"
    if order_of(artifacts, name) is not None:
        return f"a build of {name} is under way or unfinished; choose another name, or throw it away first"
    return ""


def place(artifacts: Path, name: str) -> Path:
    """Folder of an order."""
    return artifacts / _HOME / name


def write_order(artifacts: Path, order: Order) -> None:
    """Take an order down; `start` begins it."""
    write_json(place(artifacts, order.name) / "order.json", asdict(order))


def order_of(artifacts: Path, name: str) -> Order | None:
    """Give the order of that name, if there is one."""
    try:
        return Order(**read_json(place(artifacts, name) / "order.json"))
    except TypeError:
        return None


def orders(artifacts: Path) -> list[Order]:
    """Give all orders, the newest first."""
    files = sorted((artifacts / _HOME).glob("*/order.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    found = (order_of(artifacts, file.parent.name) for file in files)
    return [order for order in found if order is not None]


def start(artifacts: Path, name: str, task: Task) -> bool:
    """Start an order's process; returns whether it was started, for only one builds at a time."""
    folder = place(artifacts, name)
    folder.mkdir(parents=True, exist_ok=True)
    with (artifacts / _HOME / "lock").open("a+") as lock, (folder / "log").open("wb") as log:
        if not _hold(lock):
            return False
        (folder / _ASKED).unlink(missing_ok=True)
        write_progress(folder, Progress("running", task, text="starting"))
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.ui.build_process", str(folder.resolve()), task],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[lock.fileno()],  # the child holds the lock from here on, for as long as it lives
            start_new_session=True,  # so that Ctrl-C in the app's terminal doesn't reach it, and it is ended as a group
        )
        lock.truncate(0)
        lock.write(json.dumps({"name": name, "pid": process.pid}))
    threading.Thread(target=process.wait, daemon=True).start()  # reaps it
    return True


def running(artifacts: Path) -> str | None:
    """Name the order whose process is alive, if there is one."""
    held = _holder(artifacts)
    return None if held is None else held[0]


def progress(artifacts: Path, name: str) -> Progress:
    """Read how far an order is; one whose process is gone before it was done counts as failed."""
    try:
        now = Progress(**read_json(place(artifacts, name) / "progress.json"))
    except TypeError:
        return Progress()
    alive = running(artifacts) == name
    if now.state == "running" and not alive and (place(artifacts, name) / _ASKED).exists():
        return replace(now, state="stopped")
    if now.state == "running" and not alive:
        text = "The build stopped before it was done; started again, it goes on from there."
        return replace(now, state="failed", text=text)
    # A process takes a moment to go after its last note, and nothing else can begin until it is gone.
    return Progress("running", now.task, now.stage, "finishing", 1.0) if alive and now.state != "running" else now


def stop(artifacts: Path, name: str) -> None:
    """Ask an order's process to stop, and end it if it doesn't; what was done so far stays, to go on from."""
    held = _holder(artifacts)
    if held is None or held[0] != name:
        return
    pid = held[1]
    (place(artifacts, name) / _ASKED).touch()  # it may be gone before it can say so itself
    _signal(pid, signal.SIGTERM)

    def insist() -> None:
        until = time.monotonic() + SECONDS_TO_STOP
        while time.monotonic() < until:
            if _holder(artifacts) != held:
                break
            time.sleep(0.1)
        else:
            _signal(pid, signal.SIGKILL)
        sweep(artifacts / name)

    threading.Thread(target=insist, daemon=True).start()


def throw_away(artifacts: Path, name: str) -> None:
    """Remove an order with all that is half made and what was uploaded for it; a finished bundle stays."""
    if running(artifacts) == name:
        return
    out = artifacts / name
    shutil.rmtree(working_place(out, "build"), ignore_errors=True)
    sweep(out)
    shutil.rmtree(place(artifacts, name), ignore_errors=True)


def to_look_at(artifacts: Path, name: str) -> Path:
    """Where the prepared tables of an order that was checked lie."""
    return working_place(artifacts / name, "build") / "prepared"


def is_there(artifacts: Path, name: str) -> bool:
    """Whether the bundle of an order is there."""
    return (artifacts / name / MANIFEST).is_file()


def write_progress(folder: Path, now: Progress) -> None:
    """Write down how far the order in `folder` is."""
    write_json(folder / "progress.json", asdict(now))


def _holder(artifacts: Path) -> tuple[str, int] | None:
    """Name and process of the build that holds the lock."""
    try:
        with (artifacts / _HOME / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                for _ in range(20):  # who has just taken it is about to say so
                    lock.seek(0)
                    try:
                        held = json.loads(lock.read())
                        return str(held["name"]), int(held["pid"])
                    except (ValueError, KeyError, TypeError):
                        time.sleep(0.02)
    except FileNotFoundError:
        pass
    return None


def _hold(lock: IO[str]) -> bool:
    for _ in range(20):  # a page that looks takes the lock for an instant
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            time.sleep(0.02)
    return False


def _signal(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, what)  # the process leads a group of its own
