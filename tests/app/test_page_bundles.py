"""The Bundles page: what there is and what is broken, and data of one's own."""

import shutil
from pathlib import Path

import pytest
from reading_pages import Open, said, words

from engine.errors import DataError
from engine.serving.bundle import MANIFEST, USERS
from engine.ui import build_form, builds
from engine.ui.builds import Order, Progress


def test_every_bundle_is_a_row_and_a_broken_one_says_why(open_app: Open, artifacts: Path):
    for name in ("cut", "headless", "twin"):
        shutil.copytree(artifacts / "small", artifacts / name)
    (artifacts / "cut" / USERS).write_bytes(b"cut short")
    (artifacts / "headless" / MANIFEST).unlink()
    app = open_app(artifacts, "bundles", bundle="small")
    page = said(app)
    assert "4 bundles are here; **small** is on show. 2 can’t be opened." in page
    assert page.count("BROKEN") == 2
    assert "changed since the bundle was published" in page
    assert "no bundle here" in page
    assert not app.exception
    app.button(key="show-twin").click().run()
    assert app.query_params["bundle"] == "twin"


def test_a_newly_built_bundle_appears_and_takes_nobodys_place(open_app: Open, artifacts: Path):
    shutil.copytree(artifacts / "small", artifacts / "twin")
    app = open_app(artifacts, "bundles")
    shown = app.query_params["bundle"]
    shutil.copytree(artifacts / "small", artifacts / "zz-newest")
    app.run()
    assert "**zz-newest**" in words(app).replace("\\", "")
    assert app.query_params["bundle"] == shown


def test_without_a_bundle_the_page_is_there(open_app: Open, tmp_path: Path):
    app = open_app(tmp_path / "artifacts", "bundles", b_view="bring")
    assert app.title[0].value == "Bundles"
    assert app.button(key="check")
    assert not app.exception


def test_values_of_the_address_are_checked(open_app: Open, artifacts: Path):
    app = open_app(artifacts, "bundles", b_view="brnig", b_source="cassette")
    assert "b_view = brnig (nearest: bring), b_source = cassette." in said(app)
    assert not app.exception


def test_what_was_checked_is_shown_before_anything_is_trained(
    open_app: Open, artifacts: Path, small_world: Path, small_settings
):
    from engine.build import check

    builds.write_order(artifacts, Order("mine", "tables", str(small_world)))
    check("tables", small_world, artifacts / "mine", small_settings)
    builds.write_progress(builds.place(artifacts, "mine"), Progress("checked", "check"))
    app = open_app(artifacts, "bundles", b_view="bring")
    page = said(app)
    assert "mine can be built" in page
    assert "Nothing was lost: all 26,150 rows were kept. Nothing has been trained yet." in page
    assert app.button(key="begin-mine").label == "Build"
    assert not app.exception
    app.button(key="away-mine").click().run()
    assert "mine can be built" not in said(app)
    assert not builds.to_look_at(artifacts, "mine").exists()


def test_a_fault_of_the_data_is_a_sentence_with_a_way_on(open_app: Open, artifacts: Path):
    builds.write_order(artifacts, Order("mine", "tables", "/nowhere"))
    builds.write_progress(builds.place(artifacts, "mine"), Progress("failed", "check", text="songs: no title <b>"))
    app = open_app(artifacts, "bundles", b_view="bring")
    assert "mine can’t be built from this" in said(app)
    assert "Songs: no title <b>" in said(app)
    assert app.button(key="begin-mine").label == "Try again"


def test_a_stranger_is_shown_no_order_and_no_form(open_app: Open, artifacts: Path, monkeypatch: pytest.MonkeyPatch):
    builds.write_order(artifacts, Order("secret-plan", "tables", "/nowhere"))
    monkeypatch.setattr("engine.ui.access.sits_here", lambda: False)
    app = open_app(artifacts, "bundles", b_view="bring")
    assert "secret-plan" not in said(app)
    assert "Building is for whoever sits at the machine" in said(app)
    assert [button.key for button in app.button if button.key in ("check", "begin-secret-plan")] == []


def test_a_folder_that_is_not_there_and_a_table_that_is_missing_are_sentences(tmp_path: Path):
    with pytest.raises(DataError, match="name a folder that is there"):
        build_form._check(tmp_path, "tables", str(tmp_path / "nowhere"), "mine")
    with pytest.raises(DataError, match="songs are missing"):
        build_form._check(tmp_path, "tables", {"songs": None, "plays": None, "users": None}, "mine")
    assert builds.orders(tmp_path) == []
    assert not builds.place(tmp_path, "mine").exists()
