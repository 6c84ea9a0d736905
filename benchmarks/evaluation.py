"""What an evaluation costs and whether its intervals hold: coverage on simulated users, seconds, memory at size.

Each part runs by itself: `coverage`, `alarms`, `bootstrap`, `lastfm15k` (a bundle of it, or built first) and `large`.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from engine.build import build
from engine.config import load_settings
from engine.data.heat import HALF_LIVES
from engine.data.split import TEST, TRAIN, VALID
from engine.evaluation import baselines, slices
from engine.evaluation.bootstrap import grouped_means, mean_intervals, percentile_interval
from engine.evaluation.evaluate import evaluate
from engine.evaluation.judged import Judged, rank
from engine.publish_evaluation import evaluate_again, judged_of
from engine.serving.bundle import open_bundle

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("coverage", "alarms", "bootstrap", "lastfm15k", "large")
REPETITIONS = 500
WORLDS = 200
WIDTH = 64  # of the vectors that stand for a model


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--bundle", type=Path, help="a bundle of lastfm15k; default: build one")
    parser.add_argument("--users", type=int, default=200_000, help="of large")
    parser.add_argument("--songs", type=int, default=200_000, help="of large")
    parser.add_argument("--plays", type=int, default=6_000_000, help="of large")
    parser.add_argument(
        "--baseline", choices=list(baselines.FAST), help="of large: fit this one alone, and rank with it"
    )
    parser.add_argument("--judged", type=int, default=20_000, help="users of large who have test plays")
    arguments = parser.parse_args()
    for part in arguments.parts or PARTS:
        if part == "coverage":
            coverage()
        elif part == "alarms":
            alarms()
        elif part == "bootstrap":
            bootstrap()
        elif part == "lastfm15k":
            lastfm15k(arguments.bundle)
        elif part == "large":
            size = arguments.users, arguments.songs, arguments.plays, arguments.judged
            large(*size) if arguments.baseline is None else alone(*size, arguments.baseline)
        else:
            parser.error(f"no part {part!r}; there are {', '.join(PARTS)}")


def coverage() -> None:
    """Count how often 95 % intervals hold the truth, for values as ranking metrics have them: zeros and a tail."""
    rng = np.random.default_rng(0)

    def values(users: int, zeros: float = 0.55) -> np.ndarray:  # (1 − zeros) / 3 on average
        return np.where(rng.random(users) < zeros, 0.0, rng.beta(1, 2, users))

    def mean(users: int) -> bool:
        low, high = mean_intervals(values(users)[:, None], 2_000, seed=int(rng.integers(2**31)))
        return bool(low[0] <= 0.15 <= high[0])

    def paired(users: int) -> bool:
        # A second model changes some of what the first one does to a user: by .03 on average.
        ours = values(users)
        changed = np.where(rng.random(users) < 0.3, rng.normal(0.1, 0.2, users), 0.0)
        low, high = mean_intervals((ours - (ours - changed))[:, None], 2_000, seed=int(rng.integers(2**31)))
        return bool(low[0] <= 0.03 <= high[0])

    def cohort(users: int) -> bool:
        codes = np.repeat([0, 1], [users, 1_000])
        both = np.concatenate([values(users, 0.7), values(1_000)])[:, None]
        inside, outside = grouped_means(both, codes, 2, 2_000, int(rng.integers(2**31)))
        low, high = percentile_interval((inside - outside)[0], users)
        return bool(low[0] <= 0.3 / 3 - 0.15 <= high[0])

    print(f"coverage of 95 % intervals, {REPETITIONS} repetitions (so 95.0 ± 1.9 by chance alone)")
    what: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("a mean", mean),
        ("a paired difference", paired),
        ("a cohort's difference from 1,000 others", cohort),
    )
    for words, holds in what:
        for users in (30, 100, 300, 1_000):
            share = np.mean([holds(users) for _ in range(REPETITIONS)])
            print(f"  {words}, {users:,} users: {share:.1%}")


def alarms() -> None:
    """Count worlds in which a weak slice is reported, where there is none and where one has been planted."""
    slices.SHUFFLES = 199  # a fifth of the time, and the same level
    reported = {"values have nothing to do with who users are": 0, "slices vary differently": 0, "one is planted": 0}
    hits = 0
    for seed in range(WORLDS):
        rng = np.random.default_rng(1_000 + seed)
        users = 400
        members = pd.DataFrame(
            {
                "user_id": [f"u{number}" for number in range(users)],
                "gender": rng.choice(["f", "m"], users, p=[0.4, 0.6]),
                "country": rng.choice(["Ghana", "Peru", "Poland", "Japan"], users, p=[0.1, 0.2, 0.3, 0.4]),
                "age_band": rng.choice(["18–24", "25–34", "35–44"], users),
                "activity": rng.choice(["light", "heavy"], users),
            }
        )
        none = pd.Series(np.where(rng.random(users) < 0.4, 0, rng.beta(1, 3, users)), index=members["user_id"])
        light = (members["activity"] == "light").to_numpy()
        spread = none.copy()
        spread[light] = none.mean() + (none[light] - none[light].mean()) * rng.uniform(1.5, 2)
        spread[~light] += spread[light].mean() - spread[~light].mean()
        planted = none.copy()
        planted[((members["country"] == "Japan") & (members["gender"] == "f")).to_numpy()] *= 0.3
        for words, values in zip(reported, (none, spread, planted), strict=True):
            table = slices.weak_slices(values, members, seed=seed).table
            reported[words] += len(table) > 0
            if values is planted:
                wanted = {"gender": "f", "country": "Japan"}
                hits += any(json.loads(text) == wanted for text in table["attributes"])
    for words, count in reported.items():
        print(f"a weak slice is reported in {count} of {WORLDS} worlds where {words}")
    print(f"  the planted one itself in {hits}")


def bootstrap() -> None:
    """Time 10,000 draws for 20,000 users, of one metric and of twenty."""
    for columns in (1, 20):
        values = np.random.default_rng(0).beta(0.3, 1, (20_000, columns))
        seconds, cpu = min(_timed(lambda values=values: mean_intervals(values, 10_000)) for _ in range(3))
        print(f"10,000 draws, 20,000 users, {columns} metrics: {seconds:.2f} s ({cpu:.2f} s of processor time)")


def lastfm15k(bundle: Path | None) -> None:
    """Time `evaluate` with fast baselines on 15,000 users and 1,004 songs, every song ranked for every user."""
    data = Path(os.environ.get("LHYDRA_DATA") or ROOT.parent / "shared" / "data") / "lastfm15k"
    with tempfile.TemporaryDirectory() as folder:
        if bundle is None:
            if not data.is_dir():
                print(f"lastfm15k: not at {data} (set LHYDRA_DATA)")
                return
            bundle = Path(folder) / "lastfm15k"
            build("tables", data, bundle, load_settings(None, ["evaluation.baselines=none"]))
        seconds, cpu = _timed(lambda: evaluate_again(bundle, "fast"))
        judged, _ = judged_of(open_bundle(bundle))
        size = f"{len(judged.users):,} users, {len(judged.songs):,} songs"
        print(f"evaluate --baselines fast, {size}: {seconds:.0f} s ({cpu:.0f} s of processor time, all threads)")


def large(users: int, songs: int, plays: int, judged: int) -> None:
    """Evaluate vectors that mean nothing, and fast baselines, on users and songs by the hundred thousand.

    What grows with users times songs is held in blocks, so the memory is that of the plays, the lists and one block.
    """
    world = _world(users, songs, plays, judged)
    rng = np.random.default_rng(1)
    ours, theirs = (rng.normal(size=(count, WIDTH)).astype(np.float32) for count in (users, songs))
    before = _peak_gb()
    began = time.perf_counter(), time.process_time()

    def say(text: str) -> None:
        taken, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        print(f"  {taken:6.0f} s, {cpu:6.0f} s of processor time, peak {_peak_gb():.2f} GB: {text}", flush=True)

    lists = rank(world, lambda chosen: ours[chosen] @ theirs.T)
    say("ranked with the vectors")
    found = evaluate(world, lists, "fast", say=say)
    say("done")
    size = f"{users:,} users, {songs:,} songs, {len(world.plays):,} plays, {found.summary['users']:,} judged"
    print(f"{size}: peak {_peak_gb():.2f} GB, {before:.2f} of them before it began")


def alone(users: int, songs: int, plays: int, judged: int, name: str) -> None:
    """Tune one baseline by itself on such a world and rank with it: what it costs where nothing else is held."""
    world = _world(users, songs, plays, judged)
    before, began = _peak_gb(), time.process_time()
    task = baselines.Task(
        world.train, world.valid, songs, world.heat, say=lambda text: print(f"  {text}, peak {_peak_gb():.2f} GB")
    )
    fitted = baselines.fit(name, task)
    if fitted is None:
        print(f"{name}: the data lack what it needs")
        return
    print(f"  tuned after {time.process_time() - began:.0f} s of processor time, peak {_peak_gb():.2f} GB")
    rank(world, fitted.scorer)
    taken = time.process_time() - began
    size = f"{users:,} users, {songs:,} songs, {len(world.plays):,} plays, {judged:,} ranked"
    memory = f"peak {_peak_gb():.2f} GB, {before:.2f} of them before it began"
    print(f"{name}, {size}: {memory}, {taken:.0f} s of processor time")
    print(f"  {fitted.settings}")


def _world(users: int, songs: int, plays: int, judged: int) -> Judged:
    """Plays by a long tail of songs, of all users; test plays of the judged alone."""
    rng = np.random.default_rng(0)
    user = rng.integers(0, users, plays)
    song = np.minimum((songs * rng.random(plays) ** 3).astype(np.int64), songs - 1)
    pairs = np.unique(user * songs + song)
    user, song = pairs // songs, pairs % songs
    chance = rng.random(len(pairs))
    part = np.where(chance < 0.1, VALID, TRAIN)
    part[(chance > 0.9) & (user < judged)] = TEST
    when = pd.to_datetime("2026-01-01") + pd.to_timedelta(part * 30, unit="D")
    frame = pd.DataFrame({"user_index": user, "song_index": song, "part": part, "play_count": 1.0, "played_at": when})
    people = pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in range(users)],
            "age": rng.integers(15, 70, users).astype(np.float64),
            "gender": rng.choice(["f", "m"], users),
            "country": rng.choice([f"country {number}" for number in range(60)], users),
            "signed_up_at": pd.Series([pd.NaT] * users, dtype="datetime64[us, UTC]"),
        }
    )
    genres = rng.choice(["rock", "pop", "jazz", "soul", "folk"], songs)
    catalogue = pd.DataFrame({"song_id": [f"s{number}" for number in range(songs)], "genres": genres})
    heat = rng.random((songs, len(HALF_LIVES))).astype(np.float32)
    return Judged(people, catalogue, frame.assign(first_played_at=when), heat, "temporal")


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    began = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
