"""Look after a published bundle: check it again, export its towers and head again."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.config import Settings
from engine.data.features import Features, encode_users
from engine.data.histories import Histories
from engine.errors import BundleError
from engine.load_model import load_model
from engine.model.blend import catalogue_vectors
from engine.model.export_head import export_head, load_head, measure_head
from engine.model.export_onnx import export_towers, measure_parity
from engine.model.heads import PredictionLayer
from engine.retrieval import load_hnsw
from engine.retrieval.hnsw import measure_recall
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle, writing_bundle
from engine.serving.runtime import UserTower

MOST_RECALL_QUERIES = 500


def load_layer(bundle: Bundle) -> PredictionLayer | None:
    """Bring a bundle's prediction layer back; None where none could be fitted.

    Raises
    ------
    BundleError
        The weights don't fit the bundle's own settings.
    """
    about = bundle.manifest["head"]
    if "off" in about:
        return None
    settings = Settings.model_validate(bundle.manifest["config"])
    return load_head(bundle.path(files.HEAD_WEIGHTS), settings, about["counts"], about["vectors"])


def verify(folder: Path) -> dict[str, Any]:
    """Check a bundle whole: hashes, version, vectors, ONNX parity, index recall.

    Returns
    -------
    checks
        What was measured: `files`, `user_tower`, `item_tower`, `score` (where a head scores), `head` (where there is
        one) and `vectors` (largest differences), `recall` and `recall_low` at `k` and `ef`, `hnsw_serves`.

    Raises
    ------
    BundleError
        A check failed.
    """
    bundle = open_bundle(folder)
    model, songs = load_model(bundle)
    parity = measure_parity(model, songs, folder / "onnx")
    layer = load_layer(bundle)
    head = {} if layer is None else {"head": measure_head(layer, bundle.path(files.HEAD))}
    vectors = np.load(bundle.path(files.VECTORS), allow_pickle=False)
    expected = catalogue_vectors(model, songs)
    if vectors.shape != expected.shape:
        raise BundleError(f"{bundle.path(files.VECTORS)}: of another model; build the bundle again")
    difference = float(np.abs(vectors - expected).max())
    if difference > 1e-4:
        raise BundleError(f"{bundle.path(files.VECTORS)}: differs from the model by {difference:.1e}; build it again")

    hnsw = load_hnsw(folder, vectors)
    measured = hnsw.measured
    recall, low = measure_recall(hnsw.index, vectors, held_out_queries(bundle), measured.ef, measured.k)
    floor = bundle.manifest["config"]["retrieval"]["recall_floor"]
    # Other listeners than at the build: only a recall that is surely under the floor, by its upper bound, is a fault.
    if measured.serves and 2 * recall - low < floor:
        raise BundleError(f"{folder}: its index finds {recall:.3f} of the exact answers, under {floor}; build it again")
    return {
        "files": len(bundle.manifest["files"]),
        **parity.measured(),
        **head,
        "vectors": difference,
        "recall": recall,
        "recall_low": low,
        "k": measured.k,
        "ef": measured.ef,
        "hnsw_serves": measured.serves,
    }


def export(folder: Path) -> dict[str, float]:
    """Export a bundle's towers and head to ONNX again, check them, and replace the bundle in one step."""
    bundle = open_bundle(folder)
    model, songs = load_model(bundle)
    layer = load_layer(bundle)
    own = {k: v for k, v in bundle.manifest.items() if k not in ("schema_version", "library_versions", "files", "name")}
    with writing_bundle(folder, lambda: own) as temporary:
        shutil.copytree(folder, temporary, dirs_exist_ok=True, ignore=shutil.ignore_patterns(files.MANIFEST))
        parity = export_towers(model, songs, temporary / "onnx")
        differences = parity.measured()
        own["onnx_parity"] = parity.measured()
        if layer is not None:
            differences["head"] = export_head(layer, temporary / files.HEAD)
            own["head"] = {**own["head"], "parity": differences["head"]}
    return differences


def held_out_queries(bundle: Bundle) -> np.ndarray:
    """Embed users by the plays that nothing was fitted on (by all their plays where there are no such).

    Returns `(users, dim + 1)`, up to `MOST_RECALL_QUERIES` of them: the queries an index's recall is measured on.
    """
    plays = pd.read_parquet(
        bundle.path(files.HISTORY), columns=["user_index", "song_index", "part", "played_at", "play_count"]
    )
    held_out = plays[plays["part"] != "train"]
    users = pd.read_parquet(bundle.path(files.USERS))
    histories = Histories.from_plays(held_out if len(held_out) else plays, len(users))
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(histories.counts > 0))[:MOST_RECALL_QUERIES]
    demographics = encode_users(Features.load(bundle.path(files.FEATURES)), users.iloc[chosen])
    tower = UserTower(bundle.path(files.USER_TOWER), bundle.manifest["config"]["model"])
    return tower.vectors(histories, chosen, demographics)
