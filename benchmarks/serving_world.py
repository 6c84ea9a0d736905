"""A bundle of any size for the benchmark of serving: real layout and files, random weights, invented tables.

What serving costs depends on sizes and not on what was learnt, so nothing is trained. Vectors are drawn in few
directions with lengths that fall off, as towers give them, or no graph could search them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from engine.config import RetrievalSettings, load_settings
from engine.data.features import Features, encode_songs
from engine.data.frames import write_frame
from engine.data.heat import HALF_LIVES
from engine.data.pair_facts import FACTS, PairFacts
from engine.data.schema import AUDIO_COLUMNS, SONGS
from engine.maintain import held_out_queries
from engine.model.blend import blended, catalogue_vectors
from engine.model.export_head import export_head
from engine.model.export_onnx import export_towers
from engine.model.heads import PredictionLayer
from engine.model.hybrid import TwoTower, sizes_of
from engine.model.least_squares import LeastSquares
from engine.model.towers import SongTensors
from engine.model.weights import save_weights
from engine.retrieval import build_hnsw
from engine.search import SongSearch
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, writing_bundle

GENRES = [f"genre {letter}" for letter in "abcdefghijklmnopqrst"]
COUNTRIES = ["Chile", "Finland", "Ghana", "Japan"]
PLAYS = 50  # songs a user, on average


def write_world(out: Path, users: int, songs: int, dim: int, factors: int, indexed: bool) -> None:
    """Write a bundle of `dim` + `factors` + 1 dimensions; `indexed` builds the graph too, which takes the longest."""
    rng = np.random.default_rng(0)
    settings = load_settings(None, [f"model.dim={dim}", "model.members=1", f"blend.factors={factors}"])
    table, people = _songs(songs, rng), _users(users, rng)
    features = Features(sorted(table["artist"].unique()), GENRES, ["f", "m"], COUNTRIES, [], [], [])
    encoded = encode_songs(features, table)
    tensors = SongTensors.from_arrays(encoded, np.ones(songs, dtype=bool), len(GENRES))
    torch.manual_seed(0)
    sizes = sizes_of(features, songs, users)
    squares = LeastSquares(sizes, factors)
    model = blended(TwoTower(sizes, settings.model), least_squares=squares if factors else None).eval()
    fall = torch.from_numpy(0.9 ** np.arange(dim)).float()
    with torch.no_grad():
        for weight in (model.towers.items.encoder.song.weight[:, :dim], model.towers.users.history.song.weight):
            weight.copy_(torch.randn(songs, dim) * fall)
        if factors:
            squares.factors.copy_(torch.randn(songs, factors) * 0.1 * 0.9 ** torch.arange(factors))
    plays = _plays(users, songs, rng)
    no_heat = np.zeros((songs, len(HALF_LIVES)), dtype=np.float32)
    facts = PairFacts.fit(plays[plays["part"] == "train"], encoded, table["release_year"].to_numpy(), no_heat)
    layer = PredictionLayer(model.taste_dim, len(FACTS), settings.head, counts=True)
    layer.inputs.width.fill_(model.width)
    about = {
        "data": {"source": "benchmark", "split": "random"}, "simulated": True,
        "head": {"counts": True, "vectors": True, "alignment": 1.0, "population": "random weights"},
        "counts": {"users": users, "songs": songs, "plays": len(plays)}, "taste_dim": model.taste_dim,
        "config": settings.model_dump(), "metrics": {}, "training": {"refit": True}, "features_off": [],
    }  # fmt: skip
    with writing_bundle(out, lambda: about) as folder:
        export_towers(model, tensors, folder / "onnx")
        export_head(layer, folder / files.HEAD)
        facts.save(folder / files.HEAD_FACTS)
        save_weights(model, folder / files.MODEL)
        vectors = catalogue_vectors(model, tensors)
        np.save(folder / files.VECTORS, vectors)
        features.save(folder / files.FEATURES)
        write_frame(folder / files.SONGS, table)
        write_frame(folder / files.USERS, people)
        write_frame(folder / files.HISTORY, plays)
        write_frame(folder / files.TRAINING, pd.DataFrame({"epoch": [0]}))
        SongSearch.build(table["title"].tolist(), table["artist"].tolist()).save(folder / files.SEARCH)
        queries = held_out_queries(Bundle(folder, about)) if indexed else np.empty((0, vectors.shape[1]), np.float32)
        build_hnsw(vectors if indexed else vectors[:1], queries, RetrievalSettings()).save(folder)


def _songs(count: int, rng: np.random.Generator) -> pd.DataFrame:
    words = np.array(
        [f"{a}{b}{c}" for a in ("lo", "mi", "ra", "su", "te") for b in ("na", "ri", "do") for c in "aeiou"]
    )
    title = [" ".join(row) for row in words[rng.integers(0, len(words), (count, 3))]]
    table = pd.DataFrame({"song_id": [f"s{i:07d}" for i in range(count)], "title": title})
    table["artist"] = [f"Artist {i}" for i in rng.integers(0, max(count // 8, 1), count)]
    table["genres"] = np.array(GENRES)[rng.integers(0, len(GENRES), count)]
    table["release_year"] = rng.integers(1960, 2024, count).astype(float)
    table = table.reindex(columns=SONGS.names).astype(dict.fromkeys(AUDIO_COLUMNS, float))
    plays = rng.zipf(1.5, count).clip(max=10_000)
    return table.assign(listeners=plays, plays=plays.astype(float), has_id=True, heat=np.float32(0))


def _users(count: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user_id": [f"u{i:07d}" for i in range(count)],
            "age": rng.integers(15, 70, count).astype(float),
            "gender": np.array(["f", "m"])[rng.integers(0, 2, count)],
            "country": np.array(COUNTRIES)[rng.integers(0, len(COUNTRIES), count)],
            "signed_up_at": pd.Series(pd.NaT, index=range(count), dtype="datetime64[us, UTC]"),
        }
    )


def _plays(users: int, songs: int, rng: np.random.Generator) -> pd.DataFrame:
    counts = rng.poisson(PLAYS - 5, users) + 5
    user = np.repeat(np.arange(users), counts)
    song = (songs * rng.random(len(user)) ** 3).astype(np.int64)  # some are played far more often than others
    pair = np.unique(user * songs + song)
    user, song = pair // songs, pair % songs
    count = rng.zipf(1.7, len(pair)).clip(max=500).astype(float)
    order = np.lexsort((song, -count, user))
    part = np.where(rng.random(len(pair)) < 0.8, "train", "test")
    frame = pd.DataFrame({"user_index": user, "song_index": song, "play_count": count, "part": part}).iloc[order]
    frame["played_at"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    for name, letter in (("user", "u"), ("song", "s")):
        frame[f"{name}_id"] = [f"{letter}{i:07d}" for i in frame[f"{name}_index"]]
    return frame.reset_index(drop=True)
