"""Add songs to a published bundle without training: they are embedded by their features, as unplayed songs are.

Everything that counts songs is built anew beside the bundle, which is then replaced in one step: weights with room for
them, towers, vectors, the vector index, song search and tables. An Engine that is running goes on with what it has.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from engine.config import Settings
from engine.data.clean import clean_songs
from engine.data.features import Features, SongArrays, encode_songs
from engine.data.files import open_table
from engine.data.frames import write_frame
from engine.data.pair_facts import PairFacts
from engine.data.schema import SONGS
from engine.data.sql import connect
from engine.errors import BundleError
from engine.evaluation.tables import JUDGED_HEAT
from engine.load_model import load_model
from engine.maintain import held_out_queries
from engine.model.blend import Blend, Network, catalogue_vectors
from engine.model.export_onnx import LARGEST_DIFFERENCE, export_towers
from engine.model.hybrid import sizes_of
from engine.model.towers import SongTensors
from engine.model.weights import save_weights, with_more_songs
from engine.publish import index_vectors, share_done
from engine.publish_map import add_to_map
from engine.search import SongSearch
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle, writing_bundle
from engine.serving.runtime import ItemTower

Say = Callable[[str], None]


@dataclass(frozen=True)
class Added:
    """What came of it: songs added, songs there are now, and the rows that weren't, with reasons."""

    added: int
    songs: int
    rejects: pd.DataFrame


def add_songs(folder: Path, path: Path, say: Say = lambda text: None) -> Added:
    """Add the songs of a file to the bundle `folder`.

    Parameters
    ----------
    path
        A songs table as a build reads it. A row without an id, with one that is there already, or twice, is rejected.

    Raises
    ------
    DataError
        The file can't be used, or no song in it is new.
    BundleError
        The bundle is damaged, its model reads no features of songs, or what it makes of them differs from torch.
    """
    say("reading")
    bundle = open_bundle(folder)
    old = pd.read_parquet(bundle.path(files.SONGS))
    raw = open_table(path).require(SONGS.required)
    with connect() as con:
        cleaned = clean_songs(raw, con, old["song_id"])
    model, _ = load_model(bundle)
    settings = Settings.model_validate(bundle.manifest["config"])
    if not settings.model.item_features and not (isinstance(model, Blend) and model.unheard is not None):
        raise BundleError(f"{folder}: its model tells songs apart by their plays alone; build it with item_features")
    new = cleaned.frame.assign(listeners=0, plays=0.0, has_id=False, heat=_heat_of_unplayed(bundle, old))
    songs = pd.concat([old, new.astype(old.dtypes[new.columns].to_dict())], ignore_index=True)[old.columns]
    own = {k: v for k, v in bundle.manifest.items() if k not in ("schema_version", "library_versions", "files", "name")}
    with writing_bundle(folder, lambda: own) as temporary:
        shutil.copytree(folder, temporary, dirs_exist_ok=True, ignore=shutil.ignore_patterns(files.MANIFEST))
        own |= _write(temporary, bundle, model, settings, songs, say)
        if own.get("map"):
            own["map"] = {**own["map"], "songs": len(songs)}
        own["counts"] = {**own["counts"], "songs": len(songs)}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        own["added_songs"] = [*own.get("added_songs", []), {"songs": len(new), "file": path.name, "at": now}]
    return Added(len(new), len(songs), cleaned.rejects.to_pandas())


def _write(
    folder: Path, bundle: Bundle, model: Network, settings: Settings, songs: pd.DataFrame, say: Say
) -> dict[str, Any]:
    """Write what counts songs; returns what of the manifest it changes."""
    features = Features.load(bundle.path(files.FEATURES))
    arrays = encode_songs(features, songs)
    heat = songs["heat"].to_numpy(dtype=np.float32)
    tensors = SongTensors.from_arrays(arrays, songs["has_id"].to_numpy(), len(features.genres), heat=heat)
    users = pq.read_metadata(bundle.path(files.USERS)).num_rows
    larger = with_more_songs(model, sizes_of(features, len(songs), users), settings.model)
    say("exporting towers")
    parity = export_towers(larger, tensors, folder / "onnx")
    save_weights(larger, folder / files.MODEL)

    say("embedding the new songs")
    old = np.load(bundle.path(files.VECTORS), allow_pickle=False)
    vectors = np.concatenate([old, _embedded(folder, features, songs[len(old) :], settings)])
    difference = float(np.abs(vectors - catalogue_vectors(larger, tensors)).max())
    if not difference < LARGEST_DIFFERENCE:
        raise BundleError(f"{bundle.folder}: vectors differ from its model's by {difference:.1e}; build it again")
    np.save(folder / files.VECTORS, vectors)

    say("writing tables")
    write_frame(folder / files.SONGS, songs)
    if (folder / files.HEAD_FACTS).is_file():
        _facts(bundle, arrays, songs).save(folder / files.HEAD_FACTS)
    if (folder / JUDGED_HEAT).is_file():
        judged = pd.read_parquet(folder / JUDGED_HEAT)
        cold = pd.DataFrame(0.0, index=range(len(songs) - len(judged)), columns=judged.columns)
        write_frame(folder / JUDGED_HEAT, pd.concat([judged, cold.astype(judged.dtypes.to_dict())], ignore_index=True))

    add_to_map(folder, songs, vectors[:, : bundle.manifest["taste_dim"]], settings.seed)

    say("indexing song search")
    titles, artists = songs["title"].tolist(), songs["artist"].tolist()
    told = share_done("indexing song search", say)
    SongSearch.build(titles, artists, songs["plays"].to_numpy(), told).save(folder / files.SEARCH)
    say("indexing vectors")
    index = index_vectors(vectors, held_out_queries(bundle), settings, say)
    index.save(folder)
    return {"onnx_parity": parity.measured(), "retrieval": vars(index.measured)}


def _embedded(folder: Path, features: Features, songs: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Embed songs without plays by the exported tower, `(songs, width)`."""
    nothing = np.zeros(len(songs), dtype=np.int64)
    vectors = ItemTower(folder / files.ITEM_TOWER).vectors(encode_songs(features, songs), nothing, nothing)
    if settings.model.score == "dot":  # a head's heat stands beside its scores
        vectors[:, -1] += songs["heat"].to_numpy(dtype=np.float32)
    return vectors


def _heat_of_unplayed(bundle: Bundle, songs: pd.DataFrame) -> float:
    """Tell how hot a song without plays counts, as was chosen at the build: as hot as this share of the others."""
    unplayed = songs["heat"][~songs["has_id"]]
    if len(unplayed):
        return float(unplayed.iloc[0])
    chosen = bundle.manifest["training"].get("chosen", {})
    share = chosen.get("heat_served", chosen.get("heat", {})).get("known", {}).get("unplayed")
    return 0.0 if share is None else float(np.quantile(songs["heat"], share))


def _facts(bundle: Bundle, arrays: SongArrays, songs: pd.DataFrame) -> PairFacts:
    plays = pd.read_parquet(bundle.path(files.HISTORY), columns=["song_index", "play_count", "part"])
    if not bundle.manifest["training"]["refit"]:
        plays = plays[plays["part"] == "train"]
    years = songs["release_year"].to_numpy(np.float64)
    return PairFacts.load(bundle.path(files.HEAD_FACTS)).with_songs(plays, arrays, years)
