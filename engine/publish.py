"""From a trained model to a bundle: vectors, ONNX, indexes, evaluation, manifest."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.config import Settings
from engine.data.features import Features, encode_users
from engine.data.frames import write_frame
from engine.data.histories import Histories
from engine.data.prepared import TO_LOOK_AT, Prepared
from engine.data.split import NAMES, TEST, TRAIN, VALID
from engine.evaluation.metrics import Scorer
from engine.model.blend import catalogue_vectors
from engine.model.export_onnx import export_towers
from engine.model.towers import SongTensors
from engine.model.weights import save_weights
from engine.publish_evaluation import publish_evaluation
from engine.publish_head import evaluate_head, publish_head
from engine.publish_map import publish_map
from engine.retrieval import HnswIndex, build_hnsw
from engine.search import SongSearch
from engine.serving import bundle as files
from engine.serving.bundle import writing_bundle
from engine.serving.runtime import UserTower
from engine.training.head import FittedHead
from engine.training.loop import Trained
from engine.training.validation import scorer_of


def publish(
    prepared: Prepared,
    trained: Trained,
    refitted: Trained | None,
    chosen: dict[str, Any],
    heads: tuple[FittedHead | None, FittedHead | None],
    settings: Settings,
    out: Path,
    on_progress: Callable[[str], None] = lambda stage: None,
) -> dict[str, Any]:
    """Write the bundle `out`, whole or not at all; returns its manifest's metrics.

    Parameters
    ----------
    trained
        The model trained on the train plays: what is evaluated.
    refitted
        The same trained on all plays: what is served. None serves `trained`.
    chosen
        What validation chose beside the settings, for the manifest.
    heads
        The prediction layer on `trained` and on what is served; None where none could be fitted.

    Raises
    ------
    BundleError
        The exported towers or the exported head differ from torch.
    DataError
        `out` holds something else, or can't be written.
    """
    described: dict[str, Any] = {}
    with writing_bundle(out, lambda: described) as folder:
        on_progress("exporting towers")
        served = refitted or trained
        parity = export_towers(served.model, served.songs, folder / "onnx")
        model = served.model.cpu().eval()
        save_weights(model, folder / files.MODEL)
        vectors = catalogue_vectors(model, served.songs)
        np.save(folder / files.VECTORS, vectors)
        served.features.save(folder / files.FEATURES)
        on_progress("exporting the head")
        about_head = publish_head(folder, heads[1], settings)

        on_progress("writing tables")
        songs = _songs_table(prepared, served.songs)
        write_frame(folder / files.SONGS, songs)
        write_frame(folder / files.USERS, prepared.users)
        write_frame(folder / files.HISTORY, _history_table(prepared))
        write_frame(folder / files.TRAINING, trained.curve)
        for name in TO_LOOK_AT:
            shutil.copyfile(prepared.folder / name, folder / name)

        on_progress("indexing song search")
        search = SongSearch.build(songs["title"].tolist(), songs["artist"].tolist(), songs["plays"].to_numpy())
        search.save(folder / files.SEARCH)

        on_progress("indexing vectors")
        tower = UserTower(folder / files.USER_TOWER, settings.model.model_dump())
        queries = _held_out_queries(prepared, served.features, tower)
        hnsw = index_vectors(vectors, queries, settings, on_progress)
        hnsw.save(folder)

        on_progress("drawing the map")
        about_map = publish_map(folder, songs, vectors[:, : model.taste_dim], settings)

        on_progress("evaluating")
        metrics = publish_evaluation(folder, prepared, _scorer(prepared, trained), settings, on_progress)
        on_progress("evaluating the head")
        metrics["head"] = evaluate_head(folder, prepared, trained, heads[0], settings)
        described.update(
            {
                "data": {k: v for k, v in prepared.info.items() if k not in ("format", "folds")},
                "simulated": prepared.info["simulated"],
                "counts": {
                    "users": len(prepared.users),
                    "songs": len(prepared.songs),
                    "plays": int(prepared.plays["play_count"].sum()),
                },
                "taste_dim": model.taste_dim,
                "head": about_head,
                "map": about_map,
                "features_off": served.features.off,
                "config": settings.model_dump(),
                "metrics": metrics,
                "training": {
                    "epochs": len(trained.curve),
                    "best_epoch": trained.best_epoch,
                    "refit": refitted is not None,
                    "chosen": chosen,
                    "seconds": round(trained.seconds + (refitted.seconds if refitted else 0.0), 1),
                },
                "onnx_parity": parity.measured(),
                "retrieval": vars(hnsw.measured),
            }
        )
    return metrics


def index_vectors(
    vectors: np.ndarray, queries: np.ndarray, settings: Settings, say: Callable[[str], None]
) -> HnswIndex:
    """Build the vector index of a bundle, measured on `queries`, vectors of held-out users."""
    index = build_hnsw(vectors, queries, settings.retrieval, share_done("indexing vectors", say))
    if settings.model.score == "head":  # the index finds the nearest vectors, which aren't what a head ranks first
        index = replace(index, measured=replace(index.measured, serves=False))
    return index


def share_done(text: str, say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Turn steps done and steps in all into a text that says how far it is."""
    return lambda done, total: say(f"{text} · {done / max(total, 1):.0%}")


def _scorer(prepared: Prepared, trained: Trained) -> Scorer:
    """Give the evaluated model as a scorer: users by their train plays, whole catalogue."""
    histories = Histories.from_plays(prepared.part(TRAIN), len(prepared.users))
    demographics = encode_users(prepared.features, prepared.users)
    return scorer_of(trained.model, trained.songs, histories, demographics)


def _songs_table(prepared: Prepared, read: SongTensors) -> pd.DataFrame:
    """Songs with their listeners and plays over all parts: what a user of the bundle sees and search ranks by.

    `has_id` and `heat` are what the network reads of them beside their own columns.
    """
    pairs = prepared.part(TRAIN, VALID, TEST)
    count = len(prepared.songs)
    return prepared.songs.assign(
        listeners=np.bincount(pairs["song_index"], minlength=count),
        plays=np.bincount(pairs["song_index"], weights=pairs["play_count"], minlength=count),
        has_id=read.has_id.cpu().numpy() > 0,
        heat=read.heat.cpu().numpy(),
    )


def _history_table(prepared: Prepared) -> pd.DataFrame:
    """All that each user has played, the most played first within a user; `part` is where a song was first met.

    A served user is described by everything known of them, and is never offered what they have played. Only train
    plays were fitted on.
    """
    first = prepared.plays.groupby(["user_index", "song_index"])["part"].min().rename("part").reset_index()
    pairs = prepared.part(TRAIN, VALID, TEST).merge(first, on=["user_index", "song_index"])
    pairs = pairs.sort_values(["user_index", "play_count", "song_index"], ascending=[True, False, True])
    return pd.DataFrame(
        {
            "user_id": prepared.users["user_id"].to_numpy()[pairs["user_index"]],
            "song_id": prepared.songs["song_id"].to_numpy()[pairs["song_index"]],
            "user_index": pairs["user_index"].to_numpy(),
            "song_index": pairs["song_index"].to_numpy(),
            "play_count": pairs["play_count"].to_numpy(),
            "played_at": pairs["played_at"].to_numpy(),
            "part": pd.Categorical.from_codes(pairs["part"], list(NAMES)).astype(str),
        }
    )


def _held_out_queries(prepared: Prepared, features: Features, tower: UserTower) -> np.ndarray:
    """Vectors of up to a thousand users from their validation and test plays, which nothing was fitted on."""
    histories = Histories.from_plays(prepared.part(VALID, TEST), len(prepared.users))
    users = np.flatnonzero(histories.counts > 0)
    users = np.random.default_rng(0).permutation(users)[:1_000]
    demographics = encode_users(features, prepared.users.iloc[users])
    return tower.vectors(histories, users, demographics)
