"""What tests of the app share: the app on a folder of bundles, and bundles spoiled on purpose."""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from reading_pages import HOSTILE, Open
from streamlit.testing.v1 import AppTest

from engine.serving.bundle import MANIFEST, SONGS, hash_files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the main module back: AppTest leaves its script there, which a process that a later test spawns would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the app on a folder of bundles, with query parameters, as `open_app(folder, page, name=value)`."""
    monkeypatch.delenv("LHYDRA_BUNDLE", raising=False)

    def opened(artifacts: Path, page: str = "discover", **params: str | list[str]) -> AppTest:
        monkeypatch.setenv("LHYDRA_ARTIFACTS", str(artifacts))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for name, value in params.items():
            app.query_params[name] = value
        return app.switch_page(f"pages/{page}.py").run()

    return opened


@pytest.fixture
def artifacts(small_bundle: Path, tmp_path: Path) -> Path:
    """A folder of bundles of one's own, with `small` in it."""
    shutil.copytree(small_bundle, tmp_path / "artifacts" / "small")
    return tmp_path / "artifacts"


@pytest.fixture
def hostile(artifacts: Path) -> Path:
    """The same, but titles and artists of the most popular songs are markup."""
    bundle = artifacts / "small"
    songs = pd.read_parquet(bundle / SONGS)
    for row, text in zip(songs.nlargest(len(HOSTILE), "listeners").index, HOSTILE, strict=True):
        songs.loc[row, ["title", "artist"]] = text
    songs.to_parquet(bundle / SONGS)
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(bundle)}))
    return artifacts
