"""Compare HNSW with exact search on a bundle's own songs and held-out listeners: recall, and time as a ratio."""

import argparse
import time
from pathlib import Path

import numpy as np

from engine.config import RetrievalSettings
from engine.maintain import held_out_queries
from engine.retrieval import ExactIndex, build_hnsw
from engine.serving.bundle import VECTORS, open_bundle


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("artifacts/demo"))
    bundle = open_bundle(parser.parse_args().bundle)
    vectors = np.load(bundle.path(VECTORS), allow_pickle=False)
    queries = held_out_queries(bundle)
    began = time.perf_counter()
    index = build_hnsw(vectors, queries, RetrievalSettings(exact_below=0))
    built = time.perf_counter() - began
    exact = ExactIndex(vectors)

    def median_ms(search) -> float:
        taken = []
        for query in queries:
            began = time.perf_counter()
            search(query, 20)
            taken.append(time.perf_counter() - began)
        return float(np.median(taken)) * 1000

    slow, fast = median_ms(exact.search), median_ms(index.search)
    m = index.measured
    print(f"{m.songs:,} songs, {m.dim} dimensions, {m.queries} listeners, one thread")
    print(f"recall@{m.k} {m.recall:.4f} (lower 95 % bound {m.recall_low:.4f}) at ef {m.ef}; built in {built:.1f} s")
    print(f"exact {slow:.3f} ms, HNSW {fast:.3f} ms: ratio {fast / slow:.2f}")


if __name__ == "__main__":
    main()
