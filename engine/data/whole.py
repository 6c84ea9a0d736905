"""Write files and folders whole: under a temporary name, then renamed. A killed writer leaves the old one or none."""

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import DataError, WriteError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, renamed to it if the block succeeds and removed if not.

    The temporary name keeps the suffixes, since writers choose the format by them.
    """
    path = Path(path)
    _make_parent(path)
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise WriteError(f"{path}: can't be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a temporary folder beside `path`, renamed to it if the block succeeds and removed if not.

    Parameters
    ----------
    path
        Where the folder ends up. One that is there is replaced if `is_ours` says so or if it is empty.
    is_ours
        Tells a folder of the same kind, safe to replace, from a user's own.

    Raises
    ------
    DataError
        `path` is there and holds something else, or can't be written.
    """
    path = Path(path)
    check_replaceable(path, is_ours)
    _make_parent(path)
    sweep(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir()
        yield temporary
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        temporary.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise WriteError(f"{path}: can't be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_replaceable(path: Path, is_ours: Callable[[Path], bool]) -> None:
    """Refuse a place that holds something else than what `is_ours` knows; ask before the work, not after it.

    Raises
    ------
    WriteError
        `path` is there, and neither ours nor empty.
    """
    if path.exists() and not (path.is_dir() and (is_ours(path) or not any(path.iterdir()))):
        raise WriteError(f"{path}: holds something else; choose another folder or empty it first")


@contextmanager
def working_folder(out: Path, purpose: str, keep: bool = False) -> Iterator[Path]:
    """Hold the folder of a run's unfinished work, hidden beside `out`; gone once the run is done, there after a kill.

    Parameters
    ----------
    keep
        Leave it there, for a longer run that goes on from it.

    Raises
    ------
    DataError
        Another run on the same `out` holds it, or it can't be written.
    """
    work = working_place(out, purpose)
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = (work / "lock").open("w")
    except OSError as error:
        raise WriteError(f"{out}: can't be written ({error.strerror or error})") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process dies
    except OSError as error:
        lock.close()
        raise DataError(f"{out}: another {purpose} of it is running; wait for it or choose another --out") from error
    try:
        yield work
        if not keep:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        lock.close()


def working_place(out: Path, purpose: str) -> Path:
    """Where `working_folder` keeps what is unfinished."""
    return out.parent / f".{out.name}.{purpose}"


def clear_work(work: Path) -> None:
    """Remove from a working folder what a run that asked for something else has left; its lock stays."""
    for left in work.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != "lock":
            left.unlink()


def sweep(path: Path) -> None:
    """Remove what killed writers of `path` left behind; put back a folder caught between two renames."""
    for left in path.parent.glob(f".{path.name}.*.*"):
        pid = left.suffixes[-2].lstrip(".") if len(left.suffixes) > 1 else ""
        if left.suffix not in (".tmp", ".old") or not pid.isdigit() or _alive(int(pid)):
            continue
        if left.suffix == ".old" and not path.exists():
            left.rename(path)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{path.parent}: can't be made a folder ({error.strerror or error})") from error


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file; None where there is none, or half of one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
