"""Time how long Discover takes from the last key to the rows on screen, in a browser, with 236,905 real titles.

Both moments are taken in the page itself: the key's own event, and a MutationObserver that asks at each change whether
the ten rows are those that the engine gives for the whole query, and no others. The page waits a while after each key
before it searches; that is part of the figure. The same queries are put to the engine alone in the same run.

The bundle is made once: real titles, invented genres, years, listeners and plays, and a network that learns next to
nothing. Needs Playwright (requirements-dev.txt) and Debian's chromium.
"""

import argparse
import itertools
import json
import os
import random
import time
from pathlib import Path

import numpy as np
import pandas as pd
from browser import CHROMIUM, DONE, FLAGS, PATIENCE, POLLING, percentiles, serving
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.search_catalogue import read_songs
from benchmarks.search_typing import edits
from engine import Engine
from engine.build import build
from engine.config import load_settings

DATA = Path(os.environ.get("LHYDRA_DATA", "../shared/data"))
TINY = [
    "model.dim=16", "model.members=1", "train.epochs=1", "train.refit=false", "blend.use=false",
    "evaluation.baselines=none", "retrieval.exact_below=1000000",
]  # fmt: skip
GENRES = "ambient blues country folk house jazz metal pop reggae rock soul techno".split()  # noqa: SIM905
LISTENERS, PLAYS = 400, 40_000
BETWEEN_KEYS = (70, 180)  # ms, as fingers are
LAST_WAIT = 20_000  # ms
FIRST = 3  # queries that load what later ones have, and are not counted
WATCH = """() => {
  window.last = 0; window.shown = 0; window.expected = '';
  const rows = () => [...document.querySelectorAll('[class*="st-key-open-found-"]')]
    .map((row) => /st-key-open-found-(\\S+)/.exec(row.className)[1]).join(' ');
  const look = () => {
    if (!window.shown && window.last && rows() === window.expected) window.shown = performance.now();
  };
  document.addEventListener('input', () => { window.last = performance.now(); window.shown = 0; }, true);
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def main() -> None:
    """Make the bundle, serve it, type, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the tables and the bundle are made, and kept")
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--filtered", action="store_true", help="with a genre and years chosen")
    arguments = parser.parse_args()
    bundle = made(arguments.folder)
    engine = Engine.load(bundle)
    bare: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        whole = from_key_to_rows(
            browser, bundle, engine, arguments.queries, arguments.seed, arguments.filtered, bare, arguments.port
        )
        browser.close()
    late = sum(value >= LAST_WAIT for value in whole)
    print(f"{len(engine.songs):,} songs, {len(whole)} misspelt queries{', filtered' * arguments.filtered}")
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"from last key to rows on screen: {percentiles(whole)}; {late} never came")
    print(f"search and artists alone: {percentiles(bare)}")
    print(f"p95 of the page over p95 alone: {np.percentile(whole, 95) / np.percentile(bare, 95):.1f}")


def from_key_to_rows(
    browser: Browser,
    bundle: Path,
    engine: Engine,
    queries: int,
    seed: int = 1,
    filtered: bool = False,
    bare: list[float] | None = None,
    port: int = 0,
) -> list[float]:
    """Serve the bundle and type queries; milliseconds of each, and in `bare` what the engine alone took of it."""
    narrowed = {"genres": ["rock"], "years": (1980, 2010)} if filtered else {}
    finding = (text for text in typed_wrong(engine, seed) if asked(engine, text, narrowed))
    texts = list(itertools.islice(finding, queries + FIRST))
    whole = []
    with serving(bundle, port) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.set_default_timeout(PATIENCE)
        open_page(page, f"{address}/discover{'?d_genres=rock&d_from=1980&d_to=2010' if filtered else ''}")
        draw = random.Random(seed)
        for place, text in enumerate(texts):
            began = time.perf_counter()
            expected = asked(engine, text, narrowed)
            alone = 1_000 * (time.perf_counter() - began)
            taken = typed(page, text, expected, draw)
            if place >= FIRST:
                whole.append(taken)
                if bare is not None:
                    bare.append(alone)
        page.close()
    return whole


def made(folder: Path) -> Path:
    """Make the tables and the bundle, or take those that are there."""
    bundle = folder / "bundle"
    if (bundle / "manifest.json").is_file():
        return bundle
    songs = read_songs(DATA / "catalogue")
    draw, count = np.random.default_rng(11), len(songs)
    ids = np.array([f"s{number:06d}" for number in range(count)])
    users = np.array([f"u{number:04d}" for number in range(LISTENERS)])
    popularity = 1 / np.arange(1, count + 1) ** 0.8
    plays = {
        "user_id": users[draw.integers(0, LISTENERS, PLAYS)],
        "song_id": draw.permutation(ids)[draw.choice(count, PLAYS, p=popularity / popularity.sum())],
    }
    tables = {
        "songs": pd.DataFrame(songs, columns=["title", "artist"]).assign(
            song_id=ids, genres=draw.choice(GENRES, count), release_year=draw.integers(1960, 2025, count)
        ),
        "users": pd.DataFrame(
            {
                "user_id": users,
                "age": draw.integers(14, 75, LISTENERS),
                "gender": draw.choice(["f", "m"], LISTENERS),
                "country": draw.choice(["Ghana", "Norway", "Peru"], LISTENERS),
            }
        ),
        "plays": pd.DataFrame(plays).drop_duplicates(),
    }
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet")
    build("tables", folder / "tables", bundle, load_settings(None, TINY))
    return bundle


def typed_wrong(engine: Engine, seed: int) -> list[str]:
    """Type songs with an error each: title and artist, title alone, artist alone, in turn."""
    draw = random.Random(seed)
    found = []
    songs = engine.songs[["title", "artist"]].sample(1_000, random_state=seed).itertuples(index=False, name=None)
    for place, (title, artist) in enumerate(songs):
        text = (f"{title} {artist}", title, artist)[place % 3].lower()
        if 5 <= len(text) <= 40 and text.isascii():
            found.append(edits(text, draw, 1).strip())
    return found


def asked(engine: Engine, text: str, narrowed: dict) -> list[str]:
    """Ask the engine what the page asks it; gives the ids of the rows."""
    found = engine.search(text, 10, **narrowed)["song_id"].tolist()
    engine.artists(text, **narrowed)
    return found


def open_page(page: Page, address: str) -> None:
    """Open Discover and wait until it is whole."""
    page.goto(address)
    page.locator("[class*=st-key-open-popular]").first.wait_for()
    page.locator(DONE).wait_for()
    page.evaluate(WATCH)


def typed(page: Page, text: str, expected: list[str], draw: random.Random) -> float:
    """Clear the field, type key by key; milliseconds from the last key until exactly the expected rows are there."""
    field = page.locator(".st-key-d_q input")
    field.fill("")
    page.locator("[class*=st-key-open-popular]").first.wait_for()
    page.wait_for_timeout(300)
    page.evaluate(f"() => {{ window.expected = {json.dumps(' '.join(expected))}; }}")
    for letter in text:
        field.press_sequentially(letter)
        page.wait_for_timeout(draw.randint(*BETWEEN_KEYS))
    try:
        page.wait_for_function("() => window.shown", timeout=LAST_WAIT, polling=POLLING)
    except TimeoutError:
        return float(LAST_WAIT)
    return float(page.evaluate("() => window.shown - window.last"))


if __name__ == "__main__":
    main()
