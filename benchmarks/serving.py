"""What serving costs: a recommendation, a batch, recall of the index, memory of a process, many threads.

Everything is a ratio to something bare that is timed in the same run: a matrix product and the k best of its rows. A
time is given twice, as it passed and as the processor worked, since other work on the machine slows the first alone.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from serving_batch import batch

from engine import Engine
from engine.config import RetrievalSettings
from engine.data.features import encode_songs
from engine.data.schema import SONGS
from engine.maintain import held_out_queries
from engine.retrieval import ExactIndex, HnswIndex, build_hnsw
from engine.retrieval.hnsw import NARROW, ROUNDING, measure_recall
from engine.serving import bundle as files
from engine.serving.bundle import open_bundle
from engine.serving.runtime import ItemTower

LISTENERS = 400
DRAWN_USERS, DRAWN_DIMENSIONS = 5_000, (64, 64)  # of the towers and of least squares
WISHES = {"diversity": 0.2, "max_per_artist": 2, "novelty": 0.1}
SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001)


def latency(engine: Engine) -> None:
    """Time one recommendation: towers, 200 candidates, filters, re-ranking, chances, titles."""
    rng = np.random.default_rng(0)
    users = engine.users["user_id"].to_numpy()[rng.permutation(len(engine.users))[:LISTENERS]].tolist()
    queries = {user: engine.recommender.query(engine.listener(user)) for user in users}
    genre, years = engine.genres[:1], engine.years

    def bare(user: str) -> None:
        scores = engine.vectors @ queries[user]
        best = np.argpartition(-scores, 200)[:200]
        best[np.argsort(-scores[best])]

    calls: dict[str, Callable[[str], object]] = {
        "bare matrix product and top 200": bare,
        "recommend": lambda user: engine.recommend(user),
        "recommend, re-ranked": lambda user: engine.recommend(user, **WISHES),
        "recommend, re-ranked, a genre and years": lambda user: engine.recommend(
            user, genres=genre, years=years, **WISHES
        ),
    }
    print(f"\n{len(engine.songs):,} songs, {engine.vectors.shape[1]} dimensions, {engine.recommender.index.measured}")
    base = 0.0
    for name, call in calls.items():
        wall, worked = _timed(call, users)
        base = base or float(np.median(worked))
        (p50, p99), (w50, w99) = (np.percentile(times, [50, 99]) for times in (wall, worked))
        ratio = f"{w50 / base:.2f} of the bare one"
        print(f"{name}: p50 {p50:.2f} ms, p99 {p99:.2f}; processor p50 {w50:.2f}, p99 {w99:.2f}: {ratio}")


def recall(folder: Path, catalogue: Path | None) -> None:
    """Measure recall of the graph on held-out listeners, alone and under filters of any width."""
    bundle = open_bundle(folder)
    vectors, queries = np.load(bundle.path(files.VECTORS), allow_pickle=False), held_out_queries(bundle)
    name = bundle.name
    if catalogue is not None:
        vectors, name = _embedded(Engine.load(folder), catalogue), f"{catalogue.name} by {bundle.name}'s towers"
    began = time.perf_counter()
    index = build_hnsw(vectors, queries, RetrievalSettings(exact_below=0))
    m = index.measured
    print(
        f"\n{name}: {m.songs:,} songs, {m.dim} dimensions, {m.queries} listeners, {time.perf_counter() - began:.0f} s"
    )
    print(f"graph alone: recall@100 {m.recall:.4f} (lower 95 % bound {m.recall_low:.4f}) at ef {m.ef}")
    wide, _ = measure_recall(index.index, vectors, queries, m.ef + 100, 200)
    index.index.set_ef(m.ef)
    print(f"asked for a hundred more and so a hundred wider: recall@200 {wide:.4f}")
    exact = ExactIndex(vectors)
    for share in SHARES:
        allowed = np.random.default_rng(1).random(m.songs) < share
        k, some = min(100, int(allowed.sum())), queries[:100]
        if not k:
            continue
        found = [_shared(index, exact, query, k, allowed) for query in some]
        by_graph = sum(index.nearest(query, int(1.25 * k / share) + 1) is not None for query in some)
        ours, base = (_timed(partial(i.search, k=k, allowed=allowed), list(some))[1] for i in (index, exact))
        print(
            f"{share:7.1%} of songs left: recall@{k} {np.mean(found):.4f}, "
            f"{'graph' if share >= NARROW and by_graph else 'exact'}, {np.median(ours) / np.median(base):.2f} of exact"
        )


def memory(folder: Path) -> None:
    """Say what a process holds after a recommendation, a search and a cohort view, and whether torch is in it."""
    program = (
        "import sys\nfrom engine import Engine\nfrom engine.reporting import cohort_charts\nimport streamlit\n"
        f"e = Engine.load({str(folder)!r}); u = e.users['user_id'].iloc[0]\n"
        "e.recommend(u, diversity=.2); e.search('love'); c = e.evaluation.cohorts(); len(c)\n"
        "held = [line for line in open('/proc/self/status') if line.startswith('VmRSS')][0].split()[1]\n"
        "print(int(held) // 1024, 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    print(f"\na process after a recommendation, a search and a cohort view: {found[0]} MB, torch loaded: {found[1]}")


def threads(engine: Engine, count: int) -> None:
    """Compare mixed calls from sixteen threads with the same calls one after another."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "serving"))
    from test_threads import THREADS, calls

    asked = calls(engine, count)
    began = time.perf_counter()
    alone = [call(engine) for call in asked]
    between = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(lambda call: call(engine), asked))
    ended = time.perf_counter()
    same = sum(a.equals(b) for a, b in zip(alone, together, strict=True))
    print(f"\n{count:,} mixed calls: {same:,} the same from {THREADS} threads as from one, ", end="")
    print(f"{(ended - between) / (between - began):.2f} of its time")


def _timed(call: Callable, over: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Time a call for each of some things in ms, after some unmeasured: wall clock and this thread's work."""
    for one in over[: len(over) // 10 + 1]:
        call(one)
    taken = []
    for one in over:
        wall, worked = time.perf_counter(), time.thread_time()
        call(one)
        taken.append((time.perf_counter() - wall, time.thread_time() - worked))
    both = np.array(taken) * 1e3
    return both[:, 0], both[:, 1]


def _shared(index: HnswIndex, exact: ExactIndex, query: np.ndarray, k: int, allowed: np.ndarray) -> float:
    last = exact.search(query, k, allowed)[1][-1]
    return np.count_nonzero(index.search(query, k, allowed)[1] >= last - ROUNDING * abs(last)) / k


def _embedded(engine: Engine, path: Path) -> np.ndarray:
    """Embed a real catalogue by features alone, as `add-songs` does."""
    table = pd.read_csv(path, dtype={"id": str}, low_memory=False)
    genres = table["spotify_genres"].fillna("").str.findall(r"'([^']+)'").str.join("|")
    table = table.assign(song_id=table["id"], genres=genres.where(genres != "", table["genre"]))
    table["release_year"] = pd.to_numeric(table["release_date"].astype(str).str[:4], errors="coerce")
    table["release_year"] = table["release_year"].fillna(table["decade"])
    table = table.reindex(columns=SONGS.names)
    table["duration_ms"] = table["duration_ms"].where(table["duration_ms"] > 0)
    nothing, parts = np.zeros(len(table), dtype=np.int64), []
    tower = ItemTower(engine.bundle.path(files.ITEM_TOWER))
    for start in range(0, len(table), 10_000):
        rows = slice(start, start + 10_000)
        parts.append(tower.vectors(encode_songs(engine.features, table[rows]), nothing[rows], nothing[rows]))
    return np.concatenate(parts)


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="+", choices=("latency", "recall", "memory", "threads", "batch"))
    parser.add_argument("--bundle", type=Path, nargs="+", default=[Path("artifacts/demo")])
    parser.add_argument("--drawn", type=int, help="so many songs, drawn into --bundle where it isn't there yet")
    parser.add_argument("--catalogue", type=Path, help="for recall: real songs, embedded by the bundle's item tower")
    parser.add_argument("--calls", type=int, default=5_000, help="for threads")
    parser.add_argument("--world", type=Path, help="for batch: where the world is, or is written (100,000 × 50,000)")
    parser.add_argument("--users", type=int, default=100_000, help="for batch: how many of them are answered")
    parser.add_argument("--peer", type=Path, help="for batch: a Python that has implicit")
    options = parser.parse_args()
    for folder in options.bundle:
        if options.drawn and not (folder / "manifest.json").is_file():
            from serving_world import write_world

            write_world(folder, DRAWN_USERS, options.drawn, *DRAWN_DIMENSIONS, indexed=True)
        if "latency" in options.what:
            latency(Engine.load(folder))
        if "recall" in options.what:
            recall(folder, options.catalogue)
        if "memory" in options.what:
            memory(folder)
        if "threads" in options.what:
            threads(Engine.load(folder), options.calls)
    if "batch" in options.what:
        if options.world is None:
            parser.error("batch needs --world")
        batch(options.world, options.users, options.peer)


if __name__ == "__main__":
    main()
