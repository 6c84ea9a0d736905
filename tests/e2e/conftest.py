"""A browser that browser tests share, and a page of its own for each."""

import os
from collections.abc import Iterator

import pytest
from browsing import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
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
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1600})
    opened = context.new_page()
    opened.set_default_timeout(60_000)  # a machine may have other things to do
    yield opened
    context.close()
