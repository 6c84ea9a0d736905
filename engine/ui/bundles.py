"""Which bundles there are and which one is shown; the one place of the app that reads the environment.

`$LHYDRA_BUNDLE` names a bundle to open first, `$LHYDRA_ARTIFACTS` another folder of bundles than `artifacts/`, and
`$LHYDRA_FOLDERS` the folder whose data may be named to build from.
"""

import hashlib
import json
import os
import threading
import time
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from threadpoolctl import threadpool_limits

from engine.errors import BundleError
from engine.serving.bundle import MANIFEST, VECTORS, read_manifest
from engine.ui import collection

if TYPE_CHECKING:
    from engine import Engine

ROOT = Path(__file__).resolve().parents[2]
_SECONDS_A_FAULT_IS_REMEMBERED = 20
_ENGINE = "_engine"


@dataclass(frozen=True)
class Found:
    """A bundle's folder: its manifest, or why that can't be read."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    fault: str = ""

    @cached_property
    def version(self) -> str:
        """Changes whenever the bundle is built anew."""
        return hashlib.sha256(json.dumps(self.manifest, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Opened:
    """What came of opening a bundle: an engine, or the sentence that says what is wrong."""

    engine: "Engine | None"
    fault: str
    at: float


def artifacts() -> Path:
    """Folder of the bundles that the app offers."""
    return Path(os.environ.get("LHYDRA_ARTIFACTS") or ROOT / "artifacts")


def folders() -> Path | None:
    """Folder below which data may be named to build from; None if none is set apart for that."""
    named = os.environ.get("LHYDRA_FOLDERS")
    return Path(named).resolve() if named else None


def find() -> list[Found]:
    """All bundles: `$LHYDRA_BUNDLE` first, then those of `artifacts()`, the newest first, unreadable ones last."""
    marks = (MANIFEST, VECTORS)  # a bundle that lost its manifest is a broken one
    folders_ = {path.parent for mark in marks for path in artifacts().glob(f"*/{mark}")}
    inside = [_look(folder) for folder in folders_ if not folder.name.startswith(".")]
    inside.sort(key=lambda b: (not b.fault, str(b.manifest.get("created", "")), b.name), reverse=True)
    chosen = os.environ.get("LHYDRA_BUNDLE")
    if not chosen:
        return inside
    first = _look(Path(chosen))
    others = [b for b in inside if b.folder.resolve() != first.folder.resolve()]
    if any(b.name == first.name for b in others):
        first = Found(str(first.folder), first.folder, first.manifest, first.fault)
    return [first, *others]


def open_bundle(found: Found) -> Opened:
    """Open a bundle, or take the engine that is open already; a rebuilt bundle is opened anew."""
    if found.fault:
        return Opened(None, found.fault, time.monotonic())
    return _open(str(found.folder), found.version)


def show(engine: "Engine | None") -> None:
    """Say which engine this session's pages read."""
    st.session_state[_ENGINE] = engine


def shown() -> "Engine | None":
    """Engine of the bundle that is shown, if one could be opened."""
    engine: Engine | None = st.session_state.get(_ENGINE)
    return engine


def is_loaded(found: Found) -> bool:
    """Whether a bundle is in memory, as it is now."""
    return (str(found.folder), found.version) in _loaded()


def warm() -> None:
    """Begin to make the bundle that is shown ready for a first search; the page is drawn by now, nobody waits."""
    engine = shown()
    if engine is not None:
        _warm(engine.bundle.version, engine)


@st.cache_resource(max_entries=20, show_spinner=False)
def _warm(version: str, _engine: "Engine") -> None:
    def make_ready() -> None:
        _engine.warm()
        collection.set_aside()

    threading.Thread(target=make_ready, daemon=True).start()


def current_engine() -> "Engine":
    """Engine of the bundle that is shown; pages run only when there is one."""
    engine: Engine = st.session_state[_ENGINE]
    return engine


@st.cache_resource(show_spinner=False)
def _loaded() -> weakref.WeakValueDictionary[tuple[str, str], "Engine"]:
    """The engines in memory by folder and version; one that the cache lets go of goes from here too."""
    return weakref.WeakValueDictionary()


def _look(folder: Path) -> Found:
    try:
        return Found(folder.name, folder, read_manifest(folder))
    except BundleError as error:
        return Found(folder.name, folder, {}, said(error))


def _still_good(opened: Opened) -> bool:
    return opened.engine is not None or time.monotonic() - opened.at < _SECONDS_A_FAULT_IS_REMEMBERED


@st.cache_resource(max_entries=3, show_spinner=False, validate=_still_good)
def _open(folder: str, version: str) -> Opened:
    from engine import Engine  # brings pandas, numba and onnxruntime, for which a page's first words needn't wait

    try:
        engine = Engine.load(folder)
        # A product shared among threads leaves them spinning on cores that other visitors need, who are threads too.
        # Only the first thread that says so is heeded from then on: nothing else in this process may limit them.
        threadpool_limits(limits=1, user_api="blas")
        _loaded()[folder, version] = engine
        return Opened(engine, "", time.monotonic())
    except BundleError as error:
        return Opened(None, said(error), time.monotonic())


def said(error: BundleError) -> str:
    """What is wrong, without where on the disk the bundles lie: that is nobody's business."""
    return str(error).replace(f"{artifacts().parent}/", "")
