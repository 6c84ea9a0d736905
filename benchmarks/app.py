"""Time the app as people meet it, in a browser, and as many meet it at once, without one.

What a browser shows is timed in the page itself, by a MutationObserver, where asking from outside would find it late:
from the click or key to the last change before the page was quiet for a while; the wait for quiet is no part of it.
Search over 237k songs and the controls of Cohorts are timed as `discover_page.py` and `cohort_page.py` do. Exit status
1 if a limit was not kept. Needs Playwright (requirements-dev.txt) and Debian's chromium.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cohort_page
import discover_page
import numpy as np
import sessions
from browser import CHROMIUM, DONE, FLAGS, PATIENCE, POLLING, ROOT, percentiles, serving, started, wait_for
from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from engine import Engine

PARTS = ("start", "switch", "search", "cohorts", "diversity", "weight", "sessions")
LIMITS = {
    "start": 2_500,
    "switch": 350,
    "search": 350,
    "cohorts": 300,
    "diversity": 250,
}  # ms; p95, of start the median
MOST_BYTES = 1_000_000
SESSIONS = {"p95": 1_000.0, "resident": 900.0, "stays": 1.1}  # ms, MB, share of what there was before they came
QUIET, LONG_QUIET = 400, 4_000  # ms
BACK = 20.0  # s after which what the visitors held has to be gone
# The first paint is a heading that has a size; before that there is a page, but nothing on it.
PAINTED = """() => {
  const look = () => {
    const heading = document.querySelector('h1');
    if (!window.painted && heading && heading.getBoundingClientRect().height) window.painted = performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true });
}"""
CHANGES = """() => {
  const start = () => { window.seen = { began: performance.now() }; };
  document.addEventListener('click', start, true);
  document.addEventListener('keydown', start, true);
  const look = (all) => {
    if (!window.seen) return;
    const within = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(window.within);
    const drawn = (change) => change.type !== 'attributes' && within(change.target);
    if (all.some(drawn)) window.seen.changed = performance.now();
    if (!document.querySelector(window.done)) window.seen.ran = true;
  };
  new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['data-test-script-state'],
  });
}"""
# A menu's own changes come before the script has even run, and a slow one leaves a page quiet for long.
# A script may also run and end within one drawing of the page, so that none of it is seen; then a long quiet counts.
STILL = f"""() => window.seen?.changed && document.querySelector(window.done)
  && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
  && performance.now() - window.seen.changed > (window.seen.ran ? {QUIET} : {LONG_QUIET})"""
TOOK = "() => window.seen.changed - window.seen.began"


def main() -> None:
    """Measure the parts that are asked for, print, and say by the exit status whether all kept their limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=ROOT / "artifacts/demo")
    parser.add_argument("--folder", type=Path, help="where search's bundle of 237k songs is made, and kept")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--times", type=int, default=40, help="measurements of each part")
    parser.add_argument("--visitors", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=120, help="how long the visitors work")
    arguments = parser.parse_args()
    kept = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for part in arguments.parts:
            if part == "sessions":
                continue
            if part == "search" and arguments.folder is None:
                print("search: left out; say with --folder where its bundle is or can be made")
                continue
            print(f"{part}: ", end="", flush=True)
            kept.append(_MEASURED[part](browser, arguments))
        browser.close()
    if "sessions" in arguments.parts:
        kept.append(many(arguments))
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    sys.exit(0 if all(kept) else 1)


def said(times: Sequence[float], part: str, quantile: float = 95) -> bool:
    """Print what was measured; returns whether the limit was kept."""
    limit, reached = LIMITS[part], float(np.percentile(times, quantile))
    name = "median" if quantile == 50 else f"p{quantile:.0f}"
    verdict = "kept" if reached <= limit else "NOT KEPT"
    print(f"{len(times)} times, {percentiles(times)}; limit {limit:,} ms for the {name}: {verdict}")
    return reached <= limit


def start(browser: Browser, arguments: argparse.Namespace) -> bool:
    """From starting the server to the first heading in a browser that is open already; and until all is drawn."""
    times, whole = [], []
    for _ in range(max(3, arguments.times // 8)):
        page = browser.new_page()
        page.add_init_script(f"({PAINTED})()")
        began = time.time()
        with started(arguments.bundle) as (_, address):
            wait_for(address)
            page.goto(address)
            page.wait_for_function("() => window.painted", timeout=PATIENCE, polling=20)
            times.append(1_000 * (page.evaluate("() => (performance.timeOrigin + window.painted) / 1000") - began))
            page.locator(DONE).wait_for(timeout=PATIENCE)
            whole.append(1_000 * (time.time() - began))
        page.close()
    print(f"all of the page after {np.median(whole):,.0f} ms (median); its heading: ", end="")
    return said(times, "start", 50)


def switch(browser: Browser, arguments: argparse.Namespace) -> bool:
    """From a click in the menu to the last change of the page, every page in turn, each visited before."""
    with serving(arguments.bundle) as address:
        page = opened(browser, address)
        names = [link.inner_text().strip() for link in page.get_by_test_id("stHeader").get_by_role("link").all()]
        times: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(2 + max(1, arguments.times // len(names))):
            for name in names[1:] + names[:1]:
                link = page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True)
                taken = timed(page, link.click)
                if turn >= 2:
                    times[name].append(taken)
        page.close()
    print("; ".join(f"{name} p50 {np.median(taken):.0f}" for name, taken in times.items()), end="; ")
    return said([taken for each in times.values() for taken in each], "switch")


def search(browser: Browser, arguments: argparse.Namespace) -> bool:
    """From the last key to exactly the rows of the whole query, among 237k songs."""
    bundle = discover_page.made(arguments.folder)
    times = discover_page.from_key_to_rows(browser, bundle, Engine.load(bundle), arguments.times)
    return said(times, "search")


def cohorts(browser: Browser, arguments: argparse.Namespace) -> bool:
    """From a click on another metric or attribute to the new sentence and marks."""
    with serving(arguments.bundle) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1600})
        times = cohort_page.measured(page, address, arguments.times, crossed=False)
        page.close()
    return said([taken[cohort_page.PARTS.index("click to drawn")] for taken in times], "cohorts")


def diversity(browser: Browser, arguments: argparse.Namespace) -> bool:
    """From a key on the diversity slider to the last change of the rows."""
    user = str(Engine.load(arguments.bundle).users["user_id"].iloc[0])
    with serving(arguments.bundle) as address:
        page = opened(browser, f"{address}/recommend?r_user={user}&r_k=10", within="[data-testid=stMain]")
        slider = page.get_by_role("slider", name="Diversity")
        slider.focus()
        times = []
        for turn in range(arguments.times):
            key = "ArrowRight" if turn // 8 % 2 == 0 else "ArrowLeft"
            times.append(timed(page, partial(page.keyboard.press, key)))
        page.close()
    return said(times[3:], "diversity")


def weight(browser: Browser, arguments: argparse.Namespace) -> bool:
    """Bytes of data that a page is sent: all that its WebSocket receives, on a first visit."""
    heaviest: dict[str, int] = {}
    with serving(arguments.bundle) as address:
        page = opened(browser, address)
        paths = [link.get_attribute("href") or "" for link in page.get_by_test_id("stHeader").get_by_role("link").all()]
        page.close()
        for path in paths:
            received: list[int] = []
            page = browser.new_page()

            def count(socket: WebSocket, received: list[int] = received) -> None:
                socket.on("framereceived", lambda payload: received.append(len(payload)))

            page.on("websocket", count)
            page.goto(f"{address}/{path.rsplit('/', 1)[-1]}")
            page.locator("h1").first.wait_for(timeout=PATIENCE)
            page.locator(DONE).wait_for(timeout=PATIENCE)
            page.wait_for_timeout(1_000)
            heaviest[path.rsplit("/", 1)[-1] or "discover"] = sum(received)
            page.close()
    most = max(heaviest.values())
    kept = most <= MOST_BYTES
    print(
        ", ".join(f"{name} {size / 1e3:.0f} kB" for name, size in heaviest.items()),
        f"limit {MOST_BYTES / 1e3:,.0f} kB: {'kept' if kept else 'NOT KEPT'}",
        sep="; ",
    )
    return kept


def many(arguments: argparse.Namespace) -> bool:
    """Many visitors who work for some minutes: errors, seconds to an answer, memory, and memory after they left."""
    engine = Engine.load(arguments.bundle)
    pages = [path.stem for path in (ROOT / "pages").glob("*.py")]
    with started(arguments.bundle) as (process, address):
        wait_for(address)
        sessions.visit_all(address, engine, 2, 10, 0, pages)  # until everything is loaded that will be
        before = sessions.resident(process.pid)
        answers = sessions.visit_all(address, engine, arguments.visitors, arguments.seconds, 1, pages)
        during, left = sessions.resident(process.pid), time.monotonic()
        after = during
        while time.monotonic() - left < BACK:
            time.sleep(1)
            after = min(after, sessions.resident(process.pid))
    times = [1_000 * seconds for _, seconds in answers.seconds]
    p95 = float(np.percentile(times, 95)) if times else float("inf")
    print(
        f"sessions: {arguments.visitors} visitors, {len(times)} views in {arguments.seconds:.0f} s, "
        f"{percentiles(times) if times else 'none answered'}; {len(answers.errors)} errors; "
        f"{before:.0f} MB before, {during:.0f} MB with them, {after:.0f} MB after"
    )
    for error in dict.fromkeys(answers.errors):
        print(f"  {error}")
    return (
        not answers.errors
        and p95 <= SESSIONS["p95"]
        and during <= SESSIONS["resident"]
        and after <= SESSIONS["stays"] * before
    )


def opened(browser: Browser, address: str, within: str = "body") -> Page:
    """Open an address and watch what changes within a part of the page."""
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator("h1").first.wait_for()
    page.locator(DONE).wait_for()
    page.wait_for_timeout(1_500)
    page.evaluate("([within, done]) => { window.within = within; window.done = done; }", [within, DONE])
    page.evaluate(CHANGES)
    return page


def timed(page: Page, act: Callable[[], object]) -> float:
    """Do something; milliseconds from that to the last change before the page was quiet."""
    act()
    page.wait_for_function(STILL, timeout=PATIENCE, polling=POLLING)
    return float(page.evaluate(TOOK))


_MEASURED = {
    "start": start,
    "switch": switch,
    "search": search,
    "cohorts": cohorts,
    "diversity": diversity,
    "weight": weight,
}

if __name__ == "__main__":
    main()
