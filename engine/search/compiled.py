"""Compile a function with numba, once for each state of this package's code.

Search is many small loops over bytes: compiled they take a fifth of the time of the same work in array
operations. numba keeps what it compiled on disk, but only looks at the file of the outermost function to tell
whether that is still right; here the folder carries a checksum of the whole package instead.
"""

import getpass
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable)
_PACKAGE = Path(__file__).parent


def _cache_folder() -> str:
    """Give the folder of this state's machine code: with the byte code, or a temporary one if that is read-only."""
    checksum = hashlib.sha256()
    for path in sorted(_PACKAGE.glob("*.py")):
        checksum.update(path.read_bytes())
    name = f"numba-{checksum.hexdigest()[:16]}"
    beside = _PACKAGE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        if os.access(beside, os.W_OK):
            return str(beside / name)
    except OSError:
        pass
    return str(Path(tempfile.gettempdir()) / f"lhydra-{getpass.getuser()}" / name)


_FOLDER = config.CACHE_DIR or _cache_folder()


def compiled(function: Function) -> Function:
    """Compile on the first call; the lock of the interpreter is given up meanwhile, so threads search at once."""
    before, config.CACHE_DIR = config.CACHE_DIR, _FOLDER
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    finally:
        config.CACHE_DIR = before
