"""Bring your own data in a browser: upload, look, build, stop; and the app when there is nothing to show."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import rest, serving, settle, shoot
from playwright.sync_api import Page, expect

from engine.ui import builds

pytestmark = pytest.mark.browser


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def server(artifacts: Path) -> Iterator[str]:
    """Address of a server without a bundle."""
    with serving(None, artifacts) as address:
        yield address


def upload(page: Page, table: str, name: str, content: bytes) -> None:
    """Choose a file for a table, as if from a disk."""
    field = page.locator(f"[class*=st-key-b_file_{table}] input[type=file]")
    field.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_text(name.rsplit("/", 1)[-1]).first.wait_for()
    rest(page)


def test_data_are_uploaded_looked_at_built_stopped_and_thrown_away(
    page: Page, server: str, artifacts: Path, small_world: Path
):
    page.goto(f"{server}/cohorts")
    settle(page, "Nothing to show yet")
    shoot(page, "no-bundle")
    page.get_by_role("link", name="Or bring your own data").click()
    settle(page, "Bundles")
    rest(page)
    for table in ("songs", "plays"):
        upload(page, table, f"{table}.parquet", (small_world / f"{table}.parquet").read_bytes())
    page.get_by_label("What to call it").fill("../mine")
    page.get_by_role("button", name="Look at the data").click()
    page.get_by_text("A name is up to 40 small letters").wait_for()
    page.get_by_label("What to call it").fill("mine")
    page.get_by_role("button", name="Look at the data").click()
    page.get_by_role("heading", name="mine can be built").wait_for(timeout=120_000)
    rest(page)
    expect(page.get_by_text("Nothing has been trained yet.")).to_be_visible()
    expect(page.get_by_text("No table of users was given")).to_be_visible()
    shoot(page, "build-checked")
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_role("heading", name="mine is being built").wait_for()
    page.goto("about:blank")  # a closed tab
    assert builds.running(artifacts) == "mine"
    page.goto(f"{server}/bundles?b_view=bring")
    page.get_by_role("heading", name="mine is being built").wait_for()
    shoot(page, "build-running")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("heading", name="mine was stopped").wait_for()
    assert builds.running(artifacts) is None
    page.get_by_role("button", name="Throw it away").click()
    page.get_by_role("heading", name="mine was stopped").wait_for(state="detached")
    assert [path.name for path in artifacts.iterdir() if "mine" in path.name] == []


def test_a_table_without_titles_is_refused_in_a_sentence(page: Page, server: str):
    page.goto(f"{server}/bundles?b_view=bring")
    settle(page, "Bundles")
    rest(page)
    upload(page, "songs", "a&b <i>.csv", b"song_id,name\ns1,Hello\n")
    upload(page, "plays", "plays.csv", b"user_id,song_id\nu1,s1\n")
    page.get_by_label("What to call it").fill("odd")
    page.get_by_role("button", name="Look at the data").click()
    page.get_by_role("heading", name="odd can’t be built from this").wait_for(timeout=120_000)
    expect(page.get_by_text("title").first).to_be_visible()


def test_what_was_built_meanwhile_is_opened_at_a_click(
    page: Page, server: str, artifacts: Path, small_world: Path, small_bundle: Path
):
    builds.write_order(artifacts, builds.Order("mine", "tables", str(small_world)))
    shutil.copytree(small_bundle, artifacts / "mine")
    builds.write_progress(builds.place(artifacts, "mine"), builds.Progress("done"))
    page.goto(f"{server}/bundles?b_view=bring")
    page.get_by_role("heading", name="mine is built").wait_for()
    page.get_by_role("button", name="Open it").click()
    settle(page, "Discover")
    expect(page.locator(".st-key-trust")).to_contain_text("mine")
    assert builds.orders(artifacts) == []
