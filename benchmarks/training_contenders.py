"""The contenders of the training benchmark, each in a process of its own: python -m benchmarks.training_contenders.

All are judged alike after each pass, NDCG@10 of the same validated users, and time is that of the passes alone: no
start, no judging, no checkpoint. What a process says goes to a JSON file.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from engine.data.histories import Histories
from engine.evaluation.metrics import Scorer, ranking_metrics

ARRAYS, SONG_FEATURES, USER_FEATURES = "arrays.npz", "song_features.npz", "user_features.npz"

DIM = 128  # of vectors, as Lhydra's
# Best validation NDCG@10 of seven on the default world: rates .05 to .25, 10 to 100 samples, penalties 1e-6 and 1e-5.
LIGHTFM = {"no_components": DIM, "learning_rate": 0.15, "item_alpha": 1e-5, "user_alpha": 1e-5, "max_sampled": 100}
RECTOOLS = {"lr": 0.001}  # better than its default .01; not tuned otherwise
PATIENCE = {"dssm": 5}  # times as many passes, for its passes are short
TAG_WEIGHT = 2.0  # of genres and artist, beside 1 for the song itself

Judge = Callable[[float, Scorer], bool]
"""Told after each pass how long it took, in seconds, and how songs are scored now; says whether to go on."""

Train = Callable[[sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix, int, Judge], None]
"""Trains on plays `(users, songs)` and features of users and songs, with some threads, until `Judge` says stop.

Songs without train plays are left out, of training and of lists, which is to the peers' favour.
"""


def main() -> None:
    """Write the arrays that peers read, or train one contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["arrays", "lhydra", *PEERS])
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="for arrays, checkpoints and WHAT.json")
    parser.add_argument("--passes", type=int, default=None, help="exactly so many, judged by nobody; Lhydra only")
    parser.add_argument("--most", type=int, default=200, help="most passes")
    parser.add_argument("--most-seconds", type=float, default=600, help="time after which a peer stops")
    parser.add_argument("--patience", type=int, default=6, help="passes without a better NDCG@10 before stopping")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    if options.what == "arrays":
        write_arrays(options.prepared, options.work)
        return
    if options.what == "lhydra":
        told = run_lhydra(options)
    else:
        told = run_peer(PEERS[options.what], options)
    (options.work / f"{options.what}.json").write_text(json.dumps(told), encoding="utf-8")


def write_arrays(prepared_folder: Path, work: Path) -> None:
    """Write what Lhydra trains on and is validated by, as arrays that need no Lhydra to be read."""
    import torch

    from benchmarks.peer_content import features_beside_ids, tag_matrix
    from engine.data.prepared import load_prepared
    from engine.training.data import TrainingData
    from engine.training.validation import validation_users

    prepared = load_prepared(prepared_folder)
    data = TrainingData.from_prepared(prepared, torch.device("cpu"))
    parts = {"train": data.histories, "known": data.known, "held_out": data.held_out}
    arrays = {f"{name}_{field}": getattr(part, field) for name, part in parts.items() for field in ("starts", "songs")}
    np.savez(work / ARRAYS, validated=validation_users(data), songs=len(prepared.songs), **arrays)
    genres, artists = tag_matrix(prepared.songs["genres"]), tag_matrix(prepared.songs["artist"])
    shared = np.asarray(artists.sum(axis=0)).ravel() > 1  # an artist of one song is that song
    tags = [TAG_WEIGHT * genres, TAG_WEIGHT * artists[:, shared]]
    people = [tag_matrix(prepared.users[name]) for name in ("gender", "country")]
    known_songs, known_users = np.flatnonzero(data.listeners), np.flatnonzero(data.histories.counts)
    sparse.save_npz(work / SONG_FEATURES, features_beside_ids(tags, known_songs, len(prepared.songs)))
    sparse.save_npz(work / USER_FEATURES, features_beside_ids(people, known_users, len(prepared.users)))


def run_lhydra(options: argparse.Namespace) -> dict[str, Any]:
    """Train Lhydra's towers with its own loop, which judges them itself and counts songs a second of a pass."""
    import torch

    from engine.config import load_settings
    from engine.data.prepared import load_prepared
    from engine.training.data import TrainingData
    from engine.training.loop import train

    torch.set_num_threads(options.threads)
    plan = [f"train.epochs={options.most}", f"train.patience={options.patience}", "train.tensorboard=false"]
    settings = load_settings(None, [*plan, *options.set])
    prepared = load_prepared(options.prepared)
    curve = train(prepared, settings, options.work / "run", passes=options.passes).curve
    songs = len(TrainingData.from_prepared(prepared, torch.device("cpu")).histories.songs)
    seconds = songs / curve["songs_per_second"]
    return {"seconds": seconds.tolist(), "ndcg": curve["ndcg@10"].tolist(), "songs": songs}


def run_peer(train: Train, options: argparse.Namespace) -> dict[str, Any]:
    """Train a peer pass by pass, and judge it after each as Lhydra is, until it no longer gets better."""
    arrays = np.load(options.work / ARRAYS)
    known, held_out = (Histories(arrays[f"{part}_starts"], arrays[f"{part}_songs"]) for part in ("known", "held_out"))
    users, songs = arrays["validated"], int(arrays["songs"])
    starts, played = arrays["train_starts"], arrays["train_songs"]
    plays = sparse.csr_matrix((np.ones(len(played), np.float32), played, starts), shape=(len(starts) - 1, songs))
    told: dict[str, Any] = {"seconds": [], "ndcg": [], "songs": len(played)}
    of_songs, of_users = (sparse.load_npz(options.work / name) for name in (SONG_FEATURES, USER_FEATURES))
    chosen = np.flatnonzero(np.bincount(played, minlength=songs))

    def judge(seconds: float, score: Scorer) -> bool:
        def among_all(asked: np.ndarray) -> np.ndarray:
            scores = np.full((len(asked), songs), -np.inf, dtype=np.float32)
            scores[:, chosen] = score(asked)
            return scores

        told["seconds"].append(seconds)
        told["ndcg"].append(float(ranking_metrics(among_all, users, known, held_out, songs)["ndcg@10"].mean()))
        stale = len(told["ndcg"]) - 1 - int(np.argmax(told["ndcg"]))
        more = len(told["ndcg"]) < options.most and sum(told["seconds"]) < options.most_seconds
        return more and stale < options.patience

    options.patience *= PATIENCE.get(train.__name__, 1)
    train(plays[:, chosen], of_users, of_songs[chosen], options.threads, judge)
    return told


def lightfm(
    plays: sparse.csr_matrix, users: sparse.csr_matrix, songs: sparse.csr_matrix, threads: int, judge: Judge
) -> None:
    """Train LightFM with WARP (Kula, 2015)."""
    from lightfm import LightFM

    model = LightFM(loss="warp", random_state=0, **LIGHTFM)
    pairs = plays.tocoo()
    going = True
    while going:
        began = time.perf_counter()
        model.fit_partial(pairs, users, songs, epochs=1, num_threads=threads)
        seconds = time.perf_counter() - began
        bias, vectors = model.get_item_representations(songs)
        _, people = model.get_user_representations(users)
        going = judge(seconds, partial(_products, people, vectors, bias))


def dssm(
    plays: sparse.csr_matrix, users: sparse.csr_matrix, songs: sparse.csr_matrix, threads: int, judge: Judge
) -> None:
    """Train the two towers of RecTools (Huang et al., CIKM 2013) on triplets, as its DSSMModel does.

    Its pass has one triplet a user, where the others' has all plays.
    """
    import torch
    from pytorch_lightning import Callback, Trainer
    from rectools.dataset.torch_datasets import DSSMItemDataset, DSSMTrainDataset, DSSMUserDataset
    from rectools.models.nn.dssm import DSSM
    from torch.utils.data import DataLoader

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  what its data set draws from
    songs, users = songs.sign(), users.sign()  # it asks for one-hot features
    somebody = np.flatnonzero(np.diff(plays.indptr))
    triplets = DSSMTrainDataset(songs, users[somebody], plays[somebody])

    class Judged(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: DSSM) -> None:
            self.began = time.perf_counter()

        def on_train_epoch_end(self, trainer: Trainer, pl_module: DSSM) -> None:
            seconds = time.perf_counter() - self.began
            vectors = pl_module.inference_items(DataLoader(DSSMItemDataset(songs), batch_size=1_024))
            people = pl_module.inference_users(DataLoader(DSSMUserDataset(users, plays), batch_size=1_024))
            # The nearest by Euclidean distance: |u - v|² orders songs as |v|² / 2 - u · v does.
            trainer.should_stop = not judge(seconds, partial(_products, people, vectors, -(vectors**2).sum(axis=1) / 2))
            pl_module.train()
            self.began = time.perf_counter()

    trainer = Trainer(
        max_epochs=-1,
        accelerator="cpu",
        callbacks=[Judged()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = DSSM(DIM, DIM, users.shape[1], songs.shape[1], songs.shape[0], log_to_prog_bar=False, **RECTOOLS)
    trainer.fit(model, DataLoader(triplets, batch_size=128, shuffle=True))


def _products(people: np.ndarray, songs: np.ndarray, bias: np.ndarray, users: np.ndarray) -> np.ndarray:
    return people[users] @ songs.T + bias


PEERS: dict[str, Train] = {"lightfm": lightfm, "dssm": dssm}

if __name__ == "__main__":
    main()
