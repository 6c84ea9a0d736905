"""Measure explanations: do they add up, agree, matter, need the trained weights, name the true reasons, and how fast.

For each bundle: random listeners with one of their first ten recommendations each. Deletion and insertion are areas
under curves as shares of what is explained, beside ten random orders of the same parts; differences are paired by pair
and bootstrapped. Of a bundle of a simulated world, `--truth SEED` says the seed of its world, and attributions are held
against the tastes behind its plays. `--fresh` times a first explanation in processes of their own.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from explain_truth import Truth, truth_of

from engine import Engine
from engine.evaluation.bootstrap import mean_intervals
from engine.explain.ask import explainer_of
from engine.explain.explanation import ANY_SONG, HISTORY
from engine.explain.faithfulness import areas, rank_correlation
from engine.explain.questions import FEATURE_ABLATION, GRADIENT_SHAP, INTEGRATED_GRADIENTS
from engine.explain.score import PresenceScore

BASELINE = ("average", "average")
TOP, LEAST_HEARD = 10, 10
DEMOGRAPHICS = ("age", "gender", "country")
FIRST = """
import sys, time
began = time.perf_counter()
from engine import Engine
engine = Engine.load(sys.argv[1])
song = engine.recommend(sys.argv[2], k=1)["song_id"].iloc[0]
ready = time.perf_counter()
engine.explain(sys.argv[2], song)
print(ready - began, time.perf_counter() - ready)
"""


def main() -> None:
    """Measure each bundle and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", type=Path, nargs="*", help="folders of bundles")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=int, help="the bundles are of simulated worlds of this seed")
    parser.add_argument("--fresh", type=int, default=0, help="fresh processes to time a first explanation in")
    arguments = parser.parse_args()
    for bundle in arguments.bundles:
        engine = Engine.load(bundle)
        rng = np.random.default_rng(arguments.seed)
        print(f"{bundle.name}: {len(engine.users):,} users, {len(engine.songs):,} songs; ", end="")
        print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        pairs = drawn(engine, arguments.pairs, rng)
        measured(engine, pairs, rng)
        if arguments.truth is not None:
            against_truth(engine, truth_of(len(engine.users), len(engine.songs), arguments.truth), rng, arguments.pairs)
        for _ in range(arguments.fresh):
            fresh(bundle, pairs[0][0])


def drawn(engine: Engine, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw listeners with a history, and of each one of the first recommendations."""
    users = rng.permutation(np.flatnonzero(engine.histories.counts > 0))[:count]
    names = [str(engine.users["user_id"].array[user]) for user in users]
    return [(name, str(engine.recommend(name, k=TOP)["song_id"].iloc[rng.integers(TOP)])) for name in names]


def measured(engine: Engine, pairs: list[tuple[str, str]], rng: np.random.Generator) -> None:
    """Print completeness, agreement, curves, the check with shuffled weights, and seconds."""
    explainer = explainer_of(engine)
    blank = explainer.with_random_weights(0)
    engine.explain(*pairs[0])  # what loads once isn't timed here
    errors, same, alike, height, blanks, both, seconds = [], [], [], [], [], [], []
    for user, song in pairs:
        began = time.perf_counter()
        found = engine.explain(user, song)
        seconds.append(time.perf_counter() - began)
        others = [engine.explain(user, song, method=method) for method in (FEATURE_ABLATION, GRADIENT_SHAP)]
        errors.append([found.completeness_error, others[1].completeness_error])
        tops = [set(one.largest()) for one in (found, *others)]
        same.append([len(tops[0] & top) / 3 for top in tops[1:]])
        sizes = [one.groups.set_index("name")["attribution"].drop(ANY_SONG) for one in (found, *others)]
        first = sizes[0]
        alike.append([rank_correlation(first.to_numpy(), o.reindex(first.index).to_numpy()) for o in sizes[1:]])
        asked = engine.listener(user), engine.song_position(song)
        score, _ = explainer.score(*asked, BASELINE)
        each = explainer.explain(*asked, INTEGRATED_GRADIENTS, BASELINE).found.each
        height.append(list(vars(areas(score, each, rng)).values()))
        learnt_nothing = blank.explain(*asked, INTEGRATED_GRADIENTS, BASELINE).found.each
        blanks.append(rank_correlation(each, learnt_nothing))
        ends = from_both_ends(score, explainer.names)
        both.append(len(tops[0] & set(sorted(ends, key=lambda name: -abs(ends[name]))[:3])) / 3)
    deletion, insertion, random_deletion, random_insertion = np.array(height).T
    worst, same_, alike_ = np.max(errors, axis=0), np.array(same), np.array(alike)
    print(f"  {len(pairs)} pairs; completeness error at most {worst[0]:.1e} (gradient SHAP {worst[1]:.1e})")
    for place, name in enumerate(("ablation", "gradient SHAP")):
        print(
            f"  integrated gradients and {name}: the same three groups first in {(same_[:, place] == 1).mean():.1%} of "
            f"pairs, {same_[:, place].mean():.1%} of them shared; rank correlation {np.nanmean(alike_[:, place]):.3f}"
        )
    print(
        f"  integrated gradients and ablation from both ends: the same three in {np.mean(np.array(both) == 1):.1%}, "
        f"{np.mean(both):.1%} of them shared"
    )
    for name, own, chance, gain in (
        ("deletion", deletion, random_deletion, random_deletion - deletion),
        ("insertion", insertion, random_insertion, insertion - random_insertion),
    ):
        print(f"  {name} {own.mean():.3f}, in random orders {chance.mean():.3f}: {paired(gain)}")
    print(f"  rank correlation with the same network, its weights shuffled: {np.nanmean(blanks):+.3f}")
    p50, p95 = 1_000 * np.percentile(seconds, [50, 95])
    print(f"  one explanation: p50 {p50:.0f} ms, p95 {p95:.0f} ms")


def from_both_ends(score: PresenceScore, names: list[str]) -> dict[str, float]:
    """Take each group away where all are there, put it in where none is, and give the mean by group.

    What two groups do together then is shared by them, as integrated gradients share it; ablation gives it to both.
    """
    songs, count = score.sizes[0], sum(score.sizes)
    mine = torch.zeros(1 + len(names), count, dtype=torch.float64)
    mine[0, :songs] = 1.0
    mine[1:, songs:] = torch.eye(len(names), dtype=torch.float64)
    whole = torch.stack([torch.ones(count), torch.zeros(count)]).double()
    with torch.no_grad():
        full, none = score(whole).tolist()
        shares = ((full - score(1 - mine)) + (score(mine) - none)) / 2
    return dict(zip([HISTORY, *names], shares.tolist(), strict=True))


def against_truth(engine: Engine, truth: Truth, rng: np.random.Generator, count: int) -> None:
    """Print how attributions rank beside what truly moves the listeners of the world."""
    taste = engine.vectors[:, : engine.bundle.manifest["taste_dim"]]
    taste = taste / np.linalg.norm(taste, axis=1, keepdims=True)
    of_songs, of_model = [], []
    users = rng.permutation(np.flatnonzero(engine.histories.counts >= LEAST_HEARD))[:count]
    for user in users:
        name = str(engine.users["user_id"].array[user])
        song = str(engine.recommend(name, k=TOP)["song_id"].iloc[rng.integers(TOP)])
        found, at = engine.explain(name, song).history, engine.song_position(song)
        heard = np.array([engine.song_position(one) for one in found["song_id"]])
        of_songs.append(rank_correlation(found["attribution"].to_numpy(), truth.shared[heard, at]))
        of_model.append(rank_correlation(taste[heard] @ taste[at], truth.shared[heard, at]))
    print(f"  songs of the history, {len(users)} recommendations: Spearman with shared taste {mean_of(of_songs)}")
    print(f"    the model's own likeness of songs, which is as near to the truth as it knows: {mean_of(of_model)}")
    listeners = engine.songs["listeners"].to_numpy() * engine.songs["has_id"].to_numpy()
    played = np.flatnonzero(listeners)
    for which, songs in (
        ("all songs", played),
        ("the more played half", played[np.argsort(-listeners[played])[: len(played) // 2]]),
    ):
        for known in (True, False):
            demographic_effects(engine, truth, rng.choice(songs, count), known, which, rng)


def demographic_effects(
    engine: Engine, truth: Truth, songs: np.ndarray, known: bool, which: str, rng: np.random.Generator
) -> None:
    """Print how the shares of age, gender and country rank beside their true effects, for a listener a song."""
    told = np.flatnonzero(engine.users[list(DEMOGRAPHICS)].notna().all(axis=1))
    shares: dict[str, list[tuple[float, float]]] = {name: [] for name in DEMOGRAPHICS}
    for song, user in zip(songs, rng.permutation(told), strict=False):
        song_id, row = str(engine.songs["song_id"].array[song]), engine.users.iloc[user]
        who = {name: row[name] for name in DEMOGRAPHICS}
        found = engine.explain(row["user_id"], song_id) if known else engine.explain(song_id=song_id, **who)
        groups = found.groups.set_index("name")["attribution"]
        for name in DEMOGRAPHICS:
            shares[name].append((float(groups[name]), float(truth.effects[name][user, song])))
    each = {name: rank_correlation(*np.array(pairs).T) for name, pairs in shares.items()}
    whole = rank_correlation(*np.concatenate([np.array(pairs) for pairs in shares.values()]).T)
    words = ", ".join(f"{name} {value:.2f}" for name, value in each.items())
    whom = "known listeners" if known else "people without a history"
    print(f"  demographic effects, {which}, {whom}: Spearman {whole:.2f} ({words})")


def fresh(bundle: Path, user: str) -> None:
    """Time a first explanation in a process of its own: torch and Captum are loaded in it."""
    command = [sys.executable, "-c", FIRST, str(bundle), user]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    ready, explained = (float(part) for part in done.stdout.split())
    print(f"  a fresh process: engine ready after {ready:.1f} s, the first explanation {explained:.1f} s later")


def paired(differences: np.ndarray) -> str:
    """Write a mean difference with its 95 % interval."""
    low, high = mean_intervals(differences[:, None])
    return f"difference {differences.mean():+.3f} [{low[0]:+.3f}, {high[0]:+.3f}]"


def mean_of(values: list[float]) -> str:
    """Write a mean with its 95 % interval."""
    known = np.array(values)[np.isfinite(values)]
    low, high = mean_intervals(known[:, None])
    return f"{known.mean():.3f} [{low[0]:.3f}, {high[0]:.3f}]"


if __name__ == "__main__":
    main()
