"""Songs added to a bundle without training: as good as if they had been there without plays when it was built."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from engine import BundleError, DataError, Engine
from engine.add_songs import add_songs
from engine.cli import main
from engine.data.features import encode_songs
from engine.data.schema import SONGS
from engine.maintain import load_model, verify
from engine.model.towers import SongTensors
from engine.publish_evaluation import judged_of
from engine.serving.batch import recommend_users


@pytest.fixture(scope="module")
def files(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the bundle, and a file with copies of played songs under new ids, and rows that can't be used."""
    folder = tmp_path_factory.mktemp("added")
    bundle = Path(shutil.copytree(small_bundle, folder / "grown"))
    songs = pd.read_parquet(bundle / "songs.parquet")
    played, unplayed = songs[songs["has_id"]].nlargest(3, "plays"), songs[~songs["has_id"]].head(2)
    new = pd.concat([played, unplayed])[SONGS.names].assign(song_id=["n1", "n2", "n3", "n4", "n5"])
    new["title"] = ["Quxtorine", *new["title"].iloc[1:]]
    known = songs.head(1)[SONGS.names]
    empty = known.assign(song_id="")
    pd.concat([new, known, empty, new.head(1)]).to_csv(folder / "new.csv", index=False)
    return bundle, folder / "new.csv"


@pytest.fixture(scope="module")
def grown(files: tuple[Path, Path]) -> tuple[Engine, Engine, pd.DataFrame]:
    """An Engine that was running before, one that was loaded after, and the rejected rows."""
    before = Engine.load(files[0])
    found = add_songs(*files)
    assert (found.added, found.songs) == (5, len(before.songs) + 5)
    return before, Engine.load(files[0]), found.rejects


def test_rows_that_cannot_be_used_have_a_reason(grown: tuple[Engine, Engine, pd.DataFrame]) -> None:
    assert grown[2][["line", "reason"]].to_numpy().tolist() == [
        [7, "song_id is in the bundle already"],
        [8, "song_id is empty"],
        [9, "song_id was there before"],
    ]


def test_a_new_song_is_what_an_unplayed_one_with_its_features_is(grown: tuple[Engine, Engine, pd.DataFrame]) -> None:
    before, after, _ = grown
    old = len(before.songs)
    np.testing.assert_array_equal(after.vectors[:old], before.vectors)
    unplayed = before.songs.index[~before.songs["has_id"]][:2]
    np.testing.assert_allclose(after.vectors[old + 3 :], before.vectors[unplayed], atol=1e-5)
    assert (after.songs["heat"].to_numpy()[old + 3 :] == before.songs["heat"].to_numpy()[unplayed]).all()
    facts = after.predictor._facts
    np.testing.assert_array_equal(facts.songs[:old], before.predictor._facts.songs)
    np.testing.assert_allclose(facts.songs[old + 3 :], facts.songs[unplayed], atol=1e-6)


def test_its_vector_is_the_networks(grown: tuple[Engine, Engine, pd.DataFrame], small_bundle: Path) -> None:
    """The network as it was built, told of the new songs as ones without plays."""
    before, after, _ = grown
    new = after.songs[len(before.songs) :]
    model, _ = load_model(before.bundle.__class__(small_bundle, before.bundle.manifest))
    arrays = encode_songs(before.features, new)
    told = SongTensors.from_arrays(arrays, np.zeros(len(new)), len(before.features.genres))
    with torch.no_grad():
        expected = model.items(told.song, told.artist, told.genres, told.sound, told.has_id).numpy()
    expected[:, -1] += new["heat"].to_numpy()
    np.testing.assert_allclose(after.vectors[len(before.songs) :], expected, atol=1e-5)


def test_it_is_searched_recommended_and_similar_at_once(
    grown: tuple[Engine, Engine, pd.DataFrame], listener: str
) -> None:
    before, after, _ = grown
    assert after.search("quxtorin")["song_id"].iloc[0] == "n1"
    assert "n4" in set(
        after.similar(before.songs["song_id"][before.songs.index[~before.songs["has_id"]][0]])["song_id"]
    )
    assert len(after.similar("n1")) == 10
    everything = after.recommend(listener, k=1_000)
    assert {"n1", "n2", "n3", "n4", "n5"} <= set(everything["song_id"])
    assert np.isfinite(everything["probability"]).all()
    offered = recommend_users(after, np.arange(3), 1_000, only_new_songs=True)
    assert set(offered["song_id"]) >= {"n1", "n5"}
    heard = after.recommend(history=["n1", "n2"], k=5)
    assert np.isfinite(heard["score"]).all()
    assert not np.allclose(heard["score"], after.recommend(k=5)["score"])


def test_what_was_there_is_answered_as_before(grown: tuple[Engine, Engine, pd.DataFrame], listener: str) -> None:
    before, after, _ = grown
    old = set(before.songs["song_id"])
    a, b = (engine.recommend(listener, k=200) for engine in (before, after))
    b = b[b["song_id"].isin(old)].reset_index(drop=True)
    pd.testing.assert_frame_equal(a[: len(b)].drop(columns="probability"), b.drop(columns="probability"), atol=1e-5)
    assert before.search("quxtorin").empty or before.search("quxtorin")["song_id"].iloc[0] != "n1"


def test_the_bundle_is_whole_and_says_what_was_added(
    grown: tuple[Engine, Engine, pd.DataFrame], files: tuple[Path, Path]
) -> None:
    checks = verify(files[0])
    assert checks["vectors"] < 1e-4
    manifest = json.loads((files[0] / "manifest.json").read_text())
    assert manifest["counts"]["songs"] == len(grown[1].songs)
    assert [(a["songs"], a["file"]) for a in manifest["added_songs"]] == [(5, "new.csv")]
    judged, _ = judged_of(grown[1].bundle)
    assert judged.heat is None or len(judged.heat) == len(judged.songs)
    assert sorted(p.name for p in files[0].parent.iterdir()) == ["grown", "new.csv"]


def test_a_file_without_a_new_song_is_refused_and_changes_nothing(
    grown: tuple[Engine, Engine, pd.DataFrame], files: tuple[Path, Path], tmp_path: Path
) -> None:
    manifest = (files[0] / "manifest.json").read_bytes()
    with pytest.raises(DataError, match=r"no usable song.*in the bundle already"):
        add_songs(*files)
    (tmp_path / "s.csv").write_text("song_id,title\nx,y\n")
    with pytest.raises(DataError, match="'artist' is missing"):
        add_songs(files[0], tmp_path / "s.csv")
    assert (files[0] / "manifest.json").read_bytes() == manifest


def test_the_command_says_what_it_did(small_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    (tmp_path / "s.csv").write_text("song_id,title,artist,note\nnew,A Song,Someone\nnew2,B,C,x\n")
    with pytest.raises(SystemExit) as ended:
        main(["add-songs", "--bundle", str(copy), "--songs", str(tmp_path / "s.csv"), "--json"])
    assert not ended.value.code
    out = capsys.readouterr().out
    assert json.loads(out)["added"] == 1
    assert "new,A Song,Someone" in (tmp_path / "copy.rejects.csv").read_text()
    assert Engine.load(copy).song("new2")["title"] == "B"


def test_a_model_that_reads_no_features_is_refused(small_bundle: Path, tmp_path: Path) -> None:
    from engine.serving.bundle import hash_files, read_manifest

    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    manifest = read_manifest(copy)
    manifest["config"]["model"]["item_features"] = False
    (copy / "manifest.json").write_text(json.dumps({**manifest, "files": hash_files(copy)}))
    (tmp_path / "s.csv").write_text("song_id,title,artist\nnew,A Song,Someone\n")
    with pytest.raises(BundleError):
        add_songs(copy, tmp_path / "s.csv")
