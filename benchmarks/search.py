"""Song search beside five peers: recall by class of error, time, memory, on real songs and on a hard million.

Every engine runs alone in a fresh process and answers one query at a time. A slow one answers as many of the
shuffled queries as fit in `--seconds`.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.search_catalogue import hard_catalogue, read_misspellings, read_songs
from benchmarks.search_nonsense import build_nonsense, hostile
from benchmarks.search_peers import CONTENDERS, Lhydra
from benchmarks.search_queries import Asked, Song, build_queries, is_right

ROOT = Path(__file__).resolve().parent.parent
K = 10
MILLION = 1_000_000


def main() -> None:
    """Measure and print, or be one engine's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--sets", nargs="*", choices=("real", "hard"), default=["real", "hard"])
    parser.add_argument("--per-kind", type=int, default=200, help="queries of each class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60.0, help="time for an engine's queries")
    parser.add_argument("--misses", type=int, default=0, help="show this many of the first engine's misses a class")
    parser.add_argument("--process", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.process:
        _answer(arguments.process[0], Path(arguments.process[1]), arguments.seconds)
        return
    folder = Path(os.environ.get("LHYDRA_DATA") or ROOT.parent / "shared" / "data") / "catalogue"
    if not folder.is_dir():
        sys.exit(f"{folder} is missing: set LHYDRA_DATA to the folder of the real data sets")
    songs = read_songs(folder)
    misspellings = read_misspellings(folder)
    asked = build_queries(songs, misspellings, arguments.per_kind, arguments.seed)
    words = sorted(word for word in misspellings if word.isalpha())
    nonsense = build_nonsense(songs, words, arguments.per_kind, arguments.seed)
    for name in arguments.sets:
        catalogue = songs if name == "real" else hard_catalogue(songs, [a.song for a in asked], MILLION, arguments.seed)
        print(f"\n{name}: {len(catalogue):,} songs, {len(asked):,} queries, seed {arguments.seed}", flush=True)
        with tempfile.TemporaryDirectory() as work:
            task = {"songs": catalogue, "queries": [a.text for a in asked], "nonsense": nonsense, "hostile": hostile()}
            (Path(work) / "task.json").write_text(json.dumps(task), encoding="utf-8")
            results = {}
            for engine in arguments.engines:
                command = [sys.executable, "-m", "benchmarks.search", "--process", engine, work]
                ran = subprocess.run([*command, "--seconds", str(arguments.seconds)], cwd=ROOT, check=False)
                if ran.returncode:
                    print(f"{engine}: failed with status {ran.returncode}")
                    continue
                results[engine] = json.loads((Path(work) / f"{engine}.json").read_text())
        _report(asked, catalogue, results)
        if arguments.misses:
            _show_misses(asked, catalogue, results[arguments.engines[0]]["found"], arguments.misses)


def _answer(engine: str, work: Path, seconds: float) -> None:
    """Build, load and ask one engine; write what it found and what it took."""
    task = json.loads((work / "task.json").read_text(encoding="utf-8"))
    songs: list[Song] = [(title, artist) for title, artist in task["songs"]]
    queries, nonsense, hostile_texts = task["queries"], task["nonsense"], task["hostile"]
    del task
    contender = CONTENDERS[engine]()
    (work / engine).mkdir()
    gc.collect()
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident now
    began, worked = time.perf_counter(), time.process_time()
    contender.build(songs, work / engine)
    took = {"build_s": time.perf_counter() - began, "build_cpu_s": time.process_time() - worked}
    took["build_peak_mb"] = _memory("VmHWM") - before
    began = time.perf_counter()
    if contender.reload(songs, work / engine):
        took["load_s"] = time.perf_counter() - began
    gc.collect()
    for text in queries[:20]:
        contender.search(text, K)
    found, ms, cpu_ms = [], [], []
    end = time.perf_counter() + seconds
    for text in queries:
        began, worked = time.perf_counter(), time.process_time()
        hits = contender.search(text, K)
        ms.append((time.perf_counter() - began) * 1000)
        cpu_ms.append((time.process_time() - worked) * 1000)
        found.append(hits)
        if time.perf_counter() > end:
            break
    took["held_mb"] = _memory("VmRSS") - before
    answers = {"found": found, "ms": ms, "cpu_ms": cpu_ms, "took": took}
    if isinstance(contender, Lhydra):
        answers["sure"] = [contender.sure(text) for text in queries]
        answers["unsure"] = {kind: np.mean([not contender.sure(t) for t in some]) for kind, some in nonsense.items()}
        hostile_ms = []
        for text in hostile_texts:  # one that raises ends the process
            began = time.process_time()
            contender.search(text, K)
            hostile_ms.append((time.process_time() - began) * 1000)
        answers["hostile_ms"] = hostile_ms
    (work / f"{engine}.json").write_text(json.dumps(answers))


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def _ranks(asked: list[Asked], songs: list[Song], found: list[list[int]]) -> list[int]:
    """Give the place of the first right answer of each query, 0 where there is none."""
    ranks = []
    for query, hits in zip(asked, found, strict=False):
        right = [is_right(query, songs[query.song], songs[hit]) for hit in hits]
        ranks.append(right.index(True) + 1 if True in right else 0)
    return ranks


def _report(asked: list[Asked], songs: list[Song], results: dict[str, dict]) -> None:
    ranks = {engine: _ranks(asked, songs, result["found"]) for engine, result in results.items()}
    print(f"{'recall@1 / recall@10':22}" + "".join(f"{engine:>16}" for engine in ranks))
    kinds = sorted({query.kind for query in asked})
    for kind in ["all", *kinds]:
        cells = []
        for of_engine in ranks.values():
            some = [r for query, r in zip(asked, of_engine, strict=False) if kind in ("all", query.kind)]
            first, ten = sum(r == 1 for r in some), sum(r > 0 for r in some)
            cells.append(f"{first / len(some):.3f} / {ten / len(some):.3f}" if some else "")
        print(f"{kind:22}" + "".join(f"{cell:>16}" for cell in cells))
    print(f"{'queries answered':22}" + "".join(f"{len(result['ms']):>16,}" for result in results.values()))
    for label, of in (("ms", "ms"), ("CPU ms", "cpu_ms")):
        for share in (50, 99, 100):
            cells = [f"{np.percentile(result[of], share):.2f}" for result in results.values()]
            print(f"{f'{label} p{share}':22}" + "".join(f"{cell:>16}" for cell in cells))
    for name in ("build_s", "build_cpu_s", "load_s", "build_peak_mb", "held_mb"):
        cells = [f"{result['took'][name]:.2f}" if name in result["took"] else "-" for result in results.values()]
        print(f"{name:22}" + "".join(f"{cell:>16}" for cell in cells))
    if "lhydra" in results:
        ours = results["lhydra"]
        right = [sure for sure, rank in zip(ours["sure"], ranks["lhydra"], strict=False) if rank == 1]
        flagged = ", ".join(f"{kind} {share:.3f}" for kind, share in ours["unsure"].items())
        print(f"nonsense flagged: {flagged}; right answers lost: {1 - np.mean(right):.4f}")
        worst = max(ours["hostile_ms"]) / np.percentile(ours["cpu_ms"], 99)
        print(f"{len(ours['hostile_ms'])} hostile strings: no error, the slowest {worst:.1f} times p99")
    if {"lhydra", "tantivy"} <= results.keys():
        ours, theirs = results["lhydra"], results["tantivy"]
        for of in ("ms", "cpu_ms"):
            ratios = [np.percentile(ours[of], share) / np.percentile(theirs[of], share) for share in (50, 99)]
            print(f"lhydra over tantivy, {of}: p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f}")
        for name in ("build_s", "build_cpu_s", "build_peak_mb", "held_mb"):
            print(f"lhydra over tantivy, {name}: {ours['took'][name] / theirs['took'][name]:.2f}")


def _show_misses(asked: list[Asked], songs: list[Song], found: list[list[int]], most: int) -> None:
    missed: dict[str, list[str]] = defaultdict(list)
    for query, hits, rank in zip(asked, found, _ranks(asked, songs, found), strict=False):
        if rank != 1:
            first = " | ".join(songs[hits[0]]) if hits else "nothing"
            missed[query.kind].append(f"  {rank:2} {query.text!r}: {' | '.join(songs[query.song])!r}, not {first!r}")
    for kind, lines in sorted(missed.items()):
        print(f"\n{kind}", *lines[:most], sep="\n")


if __name__ == "__main__":
    main()
