"""Folds side by side, each in a process of its own, with their progress told to the one that started them."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, cast

from engine.errors import EngineError
from engine.training.loop import Progress

if TYPE_CHECKING:
    from engine.training.crossval import Plan


def run_side_by_side(
    plan: "Plan", numbers: Sequence[int], jobs: int, on_progress: Callable[[int, Progress | None], None]
) -> None:
    """Run the folds `numbers`, `jobs` at a time; each keeps its own row.

    Parameters
    ----------
    on_progress
        Called with the fold and how far it is, None when it is done.

    Raises
    ------
    EngineError
        What a fold raised, or that its process died. The others are stopped; what is done is kept.
    """
    context = get_context("spawn")  # a forked torch hangs in its own thread pool
    waiting = list(numbers)
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                started = context.Process(target=_fold_process, args=(plan, number, theirs), daemon=True)
                started.start()
                theirs.close()
                running[ours] = number, started
            for ready in wait(list(running)):
                connection = cast(Connection, ready)
                number, process = running[connection]
                try:
                    message = connection.recv()
                except EOFError:
                    process.join()
                    del running[connection]
                    if process.exitcode:
                        raise EngineError(
                            f"the process of fold {number + 1} ended with code {process.exitcode}, for want of memory "
                            "perhaps; run the same again with fewer --jobs to go on"
                        ) from None
                    on_progress(number, None)
                    continue
                if isinstance(message, BaseException):
                    raise message
                on_progress(number, message)
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()


def _fold_process(plan: "Plan", number: int, connection: Connection) -> None:
    from engine.training.crossval import run_fold

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started this, who ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        run_fold(plan, number, connection.send)
    except Exception as error:  # noqa: BLE001  # raised again where someone can be told
        connection.send(error)
    finally:
        connection.close()


def _end_with_parent() -> None:
    """Die when the parent does, even by kill -9: an orphan would train beside the run that goes on."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
