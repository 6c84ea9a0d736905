"""Judge Lhydra beside tuned peers on held-out plays, and print who is best for whom, with paired intervals.

Each set is split by `protocol.py`; the peers are tuned and kept by `peers.py`; the product gets the train part as
tables, is built and asked by its own command line, as anyone would.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: implicit is 10 times slower with many threads

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.peers import CACHE, PEERS, run_peers
from benchmarks.protocol import GROUPS, SETS, Split, across_seeds, compare, data_folder, judge, make_split

ROOT = Path(__file__).resolve().parent.parent
LIST = 50  # songs asked for; more than ten, for new songs are dropped from the warm users' lists
NEW_LIST = 500  # songs nobody has played hold more than those that are judged

Judged = dict[str, dict[str, list[pd.Series]]]
"""`{group: {model: [NDCG@10 by user, one a seed]}}`."""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER", help="by default all")
    parser.add_argument("--set", action="append", default=[], help="a setting of the product, such as model.dim=128")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the peers' results lie; default: %(default)s")
    parser.add_argument("--python", default=default_python(), help="the Python that runs the product")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--peers-only", action="store_true")
    only.add_argument("--product-only", action="store_true")
    arguments = parser.parse_args()

    rows: list[dict[str, str]] = []
    for name in arguments.sets:
        if not (data_folder() / name).is_dir():
            print(f"{name}: not at {data_folder()} (LHYDRA_DATA)")
            continue
        peers: Judged = {}
        product: Judged = {}
        first = make_split(name, arguments.seeds[0])
        for seed in arguments.seeds:
            split = first if seed == first.seed else make_split(name, seed)
            if not arguments.product_only:
                for group, found in run_peers(split, arguments.cache, arguments.peers, first).items():
                    for peer, ndcg in found.items():
                        peers.setdefault(group, {}).setdefault(peer, []).append(ndcg)
            if not arguments.peers_only:
                for group, ndcg in run_product(split, arguments.groups, arguments.set, arguments.python).items():
                    product.setdefault(group, {}).setdefault("lhydra", []).append(ndcg)
        for group in arguments.groups:
            if group in peers or group in product:
                if arguments.peers_only:
                    rows += all_peers(name, group, peers[group])
                else:
                    rows.append(compared(name, group, peers.get(group, {}), product[group]["lhydra"]))
    if rows:
        print("\n" + table(rows))


def default_python() -> str:
    """The project's own environment if it is there, else the Python that runs this."""
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def run_product(split: Split, groups: list[str], settings: list[str], python: str) -> dict[str, pd.Series]:
    """Build Lhydra on the train part, ask it for everyone's lists, and judge them by group."""
    began = time.perf_counter()
    judged: dict[str, pd.Series] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables, bundle = folder / "tables", folder / "bundle"
        split.write(tables)
        sets = [word for pair in settings for word in ("--set", pair)]
        engine(python, "build", "--source", "tables", "--data", tables, "--out", bundle, "--quiet", *sets)
        for new in (False, True):
            asked = [group for group in groups if group in split.groups and (group == "new_songs") == new]
            if not asked:
                continue
            out = folder / f"lists-{new}.parquet"
            options = ["-k", NEW_LIST, "--only-new-songs"] if new else ["-k", LIST]
            engine(python, "recommend", "--bundle", bundle, "--users", "all", "--out", out, "--quiet", *options)
            lists = pd.read_parquet(out)
            judged |= {group: judge(lists, split, group) for group in asked}
    text = ", ".join(f"{group} {ndcg.mean():.4f}" for group, ndcg in judged.items())
    print(f"{split.name} seed {split.seed} lhydra: {text} ({time.perf_counter() - began:.0f} s)", flush=True)
    return judged


def engine(python: str, *words: str | int | Path) -> None:
    """Run one of the product's commands; its error message ends this run."""
    command = [python, "-m", "engine", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def compared(name: str, group: str, peers: dict[str, list[pd.Series]], product: list[pd.Series]) -> dict[str, str]:
    """One row: Lhydra beside the peer that is best on the test part itself, which favours the peers."""
    ours = across_seeds(product)
    row = {"set": name, "group": group, "users": f"{len(ours):,}", "best peer": "", "peer": "", "lhydra": ""}
    row["lhydra"] = f"{ours.mean():.4f}"
    if not peers:
        return row
    means = {peer: across_seeds(ndcg) for peer, ndcg in peers.items()}
    best = max(means, key=lambda peer: means[peer].mean())
    difference = compare(ours, means[best])
    row |= {"best peer": best, "peer": f"{means[best].mean():.4f}"}
    row["relative"] = f"{100 * difference.mean / max(float(means[best].mean()), 1e-9):+.1f} %"
    row["difference [95 %]"] = f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
    return row


def all_peers(name: str, group: str, peers: dict[str, list[pd.Series]]) -> list[dict[str, str]]:
    """One row a peer, the best first."""
    means = {peer: across_seeds(ndcg) for peer, ndcg in peers.items()}
    ranked = sorted(means.items(), key=lambda item: -item[1].mean())
    return [
        {"set": name, "group": group, "users": f"{len(ndcg):,}", "peer": peer, "ndcg@10": f"{ndcg.mean():.4f}"}
        for peer, ndcg in ranked
    ]


def table(rows: list[dict[str, str]]) -> str:
    """Lay rows out as a Markdown table."""
    columns = list(max(rows, key=len))
    lines = [columns, ["---"] * len(columns), *([row.get(column, "") for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
