"""The app as a whole in a browser: every page, two visitors at once, bundles that come and break, a keyboard alone."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DONE, rest, serving, settle, shoot
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from engine.serving.bundle import MANIFEST, SONGS, USERS, hash_files

pytestmark = pytest.mark.browser

PAGES = ["discover", "recommend", "map", "explain", "cohorts", "quality", "data", "bundles", "bundles?b_view=bring"]
HOSTILE = ["<script>document.title='ran'</script>", "<img src=x onerror=\"document.title='ran'\">", "**b** [x](//evil)"]
# Streamlit asks for these below each page's address, and is content without them.
HARMLESS = re.compile(r"/_stcore/(health|host-config)$")


@pytest.fixture(scope="module")
def artifacts(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two bundles, one whose most popular songs have markup for titles, and a broken one."""
    folder = tmp_path_factory.mktemp("served")
    for name in ("hostile", "other", "broken"):
        shutil.copytree(small_bundle, folder / name)
    (folder / "broken" / USERS).write_bytes(b"cut short")
    songs = pd.read_parquet(folder / "hostile" / SONGS)
    popular = songs.nlargest(len(HOSTILE), "listeners").index
    songs.loc[popular, "title"] = songs.loc[popular, "artist"] = HOSTILE
    songs.to_parquet(folder / "hostile" / SONGS)
    manifest = json.loads((folder / "hostile" / MANIFEST).read_text())
    (folder / "hostile" / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(folder / "hostile")}))
    return folder


@pytest.fixture(scope="module")
def server(small_bundle: Path, artifacts: Path) -> Iterator[str]:
    """Address of a server with these bundles and the small one, for all tests here."""
    with serving(small_bundle, artifacts) as address:
        yield address


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two visitors, one in the light and one in the dark, each with a memory of its own."""
    found = [
        browser.new_context(viewport={"width": 1400, "height": 1600}, color_scheme=theme) for theme in ("light", "dark")
    ]
    for context in found:
        context.set_default_timeout(60_000)
    yield found
    for context in found:
        context.close()


@pytest.fixture
def page(contexts: list[BrowserContext]) -> Iterator[Page]:
    opened = contexts[0].new_page()
    yield opened
    opened.close()


@pytest.fixture
def again(contexts: list[BrowserContext]) -> Iterator[Page]:
    """A page of the other visitor."""
    opened = contexts[1].new_page()
    yield opened
    opened.close()


def visit(page: Page, address: str) -> None:
    """Open an address and wait until all of it is drawn."""
    page.goto(address)
    settle(page, urlsplit(address).path.strip("/").capitalize() or "Discover")
    rest(page)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_nobody_else_logs_no_error_fits_a_phone_and_is_accessible(
    page: Page, again: Page, server: str, address: str
):
    asked: list[str] = []
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not HARMLESS.search(message.location.get("url", "")):
            errors.append(f"{message.text} ({message.location.get('url')})")

    for one in (page, again):
        one.on("request", lambda request: asked.append(request.url))
        one.on("websocket", lambda socket: asked.append(socket.url))
        one.on("console", hear)
        one.on("pageerror", lambda error: errors.append(str(error)))
    for one, theme in ((page, "light"), (again, "dark")):
        visit(one, f"{server}/{address}")
        found = Axe().run(one, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
        shoot(one, f"app-{re.sub('[^a-z]+', '-', address)}-{theme}")
    page.set_viewport_size({"width": 390, "height": 2400})
    rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
    shoot(page, f"app-{re.sub('[^a-z]+', '-', address)}-phone")
    page.set_viewport_size({"width": 1400, "height": 1600})
    elsewhere = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert elsewhere == {urlsplit(server).netloc}
    assert errors == []


def test_two_visitors_look_at_two_bundles_at_once(page: Page, again: Page, server: str):
    visit(page, f"{server}/discover?bundle=small&d_q=a")
    visit(again, f"{server}/discover?bundle=other&d_q=love")
    for one, name, query in ((page, "small", "a"), (again, "other", "love"), (page, "small", "a")):
        one.get_by_role("link", name="Data", exact=True).click()
        settle(one, "Data")
        expect(one.locator(".st-key-trust")).to_contain_text(name)
        one.get_by_role("link", name="Discover", exact=True).click()
        settle(one, "Discover")
        assert f"bundle={name}" in one.url
        one.get_by_placeholder("A title, an artist, or both").fill(query)
        one.locator("[class*=st-key-open-found-]").first.wait_for()


def test_a_broken_bundle_is_shown_as_broken_and_the_others_go_on(page: Page, server: str):
    page.goto(f"{server}/quality?bundle=broken")
    settle(page, "This bundle can’t be opened")
    expect(page.get_by_text("changed since the bundle was published")).to_be_visible()
    visit(page, f"{server}/bundles")
    row = page.locator(".st-key-row-bundle-broken")
    expect(row).to_contain_text("BROKEN")
    expect(row).to_contain_text("changed since the bundle was published")
    page.locator(".st-key-show-other").get_by_role("button").click()
    expect(page.locator(".st-key-row-bundle-other")).to_contain_text("ON SHOW")
    assert "bundle=other" in page.url


def test_a_new_bundle_appears_without_a_restart(page: Page, server: str, artifacts: Path, small_bundle: Path):
    visit(page, f"{server}/bundles")
    shutil.copytree(small_bundle, artifacts / "newest")
    page.get_by_role("link", name="Data", exact=True).click()
    settle(page, "Data")
    page.get_by_role("link", name="Bundles", exact=True).click()
    expect(page.locator(".st-key-row-bundle-newest")).to_be_visible()
    shutil.rmtree(artifacts / "newest")


def test_markup_in_titles_is_text(page: Page, server: str):
    for address in ("discover", "discover?d_q=script", "recommend"):
        visit(page, f"{server}/{address}{'&' if '?' in address else '?'}bundle=hostile")
        page.wait_for_timeout(300)
        assert page.title() != "ran"
        assert page.locator("img[src=x], a[href*='evil']").count() == 0
    visit(page, f"{server}/discover?bundle=hostile")
    expect(page.get_by_text("<img src=x").first).to_be_visible()


def test_back_and_forward_go_through_what_was_on_show(page: Page, server: str):
    visit(page, f"{server}/cohorts?bundle=small")
    first = page.url
    page.get_by_role("radio", name="Weak slices").or_(page.get_by_text("Weak slices", exact=True)).first.click()
    page.wait_for_url("**c_view=slices**")
    rest(page)
    page.go_back()
    page.wait_for_url(first)
    expect(page.get_by_label("Metric").first).to_be_visible()
    page.go_forward()
    page.wait_for_url("**c_view=slices**")
    page.locator(DONE).wait_for()
    expect(page.get_by_label("Metric")).to_have_count(0)


def test_the_copied_link_says_which_bundle(browser: Browser, server: str):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    visit(page, f"{server}/cohorts?bundle=other&c_by=gender")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert link.path == "/cohorts"
    assert set(link.query.split("&")) == {"bundle=other", "c_by=gender"}
    context.close()


def test_the_tour_leads_to_three_examples_and_is_dismissed_for_good(browser: Browser, server: str):
    context = browser.new_context(viewport={"width": 1400, "height": 1600})
    page = context.new_page()
    page.set_default_timeout(60_000)
    visit(page, f"{server}/discover?bundle=small")
    shoot(page, "tour")
    page.locator(".st-key-tour-search").get_by_role("button").click()
    page.locator("[class*=st-key-open-found-]").first.wait_for()
    assert "d_q=" in page.url
    links = page.locator(".st-key-tour").get_by_role("link")
    for place, heading, there in ((0, "Recommend", "[class*=st-key-row-pick]"), (1, "Cohorts", ".st-key-cohort-head")):
        visit(page, f"{server}/discover?bundle=small")
        links.nth(place).click()
        settle(page, heading)
        if "c_cohort" in page.url or place == 0:
            page.locator(there).first.wait_for()
    visit(page, f"{server}/discover?bundle=small")
    page.get_by_role("button", name="No, thanks").click()
    expect(page.locator(".st-key-tour")).to_have_count(0)
    page.wait_for_function("document.cookie.includes('lhydra_tour=dismissed')")
    visit(page, f"{server}/discover?bundle=small")
    expect(page.locator(".st-key-tour")).to_have_count(0)
    context.close()


def test_a_bundle_is_chosen_by_keyboard_alone(page: Page, server: str):
    visit(page, f"{server}/bundles?bundle=small")

    def tab_to(key: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("(k) => !!document.activeElement.closest(`.st-key-${k}`)", key):
                return
        pytest.fail(f"Tab does not lead to {key}")

    tab_to("show-other")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-row-bundle-other")).to_contain_text("ON SHOW")
    tab_to("views")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_role("heading", name="New data").wait_for()
    assert "b_view=bring" in page.url
