"""Map and Recommend in a browser: an area drawn with the mouse, a slider moved by keyboard, links, accessibility."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import rest, serving, settle, shoot
from playwright.sync_api import Browser, Page, expect

from engine import Engine

pytestmark = pytest.mark.browser

PICKS, ALIKE = "[class*=st-key-row-pick-]", "[class*=st-key-row-alike-]"


@pytest.fixture(scope="module")
def server(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the small bundle and a copy of it, `other`."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(small_bundle, folder / "other")
    with serving(small_bundle, folder) as address:
        yield address


def opened(page: Page, server: str, state: str) -> None:
    page.goto(f"{server}/{state}")
    settle(page, state.split("?")[0].capitalize())
    rest(page)


def heading(page: Page, text: str) -> None:
    page.get_by_role("heading", name=text).wait_for()


def test_a_lasso_lists_the_songs_in_it_and_its_link_shows_them_again(
    page: Page, browser: Browser, server: str, engine: Engine
):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, server, "map")
    heading(page, "Draw round some songs")
    shoot(page, "map")
    chart = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert chart is not None
    left, top, wide, high = chart["x"], chart["y"], chart["width"], chart["height"]
    page.mouse.move(left + wide * 0.5, top + high * 0.02)
    page.mouse.down()
    for across, down in ((0.98, 0.02), (0.98, 0.98), (0.5, 0.98), (0.5, 0.04)):
        page.mouse.move(left + wide * across, top + high * down, steps=6)
    page.mouse.up()
    heading(page, "songs in the area")
    page.wait_for_url("**m_area=**")
    rest(page)
    page.locator(".js-plotly-plot .selectionlayer path").first.wait_for(state="attached")  # still drawn after the rerun
    shoot(page, "map-area")
    listed = page.get_by_role("heading", name="songs in the area").inner_text()
    assert engine.song_map is not None
    right_half = int((engine.song_map.positions[:, 0] > 0).sum())
    assert abs(int(listed.split()[0].replace(",", "")) - right_half) < 0.05 * len(engine.songs)
    with page.expect_download() as download:
        page.locator(".st-key-csv-inside").get_by_role("button").click()
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) - 1 == int(listed.split()[0].replace(",", ""))

    again = browser.new_page()
    again.goto(page.url)
    again.get_by_role("heading", name=listed, exact=True).wait_for()
    again.locator(".js-plotly-plot .selectionlayer path").first.wait_for(state="attached")
    again.close()
    assert not [url for url in asked if not url.startswith((server, "data:", "blob:"))]  # nothing from elsewhere

    page.locator("[class*=st-key-row-inside-] a").first.click()
    heading(page, "More like this")


DOT = """(chart, name) => {
  const { xaxis, yaxis } = chart._fullLayout;
  const { x, y } = chart._fullData.find((trace) => trace.name === name);
  const { left, top } = chart.getBoundingClientRect();
  return [left + xaxis._offset + xaxis.d2p(x[0]), top + yaxis._offset + yaxis.d2p(y[0])];
}"""
COLOURS = "chart => chart._fullData.map((trace) => trace.marker.color)"
OTHER_COLOURS = f"""before => {{
  const chart = document.querySelector(".js-plotly-plot");  // none, or an empty one, while it is drawn anew
  const now = chart?._fullData?.length ? ({COLOURS})(chart) : [];
  return now.length > 0 && now.every((colour) => !before.includes(colour));
}}"""


def test_a_click_opens_a_song_and_colours_follow_the_theme(page: Page, server: str, engine: Engine):
    opened(page, server, "map")
    chart = page.locator(".js-plotly-plot")
    song = page.locator("[class*=st-key-row-clicked-]")
    across, down = chart.evaluate(DOT, chart.evaluate("chart => chart._fullData[0].name"))
    page.mouse.move(across, down)
    page.locator(".hovertext").first.wait_for(state="attached")
    page.mouse.click(across, down)
    song.wait_for()
    title = song.get_by_role("link").first.inner_text()
    expect(page.locator(".hovertext").first).to_contain_text(title[:20])  # what the pointer is over
    assert "m_song=" in page.url
    rest(page)
    shoot(page, "map-song")
    light = chart.evaluate(COLOURS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(OTHER_COLOURS, arg=light)
    rest(page)
    song.get_by_role("link").first.click()
    heading(page, "More like this")


def test_a_slider_moved_by_keyboard_moves_songs_and_says_how(page: Page, server: str, engine: Engine, listener: str):
    opened(page, server, f"recommend?r_user={listener}&r_k=10")
    expect(page.locator(PICKS)).to_have_count(10)
    page.get_by_role("slider", name="Diversity").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**r_div=0.6**")
    page.locator(".moved").first.wait_for()
    rest(page)
    expected = engine.recommend(listener, k=10, diversity=0.6)["song_id"].tolist()
    keys = page.locator(PICKS).evaluate_all("rows => rows.map(r => /st-key-row-pick-(\\S+)/.exec(r.className)[1])")
    assert keys == expected
    assert page.locator(".for-readers").count() + page.get_by_text("new", exact=True).count() > 0
    shoot(page, "recommend-diverse")


def test_more_like_a_row_and_the_copied_link(browser: Browser, server: str, listener: str):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened(page, server, f"recommend?r_user={listener}&r_k=10&r_div=0.3")
    page.get_by_role("button", name="More like this").first.click()
    page.locator(ALIKE).nth(4).wait_for()
    rest(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert f"r_user={listener}" in link
    page.goto(link)
    page.locator(ALIKE).nth(4).wait_for()
    rest(page)
    expect(page.locator(PICKS)).to_have_count(10)
    expect(page.locator(ALIKE)).to_have_count(5)
    context.close()


def test_two_bundles_stand_side_by_side(page: Page, server: str, listener: str):
    opened(page, server, f"recommend?r_user={listener}&r_k=10&r_beside=other")
    heading(page, "other")
    expect(page.locator("[class*=st-key-row-theirs-]")).to_have_count(10)
    page.get_by_text("The two lists are the same.").wait_for()
    shoot(page, "recommend-beside")


STATES = [
    "map?m_user={listener}",
    "map?m_area=-500.-500~500.-500~500.500~-500.500&m_song=s00001",
    "recommend?r_user={listener}&r_k=10&r_div=0.6",
    "recommend?r_user={listener}&r_k=5&r_beside=other",
    "recommend?r_mode=persona&r_age=31&r_k=5",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_no_state_has_an_axe_violation(browser: Browser, server: str, state: str, theme: str, listener: str):
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened(page, server, state.format(listener=listener))
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
    context.close()


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_on_a_phone(page: Page, server: str, state: str, listener: str):
    page.set_viewport_size({"width": 390, "height": 2400})
    opened(page, server, state.format(listener=listener))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
