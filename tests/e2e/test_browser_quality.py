"""Cohorts, Quality and the report in a browser: what a click does, links that show the same again, accessibility."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DONE, serving, settle, shoot
from playwright.sync_api import Browser, Page, expect

from engine.report import report_text
from engine.serving.bundle import open_bundle

pytestmark = pytest.mark.browser

STATES = [
    "cohorts",
    "cohorts?c_by=gender&c_metric=recall%4020&c_min=10",
    "cohorts?c_by=age_band&c_and=gender&c_versus=ease&c_table=true",
    "cohorts?c_by=country&c_cohort=gender%3Df&c_order=highest",
    "cohorts?c_view=slices",
    "cohorts?c_view=popularity&c_by=activity",
    "quality",
    "quality?q_metric=novelty%4020&q_table=true",
    "quality?q_view=predictions",
    "quality?q_view=training",
    "quality?q_view=folds",
    "quality?q_view=bundles",
]


@pytest.fixture(scope="module")
def server(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the small bundle, for all tests here."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(small_bundle, folder / "second")  # so that there are two bundles to compare
    with serving(small_bundle, folder) as address:
        yield address


def opened(page: Page, server: str, state: str) -> None:
    page.goto(f"{server}/{state}")
    settle(page, state.split("?")[0].capitalize())
    if page.locator("[data-testid=stVegaLiteChart]").count():
        page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for()


def words(page: Page) -> str:
    """All that a page says, once it says the same twice half a second apart.

    A script that has run isn't a page that is drawn: its elements and the labels of its charts come one by one.
    """
    said = None
    for _ in range(120):
        now = page.get_by_test_id("stMain").inner_text()
        if now == said:
            return now
        said = now
        page.wait_for_timeout(500)
    pytest.fail(f"{page.url} did not come to rest in a minute")


def test_a_click_on_a_cohort_shows_its_listeners_and_one_leads_to_recommendations(page: Page, server: str):
    opened(page, server, "cohorts?c_by=gender&c_min=5")
    label = page.locator("[data-testid=stVegaLiteChart] .role-axis-label text", has_text=re.compile("^female")).first
    place = label.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] + 120, place["y"] + place["height"] / 2)
    page.get_by_role("heading", name="Female", exact=True).wait_for()
    assert "c_cohort=gender" in page.url
    first = page.locator("[class*=st-key-row-listener] a").first
    listener = first.inner_text().strip()
    shoot(page, "cohorts-listeners")
    first.click()
    settle(page, "Recommend")
    expect(page.get_by_label("Listener", exact=True)).to_have_value(listener)
    page.locator("[class*=st-key-row-pick]").first.wait_for()


def test_a_cohort_that_was_closed_can_be_opened_again(page: Page, server: str):
    opened(page, server, "cohorts?c_by=gender&c_min=5")
    for _ in range(2):
        label = page.locator("[data-testid=stVegaLiteChart] .role-axis-label text", has_text=re.compile("^male")).first
        place = label.bounding_box()
        assert place is not None
        page.mouse.click(place["x"] + place["width"] + 120, place["y"] + place["height"] / 2)
        page.get_by_role("heading", name="Male", exact=True).wait_for()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("heading", name="Male", exact=True).wait_for(state="detached")
        page.locator(DONE).wait_for()


def test_what_is_chosen_is_in_the_address_and_shown_again_by_it(page: Page, browser: Browser, server: str):
    opened(page, server, "cohorts")
    for field, option in (("Metric", "Recall@20"), ("By", "Gender"), ("Compared with", "EASE")):
        page.get_by_label(field).first.click()
        page.get_by_role("option", name=option).click()
        page.locator(DONE).wait_for()
    page.get_by_role("spinbutton").fill("12")
    page.get_by_role("spinbutton").press("Enter")
    page.wait_for_url("**c_min=12**")
    for part in ("c_metric=recall%4020", "c_by=gender", "c_versus=ease"):
        assert part in page.url
    again = browser.new_page(viewport={"width": 1400, "height": 1600})
    again.goto(page.url)
    settle(again, "Cohorts")
    expect(again.get_by_test_id("stMain")).to_have_text(words(page), use_inner_text=True)
    again.close()


@pytest.mark.parametrize("state", STATES)
def test_every_state_survives_copy_and_paste_of_its_address_and_has_no_axe_violation(
    page: Page, browser: Browser, server: str, state: str
):
    opened(page, server, state)
    seen, address = words(page), page.url
    for theme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1400, "height": 1600}, color_scheme=theme)
        again = context.new_page()
        again.set_default_timeout(60_000)
        again.goto(address)
        settle(again, state.split("?")[0].capitalize())
        expect(again.get_by_test_id("stMain")).to_have_text(seen, use_inner_text=True)
        assert again.url == address
        found = Axe().run(again, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
        shoot(again, f"{re.sub('[^a-z_]+', '-', state)}-{theme}")
        context.close()


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_on_a_phone(page: Page, server: str, state: str):
    page.set_viewport_size({"width": 390, "height": 2400})
    opened(page, server, state)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"\xef\xbb\xbfcohort")])
def test_a_chart_is_downloaded_as_a_picture_and_as_its_rows(page: Page, server: str, kind: str, start: bytes):
    opened(page, server, "cohorts?c_by=gender")
    with page.expect_download() as download:
        page.locator(f".st-key-{kind}-cohorts").get_by_role("button").click()
    assert download.value.suggested_filename == f"lhydra-cohorts.{kind}"
    assert download.value.path().read_bytes().startswith(start)


@pytest.fixture(scope="module")
def report(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the small bundle, in a file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_text(open_bundle(small_bundle)), encoding="utf-8")
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_report_opens_offline_without_axe_violations(browser: Browser, report: Path, theme: str, width: int):
    context = browser.new_context(viewport={"width": width, "height": 1200}, color_scheme=theme, offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(report.as_uri())
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 18, 31)"}[theme]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
    assert faults == []
    context.close()


def test_the_report_prints_on_white_with_its_charts(browser: Browser, report: Path):
    page = browser.new_page(color_scheme="dark")
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(21, 18, 31)"
    assert page.locator("nav").is_hidden()
    assert page.locator("figure svg:visible").count() == page.locator("figure").count()
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page") > 3
    page.close()
