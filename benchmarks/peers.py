"""The peers: what each searches among, tuned on an inner split of the train part, judged, and kept in a cache.

A peer is tuned for each group that it is judged on, the delivered list by what is best for warm users; the test part
is looked at once, with what the inner split chose. Results lie in `CACHE/SET/seedN/PEER.json` and `.parquet`.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from benchmarks import peer_content, peer_models
from benchmarks.peer_models import BLOCK_SCORES, Scorer, Train
from benchmarks.protocol import K, Split, inner_split, judge_positions

CACHE = Path.home() / ".cache" / "lhydra-benchmarks"

Params = dict[str, Any]
Trials = Callable[[np.random.Generator], Iterable[Params]]
Refine = Callable[[Params, np.random.Generator], Iterable[Params]]


@dataclass(frozen=True)
class Peer:
    """One peer.

    `trials` are tried first; each of `refine` then tries more around the best so far.
    """

    fit: Callable[..., Scorer]
    groups: tuple[str, ...] = ("warm", "delivered")
    trials: Trials = lambda rng: [{}]
    refine: tuple[Refine, ...] = ()
    suits: Callable[[Split], bool] = lambda split: True


def _grid(**values: Sequence[Any]) -> Trials:
    return lambda rng: [dict(zip(values, point, strict=True)) for point in product(*values.values())]


def _vary(name: str, values: Sequence[Any]) -> Refine:
    return lambda best, rng: [{**best, name: value} for value in values]


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.3g}")


def _nearby(best: Params, rng: np.random.Generator, names: Sequence[str], ratio: float = 2.0) -> Params:
    return {**best, **{name: float(f"{best[name] * ratio ** rng.uniform(-1, 1):.3g}") for name in names}}


def _ials_trials(rng: np.random.Generator) -> list[Params]:
    return [
        {
            "factors": int(rng.choice([64, 128, 192, 256])),
            "regularisation": _log_uniform(rng, 0.01, 200) if trial % 2 else _log_uniform(rng, 5, 200),
            "alpha": _log_uniform(rng, 1, 40),
            "counts": str(rng.choice(["log", "binary"])),
        }
        for trial in range(16)
    ]


def _ials_refine(best: Params, rng: np.random.Generator) -> list[Params]:
    near = [_nearby(best, rng, ("regularisation", "alpha")) for _ in range(4)]
    return [*near, {**best, "counts": "log" if best["counts"] == "binary" else "binary"}]


def _ials_scale(names: Sequence[str], ratios: Sequence[float]) -> Refine:
    return lambda best, rng: [
        {**best, **{name: float(f"{best[name] * ratio:.3g}") for name in names}} for ratio in ratios
    ]


def _content_trials(rng: np.random.Generator) -> list[Params]:
    return [
        {
            "artist": float(rng.choice([0, 0.5, 1, 2])),
            "audio": float(rng.choice([0, 0.2, 0.5, 1, 2])),
            "power": float(rng.choice([1, 2, 3, 5, 8])),
            "history": str(rng.choice(["log", "binary"])),
            "whiten": float(rng.choice([0, 0.25, 0.5, 1])),
            "prior": float(rng.choice([0, 0.5, 1, 2])),
        }
        for _ in range(16)
    ]


def _content_refine(best: Params, rng: np.random.Generator) -> list[Params]:
    near = [_nearby(best, rng, ("artist", "audio", "power", "whiten", "prior"), 1.7) for _ in range(6)]
    return [*near, {**best, "audio": 0.2}, {**best, "whiten": 0.1}, {**best, "prior": 0.3}]


def _lightfm_trials(rng: np.random.Generator) -> list[Params]:
    return [
        {
            "components": int(rng.choice([64, 128])),
            "learning_rate": _log_uniform(rng, 0.05, 0.25),
            "alpha": _log_uniform(rng, 1e-6, 1e-4),
            "tag_weight": _log_uniform(rng, 1, 8),
            "sampled": int(rng.choice([10, 30])),
            "epochs": int(rng.choice([20, 40])),
        }
        for _ in range(6)
    ]


def _lightfm_refine(best: Params, rng: np.random.Generator) -> list[Params]:
    return [_nearby(best, rng, ("learning_rate", "alpha", "tag_weight")) for _ in range(2)]


_HALF_LIVES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
_LAMBDAS = (25, 50, 75, 100, 150, 200, 300, 400, 500, 700, 1000, 1400, 2000)

PEERS: dict[str, Peer] = {
    "popularity": Peer(peer_models.fit_popularity, ("warm", "delivered", "new_users")),
    "decayed popularity": Peer(
        peer_models.fit_decayed_popularity,
        ("warm", "delivered", "new_users"),
        _grid(half_life=_HALF_LIVES),
        suits=lambda split: split.temporal,
    ),
    "popularity by demographics": Peer(
        peer_content.fit_demographic_popularity,
        ("new_users",),
        _grid(how=("chain", "product"), smoothing=(3, 10, 30, 100, 300, 1000)),
        suits=lambda split: {"gender", "country"} <= set(split.users),
    ),
    "item-knn": Peer(
        peer_models.fit_itemknn,
        trials=_grid(
            weighting=("cosine", "tfidf"), shrink=(10,), neighbours=(100,), keep=("scored", "heard"), lean=(0.5, 0.4)
        ),
        refine=(
            _vary("neighbours", (20, 50, 200, 400)),
            _vary("shrink", (0, 3, 30, 100)),
            _vary("lean", (0.3, 0.35, 0.45)),
            lambda best, rng: [{**best, "weighting": "bm25", "shrink": shrink} for shrink in (0, 100)],
        ),
    ),
    "ease": Peer(peer_models.fit_ease, trials=_grid(regularisation=_LAMBDAS)),
    "slim": Peer(
        peer_models.fit_slim,
        trials=_grid(l1=(1, 3, 10), l2=(30, 100, 300)),
        refine=(lambda best, rng: [_nearby(best, rng, ("l1", "l2"), 2.5) for _ in range(5)],),
        suits=lambda split: len(split.songs) <= 2_000,
    ),
    "ials": Peer(
        peer_models.fit_ials,
        trials=_ials_trials,
        refine=(
            _ials_refine,
            _vary("factors", (64, 128, 256)),
            _ials_scale(("regularisation",), (0.6, 0.8, 1.25, 1.6)),
            # The two trade off against each other, so the ridge between them is followed.
            _ials_scale(("regularisation", "alpha"), (0.4, 0.65, 1.5, 2.5)),
            _ials_scale(("regularisation",), (0.85, 1.15)),
        ),
    ),
    "content-knn": Peer(peer_content.fit_content_knn, ("new_songs",), _content_trials, (_content_refine,)),
    "content-ridge": Peer(
        peer_content.fit_content_ridge,
        ("new_songs",),
        _grid(regularisation=(10, 100, 1000), history=("log", "binary"), artist=(1.0,), audio=(0.5,)),
        (
            _vary("audio", (0.0, 1.0, 2.0)),
            _vary("artist", (0.5, 2.0)),
            _vary("regularisation", (1, 3, 30, 50, 200, 400)),
        ),
    ),
    "lightfm": Peer(
        peer_content.fit_lightfm,
        ("warm", "delivered", "new_songs", "new_users"),
        _lightfm_trials,
        (_lightfm_refine,),
    ),
}


def evaluate(score: Scorer, split: Split, group: str) -> pd.Series:
    """Rank a group's candidates by `score` and judge, a value for each user."""
    width = len(split.songs)
    users = np.unique(split.truth(group) // width)
    seen_users, seen_songs = np.divmod(split.seen, width)
    # No peer's scores of songs with and without plays are on one scale: LightFM's delivered list fell to half.
    barred = ~split.candidates("warm" if group == "delivered" else group)
    k = min(K, width)
    lists = []
    for start in range(0, len(users), max(1, BLOCK_SCORES // width)):
        chosen = users[start : start + max(1, BLOCK_SCORES // width)]
        scores = np.array(score(chosen), dtype=np.float32)
        scores[:, barred] = -np.inf
        low, high = np.searchsorted(seen_users, chosen), np.searchsorted(seen_users, chosen, side="right")
        rows = np.repeat(np.arange(len(chosen)), high - low)
        scores[rows, np.concatenate([seen_songs[a:b] for a, b in zip(low, high, strict=True)])] = -np.inf
        best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
        values = np.take_along_axis(scores, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        best = np.where(
            np.take_along_axis(values, order, axis=1) > -np.inf, np.take_along_axis(best, order, axis=1), -1
        )
        lists.append(best)
    ranked = np.concatenate(lists)
    kept = ranked >= 0
    owner, rank = np.repeat(users, k).reshape(-1, k), np.broadcast_to(np.arange(k), ranked.shape)
    return judge_positions(owner[kept], ranked[kept], rank[kept], split, group)


def tune(name: str, split: Split, groups: Sequence[str]) -> tuple[dict[str, Params], list[dict[str, Any]]]:
    """Choose hyper-parameters for each group by mean NDCG@10 on the inner split; also list all that was tried."""
    peer = PEERS[name]
    rng = np.random.default_rng([split.seed, crc32(name.encode())])
    first = list(peer.trials(rng))
    tuned_on = {group: "warm" if group == "delivered" else group for group in groups}
    if len(first) == 1:
        return dict.fromkeys(groups, first[0]), []
    inner = inner_split(split, cold=set(tuned_on.values()) != {"warm"})
    train = Train(inner)
    tried: list[dict[str, Any]] = []

    def attempt(params: Params) -> None:
        if any(trial["params"] == params for trial in tried):
            return
        began = time.perf_counter()
        score = peer.fit(train, **params)
        figures = {group: float(evaluate(score, inner, group).mean()) for group in set(tuned_on.values())}
        seconds = round(time.perf_counter() - began, 1)
        tried.append({"params": params, "inner": figures, "seconds": seconds})
        text = ", ".join(f"{group} {value:.4f}" for group, value in sorted(figures.items()))
        print(f"{split.name} seed {split.seed} {name}: {params} {text} ({seconds} s)", flush=True)

    def best(group: str) -> Params:
        return max(tried, key=lambda trial: trial["inner"][group])["params"]

    for params in first:
        attempt(params)
    for refine in peer.refine:
        for group in sorted(set(tuned_on.values())):
            for params in refine(best(group), rng):
                attempt(params)
    return {group: best(tuned_on[group]) for group in groups}, tried


def run_peer(
    name: str, split: Split, cache: Path = CACHE, tuned_on: Split | None = None
) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Give a peer's NDCG@10 (`group`, `user_id`, `ndcg`) and its record, from the cache if it holds this very split.

    It is tuned on an inner split of `tuned_on`'s train part, by default `split`'s. None where the peer doesn't suit the
    set.
    """
    peer = PEERS[name]
    groups = [group for group in peer.groups if group in split.groups]
    if not groups or not peer.suits(split):
        return None
    stem = cache / split.name / f"seed{split.seed}" / name.replace(" ", "-")
    record_file, table_file = stem.with_suffix(".json"), stem.with_suffix(".parquet")
    if record_file.exists() and table_file.exists():
        record = json.loads(record_file.read_text(encoding="utf-8"))
        if record["split"] == split.fingerprint:
            return pd.read_parquet(table_file), record

    began = time.perf_counter()
    tuned = run_peer(name, tuned_on, cache) if tuned_on is not None and tuned_on.seed != split.seed else None
    params, tried = tune(name, split, groups) if tuned is None else (tuned[1]["params"], [])
    fitted: dict[str, Scorer] = {}
    parts = []
    for group in groups:
        key = json.dumps(params[group], sort_keys=True)
        if key not in fitted:
            fitted = {key: peer.fit(Train(split), **params[group])}
        ndcg = evaluate(fitted[key], split, group)
        parts.append(pd.DataFrame({"group": group, "user_id": ndcg.index, "ndcg": ndcg.to_numpy()}))
    table = pd.concat(parts, ignore_index=True)
    record = {
        "peer": name,
        "split": split.fingerprint,
        "params": params,
        "tuned_on_seed": split.seed if tuned_on is None else tuned_on.seed,
        "ndcg@10": {group: round(float(part["ndcg"].mean()), 5) for group, part in table.groupby("group")},
        "seconds": round(time.perf_counter() - began, 1),
        "tried": tried,
    }
    stem.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(table_file)
    record_file.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return table, record


def run_peers(
    split: Split, cache: Path = CACHE, names: Iterable[str] = PEERS, tuned_on: Split | None = None
) -> dict[str, dict[str, pd.Series]]:
    """Give every peer's NDCG@10 by group and user: `{group: {peer: ndcg}}`; `tuned_on` as of `run_peer`.

    A peer whose package isn't installed is left out, saying so, unless the cache holds it.
    """
    found: dict[str, dict[str, pd.Series]] = {}
    for name in names:
        try:
            result = run_peer(name, split, cache, tuned_on)
        except ImportError as error:
            print(f"{name}: left out, {error} (benchmarks/requirements.txt)")
            continue
        if result is not None:
            for group, part in result[0].groupby("group"):
                found.setdefault(str(group), {})[name] = part.set_index("user_id")["ndcg"]
    return found
