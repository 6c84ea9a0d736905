"""Time how long the Cohorts page takes to redraw in a browser after a change of metric or attribute.

From the click on an option to the last change of the chart, both taken in the page itself: a MutationObserver sees each
change, where asking from outside would find it late. Needs Playwright (requirements-dev.txt) and Debian's chromium.
"""

import argparse
import itertools
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
QUIET = 500  # ms without a change after which a chart is done
WATCH = """() => {
  window.began = 0; window.changed = 0;
  document.addEventListener('click', () => { window.began = performance.now(); window.changed = 0; }, true);
  new MutationObserver((all) => {
    const chart = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('[class*="st-key-cohorts-"]');
    if (all.some((m) => chart(m.target))) window.changed = performance.now();
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def main() -> None:
    """Serve, click, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=ROOT / "artifacts/demo")
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--crossed", action="store_true", help="two attributes, worked out anew each time")
    arguments = parser.parse_args()
    manifest = json.loads((arguments.bundle / "manifest.json").read_text(encoding="utf-8"))
    with serving(arguments.bundle, arguments.port) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1600})
        times = measured(page, address, arguments.changes, arguments.crossed)
        browser.close()
    print(f"{arguments.bundle.name}: {manifest['counts']['users']:,} users, {len(times)} changes")
    print(" ".join(f"p{q} {np.percentile(times, q):.0f} ms" for q in (50, 90, 95, 99)), f"most {max(times):.0f} ms")


def measured(page: Page, address: str, changes: int, crossed: bool) -> list[float]:
    """Change metric and attribute in turn; milliseconds of each redraw."""
    first = f"{address}/cohorts"
    page.goto(first)
    page.locator("[class*=st-key-cohorts-] svg").first.wait_for(timeout=60_000)
    page.locator(DONE).wait_for()
    if crossed:
        choose(page, "Crossed with", 1)
        page.wait_for_timeout(2_000)
    page.evaluate(WATCH)
    times: list[float] = []
    fields = itertools.cycle(["Metric", "By"])
    places = {"Metric": itertools.cycle(range(7)), "By": itertools.cycle(range(4))}
    while len(times) < changes:
        field = next(fields)
        before = page.locator(f"input[aria-label^='{field}'], [aria-label^='{field}'] input").first
        shown = before.input_value() if before.count() else ""
        if choose(page, field, next(places[field])) == shown:
            continue  # nothing changed, so nothing is drawn
        page.wait_for_function(f"() => window.changed && performance.now() - window.changed > {QUIET}", timeout=20_000)
        times.append(float(page.evaluate("() => window.changed - window.began")))
    return times


def choose(page: Page, field: str, place: int) -> str:
    """Choose an option of a field by its place; returns its words."""
    page.get_by_label(field, exact=False).first.click()
    options = page.get_by_role("option")
    options.first.wait_for()
    option = options.nth(place % options.count())
    words = option.inner_text()
    option.click()
    return words


@contextmanager
def serving(bundle: Path, port: int) -> Iterator[str]:
    """Serve the app with a bundle; gives its address."""
    if not port:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {"LHYDRA_BUNDLE": str(bundle.resolve()), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


if __name__ == "__main__":
    main()
