"""What tests share: a small world, a bundle built from it once and loaded, and where the real data are."""

import os
from pathlib import Path

import pytest

from engine import Engine
from engine.build import WorldSize, build, simulate
from engine.config import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def small_settings() -> Settings:
    """Settings that train in seconds."""
    quick = ["model.dim=16", "train.epochs=12", "train.batch_users=32", "train.average_decay=0.9", "map.iterations=350"]
    return load_settings(None, quick)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of a small simulated world."""
    folder = tmp_path_factory.mktemp("world") / "tables"
    simulate(folder, WorldSize(users=250, songs=900, plays=25_000, seed=3))
    return folder


@pytest.fixture(scope="session")
def small_bundle(small_world: Path, small_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle, built once; tests that change files copy it first."""
    out = tmp_path_factory.mktemp("artifacts") / "small"
    build("simulated", small_world, out, small_settings)
    return out


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
