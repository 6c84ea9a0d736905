"""A batch for everyone beside the bare loop and implicit's `recommend`, each in a process of its own."""

import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

K = 100
SIZE = (100_000, 50_000, 64, 64)  # users, songs, dimensions of the towers and of least squares

_START = """
import resource, sys, time
import numpy as np
def said(name, began, worked):
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    print(name, round(wall, 2), round(cpu, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
_OURS = """
import os, pathlib
from engine import Engine
from engine.retrieval.top_k import top_k_of_rows
from engine.serving.batch_file import recommend_to_file
folder, users, out, k = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
engine = Engine.load(folder)
top_k_of_rows(np.zeros((1, 5), np.float32), 2)
began, worked = time.perf_counter(), time.process_time()
recommend_to_file(engine, np.arange(users), k, out / "r.parquet")
said("lhydra", began, worked)
began, worked = time.perf_counter(), time.process_time()
_, reused = recommend_to_file(engine, np.arange(users), k, out / "r.parquet")
said("again, nothing changed", began, worked)
np.save(out / "users.npy", engine.user_vectors(np.arange(users)))
"""
_BARE = """
folder, out, k, ours = sys.argv[1], sys.argv[3], int(sys.argv[4]), sys.argv[5] == "ours"
songs, users = np.load(f"{folder}/song_vectors.npy"), np.load(f"{out}/users.npy")
if ours:
    from engine.retrieval.top_k import top_k_of_rows
    top_k_of_rows(np.zeros((1, 5), np.float32), 2)
began, worked = time.perf_counter(), time.process_time()
for start in range(0, len(users), 400):
    scores = users[start : start + 400] @ songs.T
    if ours:
        top_k_of_rows(scores, k)
    else:
        best = np.argpartition(-scores, k, axis=1)[:, :k]
        values = np.take_along_axis(scores, best, axis=1)
        np.take_along_axis(best, np.argsort(-values, axis=1), axis=1)
said("bare loop, compiled top-k" if ours else "bare loop, numpy's argpartition", began, worked)
"""
_PEER = """
import implicit.cpu.als
from scipy.sparse import csr_matrix
import pandas as pd
folder, count, out, k = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
songs, users = np.load(f"{folder}/song_vectors.npy"), np.load(f"{out}/users.npy")
plays = pd.read_parquet(f"{folder}/history.parquet", columns=["user_index", "song_index"])
plays = plays[plays["user_index"] < count]
heard = csr_matrix((np.ones(len(plays), np.float32), (plays["user_index"], plays["song_index"])), (count, len(songs)))
model = implicit.cpu.als.AlternatingLeastSquares(factors=songs.shape[1])
model.user_factors, model.item_factors = users, songs
began, worked = time.perf_counter(), time.process_time()
for start in range(0, count, 4096):
    at = np.arange(start, min(start + 4096, count))
    model.recommend(at, heard[at], N=k, filter_already_liked_items=True)
said("implicit's recommend", began, worked)
"""


def batch(world: Path, users: int, peer: Path | None) -> None:
    """Answer `users` users of a world, k = 100, and print seconds, memory and ratios."""
    if not (world / "manifest.json").is_file():
        from serving_world import write_world

        # In a process of its own: Linux counts what one held when it started another as held by that one too.
        writing = get_context("spawn").Process(target=write_world, args=(world, *SIZE, False))
        writing.start()
        writing.join()
        if writing.exitcode:
            sys.exit(writing.exitcode)
    print(f"\nbatch: {users:,} users of {world.name}, k = {K}")
    with tempfile.TemporaryDirectory() as out:
        runs = [
            (Path(sys.executable), _OURS, ""),
            (Path(sys.executable), _BARE, ""),
            (Path(sys.executable), _BARE, "ours"),
        ]
        runs += [(peer, _PEER, "")] if peer is not None else []
        found: dict[str, tuple[float, float, int]] = {}
        for python, program, how in runs:
            command = [str(python), "-c", _START + program, str(world), str(users), out, str(K), how]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            for line in done.stdout.splitlines():
                *name, wall, worked, held = line.split()
                found[" ".join(name)] = float(wall), float(worked), int(held)
    ours = found["lhydra"]
    for label, (wall, worked, held) in found.items():
        ratios = f"our speed over its: {wall / ours[0]:.2f} (processor {worked / ours[1]:.2f})"
        print(f"{label}: {wall:.1f} s, processor {worked:.1f} s, peak {held:,} MB; {ratios}")
