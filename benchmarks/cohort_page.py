"""Time how long the Cohorts page takes to redraw in a browser after a change of metric or attribute.

From the click on an option to the last change of the chart, both taken in the page itself: a MutationObserver sees each
change, where asking from outside would find it late. Needs Playwright (requirements-dev.txt) and Debian's chromium.
"""

import argparse
import itertools
import json
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

import numpy as np
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE = 300_000  # ms: a machine may have other things to do
POLLING = 250  # ms; at every frame, as else, the asking would be most of the processor's time
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
        times, busy = measured(page, address, arguments.changes, arguments.crossed)
        browser.close()
    print(f"{arguments.bundle.name}: {manifest['counts']['users']:,} users, {len(times)} changes")
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("from click to drawn:", percentiles(times))
    print("processor time of server and browser:", percentiles(busy))


def percentiles(values: list[float]) -> str:
    """The usual ones, in ms."""
    return ", ".join(f"p{q} {np.percentile(values, q):.0f} ms" for q in (50, 90, 95, 99))


def processor_ms() -> float:
    """Processor time so far of all that this process started, the server and the browser, in ms."""
    ticks, parents = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    own, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in own} - own
        own, grown = own | more, bool(more)
    return 1_000 * sum(ticks[pid] for pid in own - {os.getpid()} if pid in ticks) / os.sysconf("SC_CLK_TCK")


def measured(page: Page, address: str, changes: int, crossed: bool) -> tuple[list[float], list[float]]:
    """Change metric and attribute in turn; milliseconds of each redraw, and of processor time from click to drawn."""
    first = f"{address}/cohorts"
    page.set_default_timeout(PATIENCE)
    page.goto(first)
    page.locator("[class*=st-key-cohorts-] svg").first.wait_for(timeout=PATIENCE)
    page.locator(DONE).wait_for()
    if crossed:
        choose(page, "Crossed with", 1)
        page.wait_for_timeout(2_000)
    page.evaluate(WATCH)
    times: list[float] = []
    busy: list[float] = []
    fields = itertools.cycle(["Metric", "By"])
    places = {"Metric": itertools.cycle(range(7)), "By": itertools.cycle(range(4))}
    while len(times) < changes:
        field = next(fields)
        before = page.locator(f"input[aria-label^='{field}'], [aria-label^='{field}'] input").first
        shown = before.input_value() if before.count() else ""
        option, words = offer(page, field, next(places[field]))
        idle = processor_ms()
        option.click()
        if words == shown:
            continue  # nothing changed, so nothing is drawn
        page.wait_for_function(
            f"() => window.changed && performance.now() - window.changed > {QUIET}", timeout=PATIENCE, polling=POLLING
        )
        times.append(float(page.evaluate("() => window.changed - window.began")))
        busy.append(processor_ms() - idle)
    return times, busy


def choose(page: Page, field: str, place: int) -> None:
    """Choose an option of a field by its place."""
    offer(page, field, place)[0].click()


def offer(page: Page, field: str, place: int) -> tuple[Locator, str]:
    """Open a field; gives the option at a place, and its words."""
    page.get_by_label(field, exact=False).first.click()
    options = page.get_by_role("option")
    options.first.wait_for()
    option = options.nth(place % options.count())
    return option, option.inner_text()


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
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
