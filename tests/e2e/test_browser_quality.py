"""Cohorts, Quality and the report in a browser: what a click does, links that show the same again, accessibility."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DONE, rest, serving, settle, shoot
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine.report import report_text
from engine.serving.bundle import open_bundle

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1400, "height": 1600}}
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


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A light and a dark browser, each with a memory of its own for what it has fetched, for all tests here."""
    found = {theme: browser.new_context(**DESK, color_scheme=theme) for theme in ("light", "dark")}
    for context in found.values():
        context.set_default_timeout(60_000)  # a machine may have other things to do
    yield found
    for context in found.values():
        context.close()


@pytest.fixture
def page(contexts: dict[str, BrowserContext]) -> Iterator[Page]:
    opened = contexts["light"].new_page()
    yield opened
    opened.close()


@pytest.fixture
def again(contexts: dict[str, BrowserContext]) -> Iterator[Page]:
    """A page of someone else, who gets a link."""
    opened = contexts["dark"].new_page()
    yield opened
    opened.close()


def visit(page: Page, address: str) -> None:
    """Open an address and wait until all of it is drawn."""
    page.goto(address)
    settle(page, address.rsplit("/", 1)[1].split("?")[0].capitalize())
    rest(page)


def same_words(page: Page, again: Page) -> None:
    """Check that two pages say the same, all of it."""
    seen = page.get_by_test_id("stMain").inner_text()
    expect(again.get_by_test_id("stMain")).to_have_text(seen, use_inner_text=True)


def no_axe_violation(page: Page) -> None:
    """Check a page against axe's rules."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []


def click_cohort(page: Page, name: str) -> None:
    """Click the row of a cohort in the chart, right of its name."""
    labels = page.locator("[data-testid=stVegaLiteChart] .role-axis-label text")
    place = labels.filter(has_text=re.compile(f"^{name}")).first.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] + 120, place["y"] + place["height"] / 2)


def test_a_click_on_a_cohort_shows_its_listeners_and_one_leads_to_recommendations(page: Page, server: str):
    visit(page, f"{server}/cohorts?c_by=gender&c_min=5")
    click_cohort(page, "female")
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
    visit(page, f"{server}/cohorts?c_by=gender&c_min=5")
    for _ in range(2):
        click_cohort(page, "male")
        page.get_by_role("heading", name="Male", exact=True).wait_for()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("heading", name="Male", exact=True).wait_for(state="detached")
        rest(page)


def test_what_is_chosen_is_in_the_address_and_shown_again_by_it(page: Page, again: Page, server: str):
    visit(page, f"{server}/cohorts")
    for field, option in (("Metric", "Recall@20"), ("By", "Gender"), ("Compared with", "EASE")):
        page.get_by_label(field).first.click()
        page.get_by_role("option", name=option).click()
        page.locator(DONE).wait_for()
    page.get_by_role("spinbutton").fill("12")
    page.get_by_role("spinbutton").press("Enter")
    page.wait_for_url("**c_min=12**")
    rest(page)
    for part in ("c_metric=recall%4020", "c_by=gender", "c_versus=ease"):
        assert part in page.url
    visit(again, page.url)
    same_words(page, again)


@pytest.mark.parametrize("state", STATES)
def test_every_state_survives_copy_and_paste_has_no_axe_violation_and_fits_a_phone(
    page: Page, again: Page, server: str, state: str
):
    visit(page, f"{server}/{state}")
    no_axe_violation(page)
    shoot(page, f"{re.sub('[^a-z_]+', '-', state)}-light")
    address = page.url
    visit(again, address)
    same_words(page, again)
    assert again.url == address
    no_axe_violation(again)
    shoot(again, f"{re.sub('[^a-z_]+', '-', state)}-dark")
    again.set_viewport_size({"width": 390, "height": 2400})
    again.wait_for_function("innerWidth === 390")
    rest(again)
    assert again.evaluate("document.documentElement.scrollWidth") <= 390
    assert again.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
    shoot(again, f"{re.sub('[^a-z_]+', '-', state)}-phone")


def test_a_chart_is_downloaded_as_a_picture_and_as_its_rows(page: Page, server: str):
    visit(page, f"{server}/cohorts?c_by=gender")
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"\xef\xbb\xbfcohort")):
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
def test_the_report_opens_offline_without_axe_violations(browser: Browser, report: Path, theme: str):
    context = browser.new_context(color_scheme=theme, offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(report.as_uri())
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 18, 31)"}[theme]
    for width in (1200, 390):
        page.set_viewport_size({"width": width, "height": 1200})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        no_axe_violation(page)
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
