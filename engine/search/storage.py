"""Save nested dataclasses of arrays as plain .npy files and one JSON file, and map them back into memory."""

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from engine.errors import BundleError
from engine.search.texts import frozen

VERSION = 2  # raise it whenever normalisation, trigrams or the arrays change
ABOUT = "search.json"
_REMEDY = "build the search index again"

Part = TypeVar("Part")


def save_arrays(folder: Path, whole: Any, songs: int) -> None:
    """Write every array of a dataclass as `<field>.<field>.npy`, then `search.json` with version and counts."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _flat(whole)
    (folder / ABOUT).unlink(missing_ok=True)  # the description comes last: with it the index is whole
    for name, array in arrays.items():
        (folder / f"{name}.npy").unlink(missing_ok=True)  # never write into a file that someone has mapped
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    kinds = {name: {"dtype": array.dtype.str, "shape": list(array.shape)} for name, array in arrays.items()}
    about = {"version": VERSION, "songs": songs, "arrays": kinds}
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def load_arrays(folder: Path, kind: type[Part]) -> Part:
    """Map what `save_arrays` wrote; nothing but the pages that queries touch is read.

    Raises
    ------
    BundleError
        A file is missing, damaged or of another version.
    """
    about = _about(folder)
    return _nested(kind, folder, about["arrays"], "")


def _about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{path}: not readable ({error.strerror or error}); {_REMEDY}") from error
    except ValueError as error:
        raise BundleError(f"{path}: not a JSON file; {_REMEDY}") from error
    version = about.get("version") if isinstance(about, dict) else None
    if version != VERSION:
        raise BundleError(f"{path}: version {version!r}, but this Lhydra reads version {VERSION}; {_REMEDY}")
    if not isinstance(about.get("arrays"), dict):
        raise BundleError(f"{path}: lists no arrays; {_REMEDY}")
    return about


def _flat(part: Any, prefix: str = "") -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        name = prefix + field.name
        arrays |= {name: value} if isinstance(value, np.ndarray) else _flat(value, f"{name}.")
    return arrays


def _nested(kind: type[Part], folder: Path, expected: dict[str, Any], prefix: str) -> Part:
    parts: dict[str, Any] = {}
    for name, part_kind in typing.get_type_hints(kind).items():
        full = prefix + name
        if part_kind is np.ndarray:
            parts[name] = _mapped(folder / f"{full}.npy", expected.get(full))
        else:
            parts[name] = _nested(part_kind, folder, expected, f"{full}.")
    return kind(**parts)


def _mapped(path: Path, expected: Any) -> np.ndarray:
    try:
        empty = isinstance(expected, dict) and 0 in expected["shape"]  # an empty file can't be mapped
        array = np.load(path, mmap_mode=None if empty else "r", allow_pickle=False)
    except OSError as error:
        raise BundleError(f"{path}: not readable ({error.strerror or error}); {_REMEDY}") from error
    except (ValueError, EOFError) as error:
        raise BundleError(f"{path}: damaged or cut short; {_REMEDY}") from error
    if {"dtype": array.dtype.str, "shape": list(array.shape)} != expected:
        raise BundleError(f"{path}: not the array that {ABOUT} describes; {_REMEDY}")
    return frozen(np.asarray(array))  # the same memory without memmap's slow slicing
