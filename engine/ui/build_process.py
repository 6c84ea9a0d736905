"""The process of one build: `python -m engine.ui.build_process FOLDER check|build`, as `builds.start` starts it.

It writes each step down beside the order. Told to stop, it stops as if by Ctrl-C: what is half written goes, what was
done stays.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.data.whole import sweep
from engine.errors import EngineError
from engine.ui.builds import Progress, order_of, write_progress

if TYPE_CHECKING:
    from engine.build import Report

SECONDS_BETWEEN = 0.3  # between two notes of progress within a step
FORESEEABLE = 0.05  # share of a step after which its end can be foreseen


class Notes:
    """Writes down what a build reports, and when its step will be done if it goes on like this."""

    def __init__(self, folder: Path, task: str) -> None:
        self._folder, self._task = folder, task
        self._written = 0.0
        self._step, self._began, self._from = "", 0.0, 0.0
        self.stage = ""

    def __call__(self, report: "Report") -> None:
        """Take a report."""
        now = time.monotonic()
        step = f"{report.stage} {report.text.split(' · ')[0] if report.stage == 'train' else ''}"
        fraction = report.fraction or 0.0
        if step != self._step or fraction < self._from:
            self._step, self._began, self._from = step, now, fraction
            self._written = 0.0
        self.stage = report.stage
        if now - self._written < SECONDS_BETWEEN:
            return
        self._written = now
        left = self._left(fraction, now) if report.fraction is not None and "left" not in report.text else None
        write_progress(self._folder, Progress("running", self._task, report.stage, report.text, report.fraction, left))

    def _left(self, fraction: float, now: float) -> float | None:
        done = fraction - self._from
        if done < FORESEEABLE:
            return None
        return (now - self._began) * (1 - fraction) / done


class Stopped(BaseException):
    """Somebody asked the build to stop."""


def main(folder: Path, task: str) -> int:
    """Work an order off; returns the exit status."""
    from engine import build as line  # seconds of imports that a page which only looks can do without
    from engine.config import PRESETS, load_settings

    artifacts, name = folder.parent.parent, folder.name
    order = order_of(artifacts, name)
    if order is None:
        return 2
    notes = Notes(folder, task)
    data = None if order.data is None else Path(order.data)
    out = artifacts / name
    try:
        settings = load_settings(PRESETS / f"{order.preset}.yaml")
        if task == "check" and data is not None:
            line.check(order.source, data, out, settings, notes)
        else:
            line.build(order.source, data, out, settings, notes)
    except EngineError as error:
        write_progress(folder, Progress("failed", task, notes.stage, str(error)))
        return 2
    except Stopped:
        sweep(out)
        write_progress(folder, Progress("stopped", task, notes.stage))
        return 0
    except BaseException:
        write_progress(folder, Progress("failed", task, notes.stage, "The build stopped unexpectedly."))
        raise  # its traceback goes to the log
    if task == "build":
        shutil.rmtree(folder / "upload", ignore_errors=True)  # the bundle holds what of it is needed
    write_progress(folder, Progress("done" if task == "build" else "checked", task))
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    os.nice(5)  # whoever looks at the app meanwhile comes first
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
