"""The map in a bundle: drawn when the bundle is built, and drawn again or for the first time in one that is there."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.config import Settings
from engine.data.frames import write_frame
from engine.errors import BundleError
from engine.serving import bundle as files
from engine.serving.bundle import open_bundle, writing_bundle
from engine.song_map.genres import first_genres, neighbours_by_genre
from engine.song_map.projection import beside, project


def publish_map(folder: Path, songs: pd.DataFrame, taste: np.ndarray, settings: Settings) -> dict[str, Any]:
    """Write the map to a bundle's folder; returns what the manifest says of it.

    Parameters
    ----------
    songs
        The bundle's songs.
    taste
        What each is like, `(songs, taste_dim)`.
    """
    plan, started = settings.map, time.monotonic()
    played = songs["listeners"].to_numpy()
    found = project(taste, played, plan.most, plan.iterations, settings.seed)
    places = pd.DataFrame({"song_id": songs["song_id"], "x": found.positions[:, 0], "y": found.positions[:, 1]})
    write_frame(folder / files.MAP, places)
    near = neighbours_by_genre(taste, first_genres(songs["genres"]), played, plan.most)
    write_frame(folder / files.MAP_GENRES, near)
    return {
        "method": found.method,
        "songs": len(songs),
        "placed": found.placed,
        "trustworthiness": round(found.trustworthiness, 4) if np.isfinite(found.trustworthiness) else None,
        "seconds": round(time.monotonic() - started, 1),
    }


def add_to_map(folder: Path, songs: pd.DataFrame, taste: np.ndarray, seed: int) -> None:
    """Put songs on a bundle's map that have come to its catalogue, if it has a map; the others stay where they are."""
    if not (folder / files.MAP).is_file():
        return
    places = pd.read_parquet(folder / files.MAP)
    positions, known = places[["x", "y"]].to_numpy(dtype=np.float32), len(places)
    found = beside(positions, taste[:known], taste[known:], seed)
    more = pd.DataFrame({"song_id": songs["song_id"][known:], "x": found[:, 0], "y": found[:, 1]})
    write_frame(folder / files.MAP, pd.concat([places, more.astype(places.dtypes.to_dict())], ignore_index=True))


def map_again(folder: Path, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Draw a bundle's map anew, and replace the bundle in one step; returns what the manifest now says of it.

    Raises
    ------
    BundleError
        The bundle is missing, incomplete or changed.
    """
    bundle = open_bundle(folder)
    try:
        songs = pd.read_parquet(bundle.path(files.SONGS))
        vectors = np.load(bundle.path(files.VECTORS), mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BundleError(f"{folder}: its tables can't be read; build the bundle again") from error
    own = {k: v for k, v in bundle.manifest.items() if k not in ("schema_version", "library_versions", "files", "name")}
    with writing_bundle(folder, lambda: own) as temporary:
        shutil.copytree(folder, temporary, dirs_exist_ok=True, ignore=shutil.ignore_patterns(files.MANIFEST))
        say("drawing the map")
        taste = vectors[:, : bundle.manifest["taste_dim"]]
        own["map"] = publish_map(temporary, songs, taste, Settings.model_validate(bundle.manifest["config"]))
    about: dict[str, Any] = own["map"]
    return about
