"""What every page has: the trust strip, the choice of a bundle, and calm where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading_pages import Open, words

from engine import Engine
from engine.serving.bundle import USERS

ROOT = Path(__file__).resolve().parents[2]


def test_every_page_says_which_data_it_shows(open_app: Open, artifacts: Path):
    for page in ("discover", "recommend", "data"):
        app = open_app(artifacts, page)
        strip = app.markdown[0].value
        assert "SIMULATED" in strip
        assert "**small**" in strip
        assert "250 users" in strip
        assert not app.exception


def test_the_page_has_its_name_before_the_bundle_is_open(
    open_app: Open, artifacts: Path, monkeypatch: pytest.MonkeyPatch
):
    def fails(folder: str) -> Engine:
        raise RuntimeError("the page stops here, with what was drawn until then")

    monkeypatch.setattr(Engine, "load", fails)
    app = open_app(artifacts, "data")
    assert [title.value for title in app.title] == ["Data"]
    assert "Opening the bundle" in words(app)


def test_once_it_is_open_nothing_is_left_of_that(open_app: Open, artifacts: Path):
    app = open_app(artifacts, "data")
    assert [title.value for title in app.title] == ["Data"]
    assert "Opening the bundle" not in words(app)


def test_another_bundle_is_a_link_away(open_app: Open, artifacts: Path):
    shutil.copytree(artifacts / "small", artifacts / "twin")
    for name in ("small", "twin"):
        app = open_app(artifacts, bundle=name)
        assert app.selectbox(key="_bundle").value == name
        assert f"**{name}**" in app.markdown[0].value


def test_names_of_bundles_are_offered_as_they_are(open_app: Open, artifacts: Path):
    shutil.copytree(artifacts / "small", artifacts / "my_own_*twin*")  # a box of options reads no Markdown
    assert "my_own_*twin*" in open_app(artifacts).selectbox(key="_bundle").options


def test_switching_bundles_is_kept_in_the_address(open_app: Open, artifacts: Path):
    shutil.copytree(artifacts / "small", artifacts / "twin")
    app = open_app(artifacts, bundle="small")
    app.selectbox(key="_bundle").select("twin").run()
    assert app.query_params["bundle"] == "twin"


def test_an_unknown_bundle_in_the_address_opens_another_and_says_so(open_app: Open, artifacts: Path):
    app = open_app(artifacts, bundle="nowhere")
    assert "no bundle “nowhere”" in app.info[0].value
    assert "**small**" in app.markdown[0].value


def test_lhydra_bundle_is_opened_first(
    open_app: Open, artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(artifacts / "small", tmp_path / "elsewhere" / "mine")
    monkeypatch.setenv("LHYDRA_BUNDLE", str(tmp_path / "elsewhere" / "mine"))
    app = open_app(artifacts)
    assert "**mine**" in app.markdown[0].value
    assert app.selectbox(key="_bundle").options == ["mine", "small"]


def test_a_broken_bundle_is_a_sentence_and_the_others_stay_usable(open_app: Open, artifacts: Path):
    shutil.copytree(artifacts / "small", artifacts / "broken")
    (artifacts / "broken" / USERS).write_bytes(b"cut short")
    asked = open_app(artifacts, bundle="broken")
    assert "can’t be opened" in asked.title[0].value
    assert "changed since the bundle was published" in asked.info[0].value
    assert not asked.exception
    asked.selectbox(key="_bundle").select("small").run()
    assert asked.title[0].value == "Discover"


def test_a_manifest_that_is_no_json_is_a_sentence(open_app: Open, tmp_path: Path):
    (tmp_path / "artifacts" / "odd").mkdir(parents=True)
    (tmp_path / "artifacts" / "odd" / "manifest.json").write_text("{")
    app = open_app(tmp_path / "artifacts")
    assert "build the bundle again" in words(app)
    assert app.button(key="build-demo")
    assert not app.exception


def test_without_a_bundle_the_app_offers_to_build_the_demo(open_app: Open, tmp_path: Path):
    app = open_app(tmp_path / "artifacts", "recommend")
    assert app.title[0].value == "Nothing to show yet"
    assert app.button(key="build-demo").label == "Build the demo"
    assert not app.exception


def test_with_a_bundle_open_a_product_of_matrices_takes_one_thread(artifacts: Path):
    program = (
        "from engine.ui import bundles\n"
        "from threadpoolctl import threadpool_info\n"
        "assert bundles.open_bundle(bundles.find()[0]).engine is not None\n"
        "print({pool['num_threads'] for pool in threadpool_info() if 'numpy' in pool['filepath']})\n"
    )
    four = {**os.environ, "LHYDRA_ARTIFACTS": str(artifacts), "OPENBLAS_NUM_THREADS": "4"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True, env=four
    )
    assert done.stdout.strip() == "{1}"
