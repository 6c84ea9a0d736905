"""Whether the prediction layer orders the first 200 songs better than their scores do: NDCG@10 on test plays."""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np

from engine.config import load_settings
from engine.data.features import encode_users
from engine.data.histories import Histories
from engine.data.prepare import prepare
from engine.data.prepared import load_prepared
from engine.data.split import TEST, TRAIN, VALID, new_to_user
from engine.evaluation.bootstrap import percentile_interval, resampled_means
from engine.evaluation.metrics import hits, ndcg_at_k, top_k
from engine.training.finish import finish
from engine.training.head import fit_head, predict
from engine.training.loop import train
from engine.training.pairs import PairReader, Pairs
from engine.training.validation import scorer_of

CANDIDATES, BLOCK, USERS = 200, 200, 2_000
ORDERS = {"score": 0.0, "score + ¼ chance": 0.25, "score + chance": 1.0, "chance": np.inf}


def measure(name: str, data: Path, overrides: list[str]) -> None:
    """Train towers and head on a set's train and validation plays, and judge each order on its test plays."""
    settings = load_settings(None, overrides)
    with tempfile.TemporaryDirectory() as work:
        prepare("tables", data, Path(work) / "prepared", settings)
        prepared = load_prepared(Path(work) / "prepared")
        judged, _ = finish(prepared, train(prepared, settings, Path(work) / "towers"), settings)
    head = fit_head(prepared, judged, settings)
    if head is None:
        print(f"{name}: too few validation plays for a head")
        return
    songs, count = len(prepared.songs), len(prepared.users)
    known = prepared.part(TRAIN, VALID)
    seen = Histories.from_plays(known, count)
    truth = Histories.from_plays(new_to_user(prepared.part(TEST), known), count)
    train_plays = Histories.from_plays(prepared.part(TRAIN), count)
    users = np.flatnonzero((truth.counts > 0) & (train_plays.counts > 0))
    users = np.sort(np.random.default_rng(0).permutation(users)[:USERS])
    scorer = scorer_of(judged.model, judged.songs, train_plays, encode_users(prepared.features, prepared.users))
    reader = PairReader.of(prepared, judged)
    values: dict[str, list[np.ndarray]] = {order: [] for order in ORDERS}
    for start in range(0, len(users), BLOCK):
        some = users[start : start + BLOCK]
        scores = scorer(some)
        scores[seen.flat(some)] = -np.inf
        best = top_k(scores, CANDIDATES)
        score = np.take_along_axis(scores, best, axis=1)
        pairs = best.ravel()
        asked = Pairs(np.repeat(some, best.shape[1]), pairs, np.zeros(len(pairs), bool), np.zeros(len(pairs)))
        chance = predict(head, reader, asked)[0].reshape(best.shape)
        logit = np.log(chance / (1 - chance))
        for order, weight in ORDERS.items():
            worth = _unit(logit) if np.isinf(weight) else _unit(score) + weight * _unit(logit)
            ranked = np.take_along_axis(best, np.argsort(-worth, axis=1, kind="stable")[:, :10], axis=1)
            values[order].append(ndcg_at_k(hits(ranked, some, truth, songs), truth.counts[some]))
    found = {order: np.concatenate(parts) for order, parts in values.items()}
    for order, ndcg in found.items():
        low, high = (
            float(end[0]) for end in percentile_interval(resampled_means((ndcg - found["score"])[:, None]), len(ndcg))
        )
        print(f"{name}, by {order}: NDCG@10 {ndcg.mean():.4f}, from the score's [{low:+.4f}, {high:+.4f}]", flush=True)


def _unit(values: np.ndarray) -> np.ndarray:
    """Bring each row to mean 0 and deviation 1."""
    return (values - values.mean(axis=1, keepdims=True)) / np.maximum(values.std(axis=1, keepdims=True), 1e-9)


def main() -> None:
    """Measure the sets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=["hetrec2k", "lastfm15k"])
    parser.add_argument("--set", action="append", default=[], dest="overrides", help="key=value, as of build")
    options = parser.parse_args()
    folder = Path(os.environ.get("LHYDRA_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    for name in options.sets:
        measure(name, folder / name, options.overrides)


if __name__ == "__main__":
    main()
