"""Compile a function with numba, once for each state of the code that is compiled.

Search is many small loops over bytes: compiled they take less than half the time of the same work in array
operations. numba keeps what it compiled on disk, but only looks at the file of the outermost function to tell
whether that is still right; here the folder carries a checksum of all files that hold compiled code instead.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable)
_PACKAGE = Path(__file__).parent
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def _cache_folder() -> str:
    """Give the folder of this state's machine code: with the byte code, or where only this user writes."""
    checksum = hashlib.sha256(f"{numba.__version__} {_OPTIONS}".encode())
    for path in sorted(_PACKAGE.glob("*.py")):
        text = path.read_bytes()
        if b"\n@compiled\n" in text:
            checksum.update(text)
    name = f"numba-{checksum.hexdigest()[:16]}"
    beside = _writable()
    if not (beside / name).is_dir():
        for old in beside.glob("numba-*"):  # of code that is no more
            shutil.rmtree(old, ignore_errors=True)
    return str(beside / name)


def _writable() -> Path:
    """Give a folder to write to that nobody else does: what lies there is run, and read as a pickle by numba."""
    for place in (_PACKAGE / "__pycache__", Path("~/.cache/lhydra")):
        try:
            folder = place.expanduser()
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="lhydra-"))  # for this process alone


_FOLDER = config.CACHE_DIR or _cache_folder()


def compiled(function: Function) -> Function:
    """Compile on the first call; the lock of the interpreter is given up meanwhile, so threads search at once."""
    before, config.CACHE_DIR = config.CACHE_DIR, _FOLDER
    try:
        return numba.njit(**_OPTIONS)(function)
    finally:
        config.CACHE_DIR = before
