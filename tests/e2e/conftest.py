"""A browser that browser tests share, and a page of its own for each."""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress

import pytest
from browsing import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Error, Page, sync_playwright

MOST_LETTERS = 4_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what the page showed when a test failed: what fails one time in fifty can't be looked at again."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        with suppress(Error):
            text = page.locator("body").inner_text(timeout=5_000)
            report.sections.append(("what the page showed", f"{page.url}\n{text[:MOST_LETTERS]}"))
    return report


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
