"""Time the Explain page in a browser: the first explanation of a fresh server, then others, from the click on "Why?".

The clock runs until the page says whether the parts add up, which stands below the sentence. Needs Playwright
(requirements-dev.txt) and Debian's chromium.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from cohort_page import CHROMIUM, DONE, FLAGS, PATIENCE, percentiles, serving
from playwright.sync_api import Page, sync_playwright

from engine import Engine

STATUS, SAYS = "Loading the network, PyTorch and Captum", "add up to the difference"


def main() -> None:
    """Serve, click, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--listeners", type=int, default=30)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    arguments = parser.parse_args()
    engine = Engine.load(arguments.bundle)
    drawn = np.random.default_rng(1).permutation(np.flatnonzero(engine.histories.counts > 0))
    users = [str(engine.users["user_id"].array[user]) for user in drawn[: arguments.listeners + 1]]
    with serving(arguments.bundle, arguments.port) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.set_default_timeout(PATIENCE)
        first, status = clicked(page, address, users[0], first=True)
        others = [1_000 * clicked(page, address, user)[0] for user in users[1:]]
        browser.close()
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"fresh server: a status after {status:.1f} s, the first explanation after {first:.1f} s")
    print(f"then, {len(others)} listeners: {percentiles(others)}")


def clicked(page: Page, address: str, user: str, first: bool = False) -> tuple[float, float]:
    """Open a listener’s recommendations and click on "Why?"; seconds to the explanation, and to the status."""
    page.goto(f"{address}/recommend?r_user={user}&r_k=5")
    page.get_by_role("link", name="Why?").first.wait_for()
    page.locator(DONE).wait_for()
    page.wait_for_timeout(500)
    began = time.perf_counter()
    page.get_by_role("link", name="Why?").first.click()
    if first:
        page.get_by_text(STATUS).wait_for()
    status = time.perf_counter() - began
    page.get_by_text(SAYS).wait_for()
    return time.perf_counter() - began, status


if __name__ == "__main__":
    main()
