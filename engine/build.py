"""The whole line: tables, prepared data, training, bundle; killed at any point, the next run goes on.

What is half done lives in a hidden folder beside the bundle, which is removed once the bundle is there.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config import Settings
from engine.data.prepare import is_prepared_from, prepare
from engine.data.prepared import is_prepared, load_prepared
from engine.data.simulate import simulate_world, write_world
from engine.data.sources import simulated
from engine.data.whole import whole_folder, working_folder
from engine.errors import DataError, EngineError, WriteError

STAGES = ("data", "prepare", "train", "publish")


@dataclass(frozen=True)
class Report:
    """One step of progress: the stage, what it is doing, and how far it is (0–1, or None where unknown)."""

    stage: str
    text: str
    fraction: float | None = None


@dataclass(frozen=True)
class WorldSize:
    """What `simulate` is asked for."""

    users: int = 5_000
    songs: int = 20_000
    plays: int = 1_000_000
    seed: int = 7


def simulate(out: Path, size: WorldSize, on_progress: Callable[[str, float], None] | None = None) -> None:
    """Write a simulated world's tables to the folder `out`, whole or not at all.

    Raises
    ------
    SettingsError
        The size makes no sense.
    DataError
        `out` holds something that is no simulated world, or can't be written.
    """
    world = simulate_world(size.users, size.songs, size.plays, size.seed, on_progress)
    with whole_folder(out, simulated.is_world) as folder:
        write_world(world, folder)
        simulated.mark(folder, vars(size))


def check(
    source: str,
    data: Path,
    out: Path,
    settings: Settings,
    on_progress: Callable[[Report], None] = lambda report: None,
    memory: int | None = None,
) -> dict[str, Any]:
    """Prepare the tables of a build, to be looked at before anything is trained; returns the quality record.

    What is prepared lies in the build's working folder, and `build` goes on from it.

    Raises
    ------
    DataError
        The tables can't be used, or another build of the same bundle is running.
    """
    with _working_folder(Path(out), keep=True) as work:

        def preparing(text: str, fraction: float | None) -> None:
            on_progress(Report("prepare", text, fraction))

        return prepare(source, data, work / "prepared", settings, preparing, memory)


def build(
    source: str,
    data: Path | None,
    out: Path,
    settings: Settings,
    on_progress: Callable[[Report], None] = lambda report: None,
    memory: int | None = None,
) -> dict[str, Any]:
    """Build a bundle from a source's tables; returns its metrics.

    Parameters
    ----------
    data
        Where the source's files are. None, with the source `simulated`, invents the default world first.
    memory
        Bytes that preparing may use, or None for half of the machine's.

    Raises
    ------
    DataError
        The tables can't be used, or another build of the same bundle is running.
    """
    from engine.publish import publish
    from engine.training.carry_head import carry_head
    from engine.training.finish import finish, finish_like
    from engine.training.head import fit_head
    from engine.training.loop import Progress
    from engine.training.members import train_members

    def said(stage: str, steps: int) -> Callable[[str], None]:
        done: dict[str, int] = {}

        def say(text: str) -> None:
            step = text.split(" · ")[0]  # what follows is how far it is within the step
            on_progress(Report(stage, text, min(done.setdefault(step, len(done)) / steps, 1.0)))

        return say

    def preparing(text: str, fraction: float | None) -> None:
        on_progress(Report("prepare", text, fraction))

    def trained_so_far(p: Progress) -> None:
        on_progress(Report("train", p.text, p.fraction))

    def fitting(text: str) -> None:
        on_progress(Report("train", text))

    if data is None and source != "simulated":
        raise DataError(f"source {source} needs --data: say where its files are")
    with _working_folder(Path(out)) as work:
        if data is None:
            data = work / "world"
            size = WorldSize(seed=settings.seed)
            if not simulated.is_world(data):
                simulate(data, size, lambda text, fraction: on_progress(Report("data", f"simulating {text}", fraction)))
        if not is_prepared_from(work / "prepared", source, data, settings):
            prepare(source, data, work / "prepared", settings, preparing, memory)
        prepared = load_prepared(work / "prepared")
        members = train_members(prepared, settings, work / "checkpoints", "if it fits", trained_so_far)
        trained = members.joined
        judged, chosen = finish(prepared, trained, settings, fitting, to_serve=settings.train.refit)
        head = fit_head(prepared, judged, settings, lambda text, done: on_progress(Report("train", text, done)))
        served, served_head = None, head
        if settings.train.refit:
            whole, folder = prepared.whole(), work / "checkpoints" / "refit"
            again = train_members(whole, settings, folder, "if it fits", trained_so_far, (prepared, members))
            served = finish_like(whole, again.joined, chosen, settings, fitting)
            if head is not None:
                served_head = carry_head(head, prepared, judged, whole, served)
        heads = head, served_head
        return publish(
            prepared, judged, served, chosen.described(), heads, settings, Path(out), said("publish", steps=20)
        )


@contextmanager
def _working_folder(out: Path, keep: bool = False) -> Iterator[Path]:
    """Hold the folder of a build's unfinished work; it survives a failure and goes when the build is done."""
    with working_folder(out, "build", keep) as work:
        try:
            yield work
        except WriteError:
            raise  # with room or rights the next build goes on from here
        except EngineError:
            if not is_prepared(work / "prepared") and not simulated.is_world(work / "world"):
                shutil.rmtree(work, ignore_errors=True)  # nothing worth keeping
            raise
