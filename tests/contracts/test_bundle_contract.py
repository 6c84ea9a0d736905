import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine import BundleError, Engine
from engine.maintain import export, verify
from engine.serving.bundle import find_bundles, open_bundle, read_manifest

DESIGNED = {
    "manifest.json",
    "model.safetensors",
    "onnx/user_tower.onnx",
    "onnx/item_tower.onnx",
    "onnx/head.onnx",
    "head.safetensors",
    "song_vectors.npy",
    "retrieval.hnsw",
    "retrieval.json",
    "songs.parquet",
    "users.parquet",
    "history.parquet",
    "training.parquet",
    "map.parquet",
    "map_genres.parquet",
}


@pytest.fixture
def copy(small_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle, tmp_path / "artifacts" / "copy"))


def test_a_bundle_holds_what_the_design_names(small_bundle: Path) -> None:
    there = {p.relative_to(small_bundle).as_posix() for p in small_bundle.rglob("*") if p.is_file()}
    assert there >= DESIGNED
    assert any(name.startswith("search/") for name in there)
    assert any(name.startswith("evaluation/") for name in there)
    manifest = read_manifest(small_bundle)
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert manifest["simulated"] is True
    assert {"schema_version", "name", "created", "data", "config", "metrics", "library_versions"} <= set(manifest)
    assert not any(name.endswith((".pkl", ".pickle", ".pt", ".joblib")) for name in there)


def test_a_bundle_moved_elsewhere_answers_the_same(small_bundle: Path, copy: Path) -> None:
    here, there = Engine.load(small_bundle), Engine.load(copy)
    user = str(here.users["user_id"].iloc[1])
    assert here.recommend(user).equals(there.recommend(user))
    assert here.search("love").equals(there.search("love"))


def test_one_changed_byte_anywhere_is_refused_by_name(copy: Path) -> None:
    for name in read_manifest(copy)["files"]:
        path = copy / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(BundleError, match="changed since") as caught:
            open_bundle(copy)
        assert name in str(caught.value)
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    open_bundle(copy)


def test_a_missing_file_an_alien_manifest_and_no_bundle_are_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "song_vectors.npy").rename(copy / "elsewhere.npy")
    with pytest.raises(BundleError, match="missing"):
        open_bundle(copy)
    for text, says in [("{", "can't be read"), ("[]", "not a bundle"), ('{"files": {}, "schema_version": 99}', "99")]:
        (copy / "manifest.json").write_text(text)
        with pytest.raises(BundleError, match=says):
            open_bundle(copy)
    with pytest.raises(BundleError, match="no bundle here"):
        open_bundle(tmp_path)


def test_a_manifest_cannot_reach_outside_its_bundle(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["../../secret"] = "0"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="outside"):
        open_bundle(copy)


def test_bundles_are_found_newest_first_and_half_ones_not_at_all(copy: Path) -> None:
    artifacts = copy.parent
    newer = Path(shutil.copytree(copy, artifacts / "newer"))
    manifest = json.loads((newer / "manifest.json").read_text())
    (newer / "manifest.json").write_text(json.dumps({**manifest, "created": "2999-01-01T00:00:00+00:00"}))
    (artifacts / "half").mkdir()
    (artifacts / ".newest.1.tmp").mkdir()
    (artifacts / ".newest.1.tmp" / "manifest.json").write_text(json.dumps(manifest))
    assert [p.name for p in find_bundles(artifacts)] == ["newer", "copy"]


def test_verify_measures_and_export_writes_the_same_towers_again(copy: Path) -> None:
    checks = verify(copy)
    assert checks["user_tower"] < 1e-4
    assert checks["item_tower"] < 1e-4
    assert checks["recall"] > 0.9
    before = Engine.load(copy).recommend(k=10)
    export(copy)
    np.testing.assert_allclose(Engine.load(copy).recommend(k=10)["score"], before["score"], atol=1e-5)
    assert [p.name for p in copy.parent.iterdir()] == ["copy"]
