"""Time and memory of `prepare` on plays by the million, beside a bare DuckDB GROUP BY of the same files.

    PYTHONPATH=. python benchmarks/prepare.py [--plays 10000000 100000000] [--format parquet|csv] [--memory 6GB]

The plays are drawn here in a minute or so and deleted afterwards: a long tail of songs, some listeners heavier than
others, two years of times, in no order. They are not the simulated world, which takes longer to invent.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

BLOCK = 1_000_000
START, SPAN = 1_672_531_200, 2 * 365 * 86_400  # 2023-01-01, two years, in seconds


def write_tables(folder: Path, plays: int, users: int, songs: int, text: bool, seed: int = 0) -> Path:
    """Write the three tables; returns the file of plays."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    user_ids = pa.array([f"u{n:07d}" for n in range(users)])
    song_ids = pa.array([f"s{n:06d}" for n in range(songs)])
    countries = np.array(["Ghana", "US", "Brasil", "Japan", "Finland"])
    pq.write_table(
        pa.table(
            {
                "user_id": user_ids,
                "age": rng.integers(0, 110, users),
                "gender": np.array(["m", "Female", ""])[rng.integers(0, 3, users)],
                "country": countries[rng.integers(0, 5, users)],
                "signed_up_at": (START - rng.integers(0, SPAN, users)).astype("datetime64[s]"),
            }
        ),
        folder / "users.parquet",
    )
    words = np.array(["night", "river", "gold", "city", "heart", "rain", "fire", "Žena", "été", "blue"])
    pq.write_table(
        pa.table(
            {
                "song_id": song_ids,
                "title": [" ".join(row) for row in words[rng.integers(0, 10, (songs, 4))]],
                "artist": [f"artist {n}" for n in rng.integers(0, songs // 10 + 1, songs)],
                "genres": [f"g{n % 23}|g{n % 7}" for n in range(songs)],
                "release_year": rng.integers(1960, 2024, songs),
                "duration_ms": rng.integers(60_000, 400_000, songs),
                "energy": rng.random(songs),
                "tempo": rng.normal(120, 25, songs),
            }
        ),
        folder / "songs.parquet",
    )
    path = folder / ("plays.csv" if text else "plays.parquet")
    schema = pa.schema(
        [
            ("user_id", pa.string()),
            ("song_id", pa.string()),
            ("play_count", pa.int64()),
            ("played_at", pa.timestamp("s")),
        ]
    )
    writer = pc.CSVWriter(path, schema) if text else pq.ParquetWriter(path, schema)
    with writer:
        for start in range(0, plays, BLOCK):
            rows = min(BLOCK, plays - start)
            who = (users * rng.random(rows) ** 2).astype(np.int32)
            what = (songs * rng.random(rows) ** 3).astype(np.int32)
            when = (START + rng.integers(0, SPAN, rows)).astype("datetime64[s]")
            columns = [
                user_ids.take(pa.array(who)),
                song_ids.take(pa.array(what)),
                pa.array(np.ones(rows, np.int64)),
                when,
            ]
            writer.write_table(pa.table(columns, schema=schema))
    return path


def bare_group_by(path: Path) -> float:
    """Seconds that DuckDB takes to count the plays of each user, the least that any preparation has to do."""
    read = "read_csv" if path.suffix == ".csv" else "read_parquet"
    began = time.perf_counter()
    with duckdb.connect() as con:
        con.execute(f"SELECT user_id, count(*) FROM {read}(?) GROUP BY user_id", [str(path)]).fetchnumpy()
    return time.perf_counter() - began


def prepare(folder: Path, out: Path, memory: str) -> tuple[float, float]:
    """Seconds and peak resident memory in GB of `python -m engine prepare`."""
    command = ["prepare", "--source", "tables", "--data", str(folder), "--out", str(out), "--memory", memory, "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "engine", *command])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"prepare failed with {status}")
    return time.perf_counter() - began, usage.ru_maxrss / 1e6


def main() -> None:
    """Print a row for each number of plays, and how time per play grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plays", type=int, nargs="+", default=[10_000_000, 100_000_000])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--songs", type=int, default=200_000)
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--memory", default="6GB")
    options = parser.parse_args()
    per_play = []
    print(f"{'plays':>12} {'seconds':>8} {'us/play':>8} {'peak GB':>8} {'GROUP BY s':>10} {'ratio':>6}")
    for plays in options.plays:
        with tempfile.TemporaryDirectory(prefix="lhydra-prepare-", dir=os.environ.get("TMPDIR", "/tmp")) as name:
            folder = Path(name)
            path = write_tables(folder / "tables", plays, options.users, options.songs, options.format == "csv")
            bare = min(bare_group_by(path) for _ in range(2))
            seconds, peak = prepare(folder / "tables", folder / "prepared", options.memory)
        per_play.append(seconds / plays)
        row = f"{plays:>12,} {seconds:>8.1f} {1e6 * seconds / plays:>8.2f} {peak:>8.2f} {bare:>10.2f}"
        print(f"{row} {seconds / bare:>6.1f}", flush=True)
    if len(per_play) > 1:
        print(f"time per play, last over first: {per_play[-1] / per_play[0]:.2f}")


if __name__ == "__main__":
    main()
