"""How browser tests serve the app, wait for it and look at it.

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
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

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
# A script that has run isn't a page that is drawn: elements come one by one, some once their code has been fetched,
# until when a skeleton stands for them. At rest is a page without any of that at four looks in a row, by its own clock,
# which stands still where the machine keeps the page waiting.
AT_REST = """(done) => {
  const waits = '[data-testid=stSkeleton], [data-testid=stAppSkeleton], [data-stale=true], [aria-busy=true]';
  const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart], [data-testid=stPlotlyChart]')];
  const still = document.querySelector(done) && !document.querySelector(waits)
    && charts.every((chart) => chart.querySelector('svg'));
  window.stillFor = still ? (window.stillFor ?? 0) + 1 : 0;
  return window.stillFor >= 4;
}"""


@contextmanager
def serving(bundle: Path | None, folder: Path) -> Iterator[str]:
    """Serve the app with a bundle, or none, on a port of its own, with `folder` for artifacts and log."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "LHYDRA_BUNDLE": str(bundle or ""), "LHYDRA_ARTIFACTS": str(folder)}
    with (folder / "server.log").open("wb") as log:
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


def settle(page: Page, heading: str) -> None:
    """Wait until a page has its heading and its script has run."""
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    page.locator(DONE).wait_for()


def rest(page: Page) -> None:
    """Wait until nothing on a page is still to come."""
    page.evaluate("window.stillFor = 0")
    page.wait_for_function(AT_REST, arg=DONE, polling=100)


def shoot(page: Page, name: str) -> None:
    """Keep a picture of a page where `LHYDRA_SCREENSHOTS` names a folder."""
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
