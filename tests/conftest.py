"""What tests share: a small world, a bundle built from it once and loaded, and where the real data are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from engine import Engine
from engine.build import WorldSize, build, simulate
from engine.config import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
Once = Callable[[str, Callable[[Path], None]], Path]


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests wait for a third of their time, for a browser mostly."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: one of them left for last would run alone, all other processes idle."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("real_data", "browser")))


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Give a folder that is made once for all processes of a run: `once(name, make)`, `make` writing it whole."""
    root = tmp_path_factory.getbasetemp()
    root = root if worker_id == "master" else root.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        with FileLock(root / f"{name}.lock"):
            if not (root / name).exists():
                make(root / name)
        return root / name

    return made


@pytest.fixture(scope="session")
def small_settings() -> Settings:
    """Settings that train in seconds."""
    quick = ["model.dim=16", "train.epochs=12", "train.batch_users=32", "train.average_decay=0.9", "map.iterations=350"]
    return load_settings(None, quick)


@pytest.fixture(scope="session")
def small_world(once: Once) -> Path:
    """Tables of a small simulated world."""
    return once("world", lambda folder: simulate(folder, WorldSize(users=250, songs=900, plays=25_000, seed=3)))


@pytest.fixture(scope="session")
def small_bundle(small_world: Path, small_settings: Settings, once: Once) -> Path:
    """A whole bundle, built once; tests that change files copy it first."""

    def make(out: Path) -> None:
        build("simulated", small_world, out, small_settings)

    return once("small", make)


@pytest.fixture(scope="session")
def engine(small_bundle: Path) -> Engine:
    """The small bundle, loaded once: an Engine is read-only."""
    return Engine.load(small_bundle)


@pytest.fixture(scope="session")
def listener(engine: Engine) -> str:
    """The user with the longest history."""
    return str(engine.users["user_id"].iloc[int(engine.histories.counts.argmax())])


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; the test is skipped where it is missing."""
    folder = Path(os.environ.get("LHYDRA_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "hetrec2k").is_dir():
        pytest.skip(f"the real data sets are not at {folder} (set LHYDRA_DATA)")
    return folder
