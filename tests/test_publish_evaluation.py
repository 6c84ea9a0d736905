"""The evaluation in a bundle: whole, made again the same, and refused by name where it can't be."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from engine import BundleError, Engine
from engine.cli import main
from engine.evaluation.cohorts import cohort_table
from engine.evaluation.evaluate import TABLES
from engine.evaluation.tables import BASELINES, RANKED, file_of
from engine.publish_evaluation import evaluate_again
from engine.serving.bundle import hash_files, open_bundle, read_manifest


@pytest.fixture
def copy(small_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle, tmp_path / "artifacts" / "copy"))


def test_made_again_it_is_what_the_build_made(copy: Path, small_bundle: Path) -> None:
    evaluate_again(copy)
    for name in TABLES:
        before, after = (pd.read_parquet(folder / file_of(name)) for folder in (small_bundle, copy))
        pd.testing.assert_frame_equal(before, after, obj=name)
    before, after = read_manifest(small_bundle), read_manifest(copy)
    assert after["metrics"] == before["metrics"]
    assert after["created"] == before["created"]


def test_without_baselines_the_bundle_is_whole_and_has_none(copy: Path) -> None:
    evaluate_again(copy, "none")
    bundle = open_bundle(copy)  # every hash is right
    assert bundle.manifest["files"] == hash_files(copy)
    assert list(bundle.manifest["metrics"]["models"]) == ["lhydra"]
    assert "classification" in bundle.manifest["metrics"]["head"]  # the head's figures stay
    record = Engine.load(copy).evaluation
    assert record.comparisons().empty
    assert set(record.per_user()["model"]) == {"lhydra"}
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_the_engine_gives_every_table(engine: Engine) -> None:
    record = engine.evaluation
    assert record.there
    assert set(record.per_user()["model"]) == {"lhydra", *BASELINES} - {"ials"}
    assert record.metrics()["value"].notna().all()
    assert len(record.curves("roc")) > 10
    assert record.summary()["users"] == record.members()["user_id"].nunique()
    table = cohort_table(record.per_user(), record.members(), "ndcg@10", ["gender"], versus="popularity")
    assert table["users"].sum() == record.per_user().query("model == 'lhydra'")["ndcg@10"].notna().sum()


def test_the_model_is_judged_on_lists_without_what_was_seen(small_bundle: Path, engine: Engine) -> None:
    ranked = pd.read_parquet(small_bundle / RANKED)
    new = ranked[~ranked["known"]]
    plays = pd.read_parquet(small_bundle / "history.parquet")
    seen = plays[plays["part"] != "test"][["user_index", "song_index"]]
    assert new.merge(seen, on=["user_index", "song_index"]).empty
    assert new.groupby("user_index")["rank"].max().eq(20).all()


def test_an_older_bundle_opens_and_is_told_what_it_lacks(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    shutil.rmtree(copy / "evaluation")
    manifest["files"] = {name: digest for name, digest in manifest["files"].items() if "evaluation/" not in name}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert not Engine.load(copy).evaluation.there
    with pytest.raises(BundleError, match="before bundles kept what an evaluation needs; build it again"):
        evaluate_again(copy)


def test_the_command_prints_figures_and_refuses_what_is_no_bundle(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(["evaluate", "--bundle", str(copy), "--baselines", "none", "--json"])
    assert done.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["metrics"]["models"]["lhydra"]["ndcg@10"]["mean"] > 0
    assert said["baselines"] == {}
    with pytest.raises(SystemExit) as done:
        main(["evaluate", "--bundle", str(tmp_path / "nowhere")])
    assert done.value.code == 2
    assert "no bundle here" in capsys.readouterr().err
    with pytest.raises(SystemExit) as done:
        main(["evaluate", "--bundle", str(copy), "--baselines", "some"])
    assert done.value.code == 2
