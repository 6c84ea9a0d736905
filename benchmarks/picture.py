"""Make the README's picture of the app: the Recommend page with a listener of a simulated world.

Only of simulated data: nobody's listening belongs into a README. Needs Playwright (requirements-dev.txt) and Debian's
chromium.
"""

import argparse
from io import BytesIO
from pathlib import Path

from browser import CHROMIUM, DONE, FLAGS, PATIENCE, ROOT, serving
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from engine import Engine
from engine.data.whole import whole_file

PICTURE = ROOT / "engine" / "ui" / "static" / "recommend.png"
WIDTH, HEIGHT = 1400, 1060
MOST_BYTES = 300_000
COLOURS = 256
HEARD = 40  # songs, at least: a listener of whom something is known
REST = "() => !document.querySelector('[data-testid=stSkeleton], [data-stale=true], [aria-busy=true]')"


def main() -> None:
    """Serve, look, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=ROOT / "artifacts" / "demo")
    parser.add_argument("--out", type=Path, default=PICTURE)
    arguments = parser.parse_args()
    engine = Engine.load(arguments.bundle)
    if not engine.bundle.manifest["simulated"]:
        parser.error(f"{arguments.bundle} is of real data; name a bundle of a simulated world")
    with serving(arguments.bundle) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        shot = look(page, f"{address}/recommend?r_user={somebody(engine)}")
        browser.close()
    picture = in_few_colours(shot)
    if len(picture) > MOST_BYTES:
        raise SystemExit(f"the picture is {len(picture):,} bytes, over {MOST_BYTES:,}")
    with whole_file(arguments.out) as path:
        path.write_bytes(picture)
    print(f"{arguments.out}: {WIDTH} × {HEIGHT} px, {len(picture):,} bytes")


def somebody(engine: Engine) -> str:
    """The first listener of whom age, gender and country are known, and a history of some length."""
    known = engine.users[["age", "gender", "country"]].notna().all(axis=1).to_numpy()
    return str(engine.users["user_id"].to_numpy()[known & (engine.histories.counts >= HEARD)][0])


def look(page: Page, address: str) -> bytes:
    """Take a picture of a page once it is drawn."""
    page.goto(address)
    page.get_by_role("heading", name="What they play").wait_for()
    page.locator(DONE).wait_for()
    page.wait_for_function(REST)
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(1_000)  # what fades in has done so
    return page.screenshot()


def in_few_colours(shot: bytes) -> bytes:
    """Write a picture again with a palette: it is of flat areas, and a third of the size."""
    written = BytesIO()
    image = Image.open(BytesIO(shot)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
