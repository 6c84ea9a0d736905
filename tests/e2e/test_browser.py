"""The app in a browser, on a fresh server: what AppTest cannot see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import serving, settle, shoot
from playwright.sync_api import Page, expect

from engine import Engine
from engine.ui.examples import misspell

pytestmark = pytest.mark.browser


@pytest.fixture
def server(small_bundle: Path, tmp_path: Path) -> Iterator[str]:
    """Address of a server that nobody has visited yet."""
    with serving(small_bundle, tmp_path) as address:
        yield address


def test_the_first_visitor_of_a_server_may_arrive_at_a_deep_link(
    page: Page, server: str, engine: Engine, listener: str
):
    first = engine.recommend(listener, k=10)["title"].iloc[0]
    page.goto(f"{server}/recommend?r_user={listener}&r_k=10")
    settle(page, "Recommend")
    assert page.locator("h1").inner_text() == "Recommend"
    menu = page.get_by_test_id("stHeader")
    assert [link.inner_text().strip() for link in menu.get_by_role("link").all()] == [
        "Discover",
        "Recommend",
        "Map",
        "Explain",
        "Cohorts",
        "Quality",
        "Data",
        "Bundles",
    ]
    assert "SIMULATED" in page.locator(".st-key-trust").inner_text()
    expect(page.get_by_label("Listener", exact=True)).to_have_value(listener)
    expect(page.locator("[class*=st-key-row-pick]")).to_have_count(10)
    expect(page.locator("[class*=st-key-row-pick]").first).to_contain_text(_squeezed(first))
    assert "_to" not in page.url
    assert f"r_user={listener}" in page.url
    shoot(page, "recommend")


def test_a_song_is_found_while_its_misspelled_title_is_typed(page: Page, server: str, engine: Engine):
    songs = engine.songs.nlargest(50, "listeners")
    title, typed = next((t, str(misspell(t))) for t in songs["title"] if misspell(t))
    page.goto(f"{server}/discover")
    settle(page, "Discover")
    field = page.get_by_placeholder("A title, an artist, or both")
    field.press_sequentially(typed, delay=60)
    found = page.locator("[class*=st-key-open-found]", has_text=_squeezed(title))
    found.first.wait_for()
    assert field.input_value() == typed  # nothing that was typed is lost to a rerun
    shoot(page, "discover-searching")
    found.first.get_by_role("button").click()
    page.get_by_role("heading", name=_squeezed(title)).wait_for()
    page.get_by_role("heading", name="More like this").wait_for()
    assert "d_song=" in page.url
    shoot(page, "discover-song")


def test_a_song_leads_to_recommendations_from_it(page: Page, server: str, engine: Engine):
    song_id = str(engine.songs["song_id"].iloc[0])
    page.goto(f"{server}/discover?d_song={song_id}")
    settle(page, "Discover")
    page.get_by_role("link", name="Recommend from this song").click()
    page.get_by_role("heading", name="Recommended").wait_for()
    assert f"r_songs={song_id}" in page.url
    expect(page.locator("[class*=st-key-row-pick]")).to_have_count(20)


def test_a_table_is_downloaded_as_csv(page: Page, server: str):
    page.goto(f"{server}/data")
    settle(page, "Data")
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
    settle(page, address.split("?")[0].capitalize())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")


def _squeezed(text: str) -> str:
    return " ".join(text.split())
