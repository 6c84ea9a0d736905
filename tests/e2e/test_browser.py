"""The app in a browser, on a fresh server: what AppTest cannot see.

Chromium's flags are those that a container without a display or a network needs.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine import Engine
from engine.ui.examples import misspell

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.is_file():
        message = f"no {CHROMIUM}: install it with `apt-get install -y --no-install-recommends chromium`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def server(small_bundle: Path, tmp_path: Path) -> Iterator[str]:
    """Address of a server that nobody has visited yet."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "LHYDRA_BUNDLE": str(small_bundle), "LHYDRA_ARTIFACTS": str(tmp_path)}
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1600})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    context.close()


def test_the_first_visitor_of_a_server_may_arrive_at_a_deep_link(
    page: Page, server: str, engine: Engine, listener: str
):
    first = engine.recommend(listener, k=10)["title"].iloc[0]
    page.goto(f"{server}/recommend?r_user={listener}&r_k=10")
    _settle(page, "Recommend")
    assert page.locator("h1").inner_text() == "Recommend"
    menu = page.get_by_test_id("stHeader")
    assert [link.inner_text().strip() for link in menu.get_by_role("link").all()] == ["Discover", "Recommend", "Data"]
    assert "SIMULATED" in page.locator(".st-key-trust").inner_text()
    expect(page.get_by_label("Listener", exact=True)).to_have_value(listener)
    expect(page.locator("[class*=st-key-row-pick]")).to_have_count(10)
    expect(page.locator("[class*=st-key-row-pick]").first).to_contain_text(_squeezed(first))
    assert "_to" not in page.url
    assert f"r_user={listener}" in page.url
    _shoot(page, "recommend")


def test_a_song_is_found_while_its_misspelled_title_is_typed(page: Page, server: str, engine: Engine):
    songs = engine.songs.nlargest(50, "listeners")
    title, typed = next((t, str(misspell(t))) for t in songs["title"] if misspell(t))
    page.goto(f"{server}/discover")
    _settle(page, "Discover")
    field = page.get_by_placeholder("A title, an artist, or both")
    field.press_sequentially(typed, delay=60)
    found = page.locator("[class*=st-key-row-found]", has_text=_squeezed(title))
    found.first.wait_for()
    assert field.input_value() == typed  # nothing that was typed is lost to a rerun
    _shoot(page, "discover-searching")
    found.first.locator("[class*=st-key-open-found]").get_by_role("button").click()
    page.get_by_role("heading", name=_squeezed(title)).wait_for()
    page.get_by_role("heading", name="More like this").wait_for()
    assert "d_song=" in page.url
    _shoot(page, "discover-song")


def test_a_song_leads_to_recommendations_from_it(page: Page, server: str, engine: Engine):
    song_id = str(engine.songs["song_id"].iloc[0])
    page.goto(f"{server}/discover?d_song={song_id}")
    _settle(page, "Discover")
    page.get_by_role("link", name="Recommend from this song").click()
    page.get_by_role("heading", name="Recommended").wait_for()
    assert f"r_songs={song_id}" in page.url
    expect(page.locator("[class*=st-key-row-pick]")).to_have_count(20)


def test_a_table_is_downloaded_as_csv(page: Page, server: str):
    page.goto(f"{server}/data")
    _settle(page, "Data")
    with page.expect_download() as download:
        page.locator(".st-key-csv-loaded").get_by_role("button").click()
    assert download.value.suggested_filename == "lhydra-loaded.csv"
    header, *rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert header.startswith("Table,Rows read,Kept,Rejected")
    assert [row.split(",")[0] for row in rows] == ["users", "songs", "plays"]


@pytest.mark.parametrize(
    "address",
    [
        "discover",
        "recommend?r_user=u00001",
        "recommend?r_mode=persona&r_age=31",
        "data",
        "data?data_view=coverage",
        "data?data_view=distributions&data_variable=country",
    ],
)
def test_nothing_scrolls_sideways_on_a_phone(page: Page, server: str, address: str):
    page.set_viewport_size({"width": 390, "height": 2400})
    page.goto(f"{server}/{address}")
    _settle(page, address.split("?")[0].capitalize())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")


def _settle(page: Page, heading: str) -> None:
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    page.locator(DONE).wait_for()


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _shoot(page: Page, name: str) -> None:
    folder = os.environ.get("LHYDRA_SCREENSHOTS")
    if folder:
        page.locator(DONE).wait_for()
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def _wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {url}")
