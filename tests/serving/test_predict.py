import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from engine import BundleError, Engine, SettingsError, UnknownSong, UnknownUser
from engine.data.pair_facts import FACTS
from engine.maintain import export, load_layer, verify
from engine.model.export_head import OUTPUTS
from engine.model.write_onnx import write_onnx
from engine.serving.bundle import hash_files, open_bundle, read_manifest


def test_songs_are_predicted_in_the_order_asked(engine: Engine, listener: str) -> None:
    songs = engine.songs["song_id"].tolist()[:30]
    frame = engine.predict(listener, songs)
    assert list(frame.columns) == ["song_id", "title", "artist", "probability", "expected_plays"]
    assert frame["song_id"].tolist() == songs
    assert frame["probability"].between(0, 1).all()
    assert frame["probability"].nunique() > 20
    assert (frame["expected_plays"] >= 0).all()
    backwards = engine.predict(user_id=listener, song_ids=songs[::-1])
    np.testing.assert_allclose(backwards["probability"][::-1], frame["probability"], atol=1e-6)
    assert engine.predict(listener).empty


def test_recommendations_carry_the_same_probability(engine: Engine, listener: str) -> None:
    recommended = engine.recommend(listener, k=10)
    again = engine.predict(listener, recommended["song_id"].tolist())
    np.testing.assert_allclose(recommended["probability"], again["probability"], atol=1e-6)


def test_what_is_recommended_is_likelier_than_the_rest(engine: Engine, listener: str) -> None:
    best = engine.recommend(listener, k=10)["probability"].mean()
    assert best > engine.predict(listener, engine.songs["song_id"].tolist())["probability"].mean() * 1.5


def test_someone_new_is_predicted_by_history_and_demographics(engine: Engine) -> None:
    songs = engine.songs["song_id"].tolist()[:20]
    nobody = engine.predict(song_ids=songs)
    heard = engine.predict(history=songs[:3], song_ids=songs)
    japan = engine.predict(country="Japan", song_ids=songs)
    assert not np.allclose(nobody["probability"], heard["probability"])
    assert not np.allclose(nobody["probability"], japan["probability"])


def test_unknown_ids_are_named(engine: Engine, listener: str) -> None:
    song = str(engine.songs["song_id"].iloc[0])
    with pytest.raises(UnknownUser, match="nearest known"):
        engine.predict(listener + "x", [song])
    with pytest.raises(UnknownSong, match="nosuchsong"):
        engine.predict(listener, [song, "nosuchsong"])
    with pytest.raises(UnknownSong):
        engine.predict(history=["nosuchsong"], song_ids=[song])


def test_senseless_requests_are_refused(engine: Engine, listener: str) -> None:
    with pytest.raises(SettingsError, match="not both"):
        engine.predict(listener, [], age=30)
    with pytest.raises(SettingsError, match="list"):
        engine.predict(listener, "s1")


def test_the_bundle_says_what_its_head_is_worth(small_bundle: Path) -> None:
    manifest = read_manifest(small_bundle)
    assert "4 songs" in manifest["head"]["population"]
    found = manifest["metrics"]["head"]
    assert 0.6 < found["classification"]["auc"] < 1
    assert found["classification"]["pr_auc"] > found["classification"]["played"] / found["classification"]["pairs"]
    assert found["classification"]["ece"] < 0.15
    assert found["regression"]["rmse"] > 0
    bins = pd.read_parquet(small_bundle / "evaluation" / "calibration.parquet")
    assert list(bins.columns) == ["predicted", "observed", "pairs"]
    assert bins["pairs"].sum() == found["classification"]["pairs"]
    weighed = np.average((bins["predicted"] - bins["observed"]).abs(), weights=bins["pairs"])
    assert weighed == pytest.approx(found["classification"]["ece"], abs=1e-4)


def test_the_head_is_verified_and_exported_with_the_towers(small_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    assert verify(copy)["head"] < 1e-4
    (copy / "onnx" / "head.onnx").unlink()
    shutil.copy(small_bundle / "onnx" / "item_tower.onnx", copy / "onnx" / "head.onnx")
    with pytest.raises(BundleError, match="changed"):
        verify(copy)
    rehash(copy)
    assert export(copy)["head"] < 1e-4
    user = str(Engine.load(copy).users["user_id"].iloc[0])
    a, b = (Engine.load(folder).recommend(user, k=5) for folder in (copy, small_bundle))
    np.testing.assert_allclose(a["probability"], b["probability"], atol=1e-6)


def test_a_bundle_from_before_heads_read_one_listener_predicts_the_same(small_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    layer, engine = load_layer(open_bundle(copy)), Engine.load(small_bundle)
    assert layer is not None
    width, pairs = engine.vectors.shape[1], torch.export.Dim("pairs")
    inputs = {"users": torch.ones(3, width), "items": torch.ones(3, width), "facts": torch.ones(3, len(FACTS))}
    write_onnx(layer, inputs, {name: {0: pairs} for name in inputs}, OUTPUTS, copy / "onnx" / "head.onnx")
    rehash(copy)
    user = str(engine.users["user_id"].iloc[0])
    a, b = (e.recommend(user, k=5)["probability"] for e in (Engine.load(copy), engine))
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_bundle_without_a_head_recommends_and_says_why_it_cannot_predict(small_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    for name in ("onnx/head.onnx", "head.safetensors", "head_facts.npz", "evaluation/calibration.parquet"):
        (copy / name).unlink()
    rehash(copy, head={"off": "too little to fit one on"})
    engine = Engine.load(copy)
    user = str(engine.users["user_id"].iloc[0])
    assert engine.recommend(user, k=5)["probability"].isna().all()
    with pytest.raises(BundleError, match="too little to fit one on"):
        engine.predict(user, ["s1"])
    assert "head" not in verify(copy)


def rehash(folder: Path, **changed: object) -> None:
    manifest = {**read_manifest(folder), **changed, "files": hash_files(folder)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
