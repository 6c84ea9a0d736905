"""The bundle: one published model with all it needs to serve, whole or absent.

`manifest.json` names every other file with its SHA-256, so that a bundle that was cut short, edited or mixed from two
is refused by name instead of served.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.data.whole import whole_folder
from engine.errors import BundleError

SCHEMA_VERSION = 3
MANIFEST = "manifest.json"
_LIBRARIES = ("torch", "onnx", "onnxruntime", "hnswlib", "numpy", "pandas", "rapidfuzz")

MODEL, VECTORS, FEATURES = "model.safetensors", "song_vectors.npy", "features.json"
SONGS, USERS, HISTORY = "songs.parquet", "users.parquet", "history.parquet"
USER_TOWER, ITEM_TOWER = "onnx/user_tower.onnx", "onnx/item_tower.onnx"
SCORE = "onnx/score.onnx"  # where a head scores
HEAD, HEAD_WEIGHTS, HEAD_FACTS = "onnx/head.onnx", "head.safetensors", "head_facts.npz"  # where one could be fitted
SEARCH, TRAINING = "search", "training.parquet"
QUALITY, REJECTS = "quality.json", "rejects.parquet"
SAME_SONGS, COVERAGE, DISTRIBUTIONS = "same_songs.parquet", "coverage.parquet", "distributions.parquet"
MAP, MAP_GENRES = "map.parquet", "map_genres.parquet"  # where a map was made
REQUIRED = (MODEL, VECTORS, FEATURES, SONGS, USERS, HISTORY, USER_TOWER, ITEM_TOWER, TRAINING)


@dataclass(frozen=True)
class Bundle:
    """A checked bundle: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The bundle's name: its folder's."""
        return self.folder.name

    @cached_property
    def version(self) -> str:
        """A hash over all files: changes whenever anything in the bundle does; what caches go by."""
        return hashlib.sha256(json.dumps(self.manifest["files"], sort_keys=True).encode()).hexdigest()[:16]

    def path(self, name: str) -> Path:
        """Path of one of the bundle's files."""
        return self.folder / name


@contextmanager
def writing_bundle(folder: Path, describe: Callable[[], dict[str, Any]]) -> Iterator[Path]:
    """Give a temporary folder to fill; on success add the manifest and rename it to `folder` in one step.

    Parameters
    ----------
    folder
        Where the bundle goes. An older bundle there is replaced; anything else is left alone.
    describe
        Gives the manifest's own fields once the files are there.

    Raises
    ------
    DataError
        `folder` holds something that is no bundle, or can't be written.
    """
    with whole_folder(folder, lambda path: (path / MANIFEST).is_file()) as temporary:
        yield temporary
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "name": folder.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **describe(),
            "library_versions": {name: _version(name) for name in _LIBRARIES},
            "files": hash_files(temporary),
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder but the manifest, by relative path."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    return {p.relative_to(folder).as_posix(): _sha256(p) for p in files}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a bundle's manifest and check its version; files are not checked.

    Raises
    ------
    BundleError
        There is no bundle at `folder`, or one of another version.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(
            f"{folder}: no bundle here; build one with `python -m engine build --out {folder}`"
        ) from error
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: can't be read; build the bundle again") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise BundleError(f"{path}: not a bundle's manifest; build the bundle again")
    if manifest.get("schema_version") != SCHEMA_VERSION:
        found = manifest.get("schema_version")
        raise BundleError(f"{folder}: bundle version {found}, this engine reads {SCHEMA_VERSION}; build it again")
    return manifest


def open_bundle(folder: Path) -> Bundle:
    """Open a bundle after checking its version, that it is whole, and every file's hash.

    Raises
    ------
    BundleError
        Names the first thing that is wrong and how to rebuild.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    listed: dict[str, str] = manifest["files"]
    for name in REQUIRED:
        if name not in listed:
            raise BundleError(f"{folder}: the manifest lists no {name}; build the bundle again")
    for name, expected in listed.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise BundleError(f"{folder}: the manifest names a file outside the bundle; build it again")
        if not path.is_file():
            raise BundleError(f"{path}: missing; build the bundle again")
        if _sha256(path) != expected:
            raise BundleError(f"{path}: changed since the bundle was published; build the bundle again")
    return Bundle(folder, manifest)


def find_bundles(artifacts: Path) -> list[Path]:
    """Folders in `artifacts` that hold a manifest this engine reads, the newest first."""
    found = []
    for path in artifacts.glob(f"*/{MANIFEST}"):
        if path.parent.name.startswith("."):
            continue
        try:
            found.append((read_manifest(path.parent).get("created", ""), path.parent))
        except BundleError:
            continue
    return [folder for _, folder in sorted(found, key=lambda pair: (str(pair[0]), pair[1].name), reverse=True)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
