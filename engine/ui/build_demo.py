"""Build the demo in a process of its own, whose progress a page can read: `python -m engine.ui.build_demo FOLDER`.

The process holds a lock beside the bundle as long as it lives. The system lets go of it when the process dies, however
it dies, so a page that finds the lock free knows that nothing is being built. No Streamlit here.
"""

import fcntl
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from engine.data.whole import write_json
from engine.errors import EngineError

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Progress:
    """How far the demo is: `state` is `running`, `failed`, `done` or `none`."""

    state: str = "none"
    stage: str = ""
    text: str = ""
    fraction: float | None = None


def start(out: Path) -> None:
    """Start building in the background; does nothing if that is under way."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with _file(out, "lock").open("w") as lock, _file(out, "log").open("wb") as log:
        if not _hold(lock):
            return
        _write(out, Progress("running", "data", "starting"))
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.ui.build_demo", str(out.resolve())],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[lock.fileno()],  # the child holds the lock from here on, for as long as it lives
        )
    threading.Thread(target=process.wait, daemon=True).start()  # reaps it


def progress(out: Path) -> Progress:
    """Read how far the demo is; a build whose process is gone counts as failed."""
    try:
        values: dict[str, Any] = json.loads(_file(out, "progress.json").read_text(encoding="utf-8"))
        now = Progress(**values)
    except (OSError, ValueError, TypeError):
        return Progress()
    if now.state == "running" and not _is_held(_file(out, "lock")):
        return Progress(
            "failed", now.stage, "The build stopped before it was done; started again, it goes on from there."
        )
    return now


def main(out: Path) -> int:
    """Build the demo and write down each step; returns the exit status."""
    from engine.build import Report, build  # a second of imports that a page which only looks can do without
    from engine.config import PRESETS, load_settings

    stage = "data"

    def on_progress(report: Report) -> None:
        nonlocal stage
        stage = report.stage
        _write(out, Progress("running", stage, report.text, report.fraction))

    try:
        build("simulated", None, out, load_settings(PRESETS / "demo.yaml"), on_progress)
    except EngineError as error:
        _write(out, Progress("failed", stage, str(error)))
        return 2
    except BaseException:
        _write(out, Progress("failed", stage, "The build stopped unexpectedly."))
        raise  # its traceback goes to the log beside the progress
    _write(out, Progress("done"))
    return 0


def _hold(lock: IO[str]) -> bool:
    for _ in range(20):  # a page that looks takes the lock for an instant
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            time.sleep(0.02)
    return False


def _is_held(path: Path) -> bool:
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _file(out: Path, what: str) -> Path:
    return out.parent / f".{out.name}.{what}"


def _write(out: Path, now: Progress) -> None:
    write_json(_file(out, "progress.json"), asdict(now))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
