"""Explain in a browser: a deep link on a fresh server, every state again by its address, accessibility, a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import rest, serving, settle, shoot
from playwright.sync_api import Browser, Page, expect

from engine import Engine

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that nobody has visited yet."""
    with serving(small_bundle, tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="module")
def asked(engine: Engine, listener: str) -> str:
    """Query of the first recommendation of the listener."""
    return f"x_user={listener}&x_song={engine.recommend(listener, k=1)['song_id'].iloc[0]}"


def opened(page: Page, address: str) -> None:
    page.goto(address)
    settle(page, "Explain")
    rest(page)


def no_axe_violation(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []


def test_the_first_visitor_sees_that_something_is_loaded_then_the_explanation(page: Page, server: str, asked: str):
    page.goto(f"{server}/explain?{asked}")
    page.get_by_text("Loading the network, PyTorch and Captum").wait_for()
    page.get_by_text("The parts add up").wait_for()
    rest(page)
    expect(page.get_by_text("Loading the network, PyTorch and Captum")).to_have_count(0)
    assert "_to" not in page.url
    shoot(page, "explain")


def test_a_recommendation_leads_to_why_and_on_to_what_if(page: Page, server: str, listener: str):
    page.goto(f"{server}/recommend?r_user={listener}&r_k=5")
    settle(page, "Recommend")
    rest(page)  # what is above the list may still move it
    page.get_by_role("link", name="Why?").first.click()
    page.get_by_text("The parts add up").wait_for()
    assert f"x_user={listener}" in page.url
    rest(page)
    page.get_by_text("What if", exact=True).click()
    page.get_by_text("It ranks 1st as things are").wait_for()
    assert "x_view=what-if" in page.url


def test_charts_are_downloaded_as_pictures_and_rows(page: Page, server: str, asked: str):
    opened(page, f"{server}/explain?{asked}")
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"\xef\xbb\xbfkind")):
        with page.expect_download() as download:
            page.locator(f".st-key-{kind}-explanation").get_by_role("button").click()
        assert download.value.suggested_filename == f"lhydra-explanation.{kind}"
        assert download.value.path().read_bytes().startswith(start)


@pytest.mark.parametrize(
    "state",
    ["", "&x_method=feature_ablation&x_listener=peers", "&x_view=what-if&x_drop=yes", "&x_view=all&x_by=gender"],
)
def test_every_state_is_shown_again_without_axe_violation_and_fits_a_phone(
    browser: Browser, server: str, asked: str, state: str
):
    says = []
    for theme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1400, "height": 1600}, color_scheme=theme)
        page = context.new_page()
        page.set_default_timeout(60_000)
        opened(page, f"{server}/explain?{asked}{state}")
        says.append(page.get_by_test_id("stMain").inner_text())
        no_axe_violation(page)
        shoot(page, f"explain{re.sub('[^a-z_]+', '-', state)}-{theme}")
        if theme == "dark":
            page.set_viewport_size({"width": 390, "height": 2400})
            rest(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
            shoot(page, f"explain{re.sub('[^a-z_]+', '-', state)}-phone")
        context.close()
    assert says[0] == says[1]
