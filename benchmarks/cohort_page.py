"""Time how long the Cohorts page takes to redraw in a browser after a change of metric or attribute.

From the click on an option until the sentence and the marks of the chart are the new ones, all taken in the page: what
is sent and received by a wrapped WebSocket, what is drawn by a MutationObserver, where asking from outside would find
it late. The wait for quiet that follows, and ends one measurement, is no part of it. Needs Playwright
(requirements-dev.txt) and Debian's chromium.
"""

import argparse
import itertools
import json
import os
from pathlib import Path

import numpy as np
from browser import CHROMIUM, DONE, FLAGS, PATIENCE, POLLING, ROOT, Meter, percentiles, serving
from playwright.sync_api import Locator, Page, sync_playwright

QUIET = 500  # ms without a change after which a chart is done
# `answered`: the last message before the chart was drawn, so the rest is the browser's own work.
LISTEN = """() => {
  window.seen = { received: [] };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...all) {
      super(...all);
      this.addEventListener('message', () => window.seen.received.push(performance.now()));
    }
    send(...all) { window.seen.asked ??= performance.now(); super.send(...all); }
  };
}"""
WATCH = """() => {
  document.addEventListener('click', () => { window.seen = { clicked: performance.now(), received: [] }; }, true);
  const within = (node, what) => (node.nodeType === 1 ? node : node.parentElement)?.closest(what);
  new MutationObserver((all) => {
    const now = performance.now(), seen = window.seen;
    if (all.some((m) => within(m.target, '.st-key-says') && m.type !== 'attributes')) seen.said = now;
    if (all.some((m) => within(m.target, '[data-testid=stVegaLiteChart] svg'))) {
      seen.drawn = now;
      seen.answered = seen.received.at(-1);
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
STILL = f"() => window.seen.drawn && performance.now() - Math.max(window.seen.drawn, window.seen.said ?? 0) > {QUIET}"
PARTS = ("click to request", "request to answer", "answer to drawn", "click to drawn", "processor time of it")


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
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for part, values in zip(PARTS, zip(*times, strict=True), strict=True):
        print(f"{part}: {percentiles(values)}")


def measured(page: Page, address: str, changes: int, crossed: bool) -> list[tuple[float, ...]]:
    """Change metric and attribute in turn; milliseconds of each redraw, as `PARTS` names them."""
    page.set_default_timeout(PATIENCE)
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{address}/cohorts")
    page.locator("[class*=st-key-cohorts-] svg").first.wait_for(timeout=PATIENCE)
    page.locator(DONE).wait_for()
    if crossed:
        offer(page, "Crossed with", 1)[0].click()
        page.wait_for_timeout(2_000)
    page.evaluate(WATCH)
    meter = Meter()
    times: list[tuple[float, ...]] = []
    fields = itertools.cycle(["Metric", "By"])
    places = {"Metric": itertools.cycle(range(7)), "By": itertools.cycle(range(4))}
    while len(times) < changes:
        name = next(fields)
        before = page.locator(f"input[aria-label^='{name}'], [aria-label^='{name}'] input").first
        shown = before.input_value() if before.count() else ""
        option, words = offer(page, name, next(places[name]))
        option.click()
        if words == shown:
            continue  # nothing changed, so nothing is drawn
        page.wait_for_function(STILL, timeout=PATIENCE, polling=POLLING)
        seen = page.evaluate("() => ({ ...window.seen, since: performance.timeOrigin })")
        drawn = max(seen["drawn"], seen.get("said", 0.0))
        marks = [seen["clicked"], seen["asked"], seen["answered"], drawn]
        busy = meter.between(seen["since"] + seen["clicked"], seen["since"] + drawn)
        times.append((*np.diff(marks).tolist(), drawn - seen["clicked"], busy))
    return times


def offer(page: Page, name: str, place: int) -> tuple[Locator, str]:
    """Open a field; gives the option at a place, and its words."""
    page.get_by_label(name, exact=False).first.click()
    options = page.get_by_role("option")
    options.first.wait_for()
    option = options.nth(place % options.count())
    return option, option.inner_text()


if __name__ == "__main__":
    main()
