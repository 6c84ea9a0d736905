"""Discover in a browser: by keyboard alone, artists, filters, the link that is copied, accessibility."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DONE, rest, serving, settle, shoot
from playwright.sync_api import Browser, Page, expect

from engine import Engine
from engine.ui.examples import misspell

pytestmark = pytest.mark.browser

FIELD = "A title, an artist, or both"


@pytest.fixture(scope="module")
def server(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the small bundle, for all tests here."""
    with serving(small_bundle, tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="module")
def song(engine: Engine) -> tuple[str, str]:
    """Id and title of the song with the most listeners."""
    row = engine.songs.nlargest(1, "listeners").iloc[0]
    return str(row["song_id"]), " ".join(str(row["title"]).split())


def opened(page: Page, server: str, state: str) -> None:
    page.goto(f"{server}/{state}")
    settle(page, "Discover")
    page.get_by_placeholder(FIELD).wait_for()


def focused(page: Page) -> str:
    """The key of what has the focus, as Streamlit writes it into its class."""
    return str(
        page.evaluate("""() => {
      const place = document.activeElement?.closest('[class*="st-key-"]');
      return place ? /st-key-(\\S+)/.exec(place.className)[1] : '';
    }""")
    )


def wait_for_focus(page: Page, key: str) -> None:
    page.wait_for_function(
        "(key) => document.activeElement?.closest('[class*=st-key-]')?.className.includes(`st-key-${key}`)", arg=key
    )


def test_a_song_is_found_opened_and_left_by_keyboard_alone(page: Page, server: str, song: tuple[str, str]):
    song_id, title = song
    opened(page, server, "discover")
    wait_for_focus(page, "d_q")  # nobody has clicked anything
    page.keyboard.type(title.lower(), delay=30)
    page.locator(f".st-key-open-found-{song_id}").wait_for()
    rest(page)  # the last key's rows may still be on their way
    rows = page.locator("[class*=st-key-open-found-]")
    for place in range(3):
        page.keyboard.press("ArrowDown")
        wait_for_focus(page, rows.nth(place).evaluate("e => /st-key-(\\S+)/.exec(e.className)[1]"))
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    wait_for_focus(page, "d_q")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    wait_for_focus(page, "d_q")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="More like this").wait_for()
    assert "d_song=" in page.url
    wait_for_focus(page, "back")  # the row that had the focus is gone
    page.keyboard.press("Escape")
    rows.first.wait_for()
    assert "d_song=" not in page.url
    wait_for_focus(page, "d_q")


def test_every_row_is_reached_by_tab(page: Page, server: str, song: tuple[str, str]):
    opened(page, server, f"discover?d_q={song[1].split()[0]}")
    rows = page.locator("[class*=st-key-open-found-]")
    rows.first.wait_for()
    wait_for_focus(page, "d_q")
    rest(page)
    wanted = [row.evaluate("e => /st-key-(\\S+)/.exec(e.className)[1]") for row in rows.all()]
    met: list[str] = []
    for _ in range(len(wanted) + 12):
        page.keyboard.press("Tab")
        met.append(focused(page))
    assert [key for key in met if key in wanted] == wanted


def test_a_slash_goes_to_the_field_and_typing_into_a_filter_does_not(page: Page, server: str, song: tuple[str, str]):
    opened(page, server, f"discover?d_song={song[0]}")
    page.get_by_role("heading", name="Who listens").wait_for()
    for _ in range(40):  # what listens for keys may come after all that is seen
        page.keyboard.press("/")
        if focused(page) == "d_q":
            break
        page.wait_for_timeout(250)
    assert focused(page) == "d_q"
    opened(page, server, "discover?d_q=a")
    page.get_by_label("From", exact=True).click()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "d_from"


def test_an_artist_is_found_by_a_misspelt_name_and_is_in_the_address(
    page: Page, browser: Browser, server: str, engine: Engine
):
    counts = engine.songs["artist"].value_counts()
    artist = next(str(name) for name in counts.index if misspell(str(name)) and len(str(name)) > 12)
    opened(page, server, "discover")
    page.get_by_placeholder(FIELD).press_sequentially(str(misspell(artist)), delay=30)
    page.get_by_role("heading", name="Artists").wait_for()
    shoot(page, "discover-artists")
    page.locator(".st-key-artist-0").get_by_role("button").click()
    page.get_by_role("heading", name=artist, exact=True).wait_for()
    assert "d_artist=" in page.url
    again = browser.new_page()
    again.goto(page.url)
    again.get_by_role("heading", name=artist, exact=True).wait_for()
    again.close()


def test_a_filter_is_in_the_address_and_shown_again_by_it(page: Page, browser: Browser, server: str, engine: Engine):
    opened(page, server, "discover?d_q=a")
    page.locator(".st-key-d_genres input").press_sequentially(engine.genres[0])  # the list draws only what is in view
    page.get_by_role("option", name=engine.genres[0], exact=True).click()
    page.wait_for_url("**d_genres=**")
    page.locator(DONE).wait_for()
    page.keyboard.press("Escape")
    rows = page.locator("[class*=st-key-open-found-]")
    expected = engine.search("a", 10, genres=[engine.genres[0]])["song_id"].tolist()
    expect(rows).to_have_count(len(expected))
    again = browser.new_page()
    again.goto(page.url)
    expect(again.locator("[class*=st-key-open-found-]")).to_have_count(len(expected))
    assert again.locator(f".st-key-open-found-{expected[0]}").count() == 1
    again.close()


def test_the_copied_link_opens_the_song(browser: Browser, server: str, song: tuple[str, str]):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened(page, server, f"discover?d_q=love&d_song={song[0]}")
    page.get_by_role("button", name="Copy song link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{server}/discover?d_song={song[0]}"
    page.goto(link)
    page.get_by_role("heading", name=song[1]).wait_for()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "state", ["discover", "discover?d_q=a", "discover?d_artist={artist}", "discover?d_song={song}"]
)
def test_no_state_has_an_axe_violation(
    browser: Browser, server: str, state: str, theme: str, song: tuple[str, str], engine: Engine
):
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened(page, server, state.format(song=song[0], artist=engine.songs["artist"].iloc[0]))
    page.locator("[class*=st-key-open-]").first.wait_for()
    if "d_song" in state:
        page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []
    context.close()


@pytest.mark.parametrize("state", ["discover?d_q=a", "discover?d_song={song}"])
def test_nothing_scrolls_sideways_on_a_phone(page: Page, server: str, state: str, song: tuple[str, str]):
    page.set_viewport_size({"width": 390, "height": 2400})
    opened(page, server, state.format(song=song[0]))
    page.locator("[class*=st-key-open-]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
