"""What tests of training share: the small world, prepared once."""

from pathlib import Path

import pytest

from engine.config import load_settings
from engine.data.prepare import prepare
from engine.data.prepared import Prepared, load_prepared


@pytest.fixture(scope="package")
def prepared(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The small world, prepared."""
    folder = tmp_path_factory.mktemp("prepared") / "p"
    prepare("simulated", small_world, folder, load_settings())
    return load_prepared(folder)
