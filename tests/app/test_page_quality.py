"""Quality: metrics beside baselines, chances, training, folds, bundles side by side."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from evaluation_files import rehash, write_evaluation
from reading_pages import HOSTILE, Open, said, words

from engine.serving.bundle import MANIFEST, TRAINING
from engine.ui.text import plain

VIEWS = ("ranking", "predictions", "training", "folds", "bundles")


@pytest.fixture
def bundle(artifacts: Path) -> Path:
    """A bundle with an evaluation in which iALS is as good as the model."""
    write_evaluation(artifacts / "small")
    return artifacts / "small"


def write_folds(artifacts: Path, data_sha256: str, name: str = "small.folds") -> None:
    folder = artifacts / name
    folder.mkdir()
    table = pd.DataFrame({"fold": [1, 2, 3], "ndcg@10": [0.1, 0.2, 0.3], "popularity_ndcg@10": [0.05, 0.1, 0.1]})
    table.to_parquet(folder / "crossval.parquet")
    means = {"mean": 0.2, "low": 0.1, "high": 0.3}
    summary = {
        "request": {"data": {"data_sha256": data_sha256}},
        "by": "users",
        "mean": {"ndcg@10": means},
        "lead": means,
        "notes": [HOSTILE[0]],
    }
    (folder / "crossval.json").write_text(json.dumps(summary))


def test_a_bundle_just_as_it_was_built_is_shown(open_app: Open, artifacts: Path):
    for view in VIEWS:
        app = open_app(artifacts, "quality", q_view=view)
        assert app.title[0].value == "Quality"
        assert not app.exception
        assert [metric.label for metric in app.metric[:3]] == ["NDCG@10", "Recall@20", "Hit rate@10"]


def test_the_headline_stands_beside_the_best_baseline(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "quality")
    assert "iALS" in said(app)
    assert "which may be chance" in said(app)
    assert app.metric[1].value.endswith("%")


def test_the_metric_comes_from_the_address_and_goes_there(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "quality", q_metric="novelty@20", q_table="true")
    assert "Novelty@20 is" in said(app)
    assert "Metric" in app.dataframe[0].value
    app.selectbox(key="_q_metric").select("map@20").run()
    assert app.query_params["q_metric"] == "map@20"
    assert "MAP@20 is" in said(app)


def test_chances_are_checked_by_three_curves(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "quality", q_view="predictions")
    assert len(app.get("vega_lite_chart")) == 3
    assert "On average chances are off by" in said(app)


def test_without_a_prediction_layer_it_says_so(open_app: Open, artifacts: Path, bundle: Path):
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["metrics"]["head"] = {"off": "too little"}
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    assert "no prediction layer to judge" in said(open_app(artifacts, "quality", q_view="predictions"))


def test_training_is_two_curves_and_a_sentence(open_app: Open, artifacts: Path, bundle: Path):
    passes = len(pd.read_parquet(bundle / TRAINING))
    app = open_app(artifacts, "quality", q_view="training")
    assert f"Training went through the data {passes} times" in said(app)
    assert len(app.get("vega_lite_chart")) == 2


def test_folds_of_the_same_data_are_found_and_others_left_alone(open_app: Open, artifacts: Path, bundle: Path):
    assert "There is no cross-validation" in said(open_app(artifacts, "quality", q_view="folds"))
    own = json.loads((bundle / MANIFEST).read_text())["data"]["data_sha256"]
    write_folds(artifacts, "of other data", "other.folds")
    write_folds(artifacts, own)
    (artifacts / "broken").mkdir()
    (artifacts / "broken" / "crossval.json").write_text("{")
    app = open_app(artifacts, "quality", q_view="folds")
    assert "Over 3 folds of listeners" in said(app)
    assert "<script>" not in words(app)
    assert len(app.get("vega_lite_chart")) == 1
    assert not app.exception


def test_bundles_of_the_same_data_are_compared_by_listener(open_app: Open, artifacts: Path, bundle: Path):
    shutil.copytree(bundle, artifacts / "other")
    write_evaluation(artifacts / "other", seed=1)
    app = open_app(artifacts, "quality", q_view="bundles", bundle="small")
    assert "Of the same data and split, other has NDCG@10" in said(app)
    assert "For the 250 listeners that both were judged on" in said(app)
    assert set(app.table[0].value["Bundle"]) == {"small", "other"}


def test_a_bundle_that_cant_be_opened_is_no_obstacle(open_app: Open, artifacts: Path, bundle: Path):
    (artifacts / "broken").mkdir()
    (artifacts / "broken" / MANIFEST).write_text("{")
    strange = {"schema_version": 3, "files": {}, "metrics": {"models": {"lhydra": "x"}}}
    (artifacts / "strange").mkdir()
    (artifacts / "strange" / MANIFEST).write_text(json.dumps(strange))
    app = open_app(artifacts, "quality", q_view="bundles", bundle="small")
    assert "There is no other bundle to compare with" in said(app)
    assert not app.exception


def test_the_report_can_be_downloaded(open_app: Open, artifacts: Path, bundle: Path):
    labels = [button.proto.label for button in open_app(artifacts, "quality").get("download_button")]
    assert "Download the report" in labels


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "quality", q_view="<script>", q_metric="\u202eevil")
    assert "left out" in app.info[0].value
    assert "<script>" not in app.info[0].value
    assert app.selectbox(key="_q_metric").value == "ndcg@10"
    assert not app.exception


def test_a_bundle_without_an_evaluation_still_shows_its_manifests_figures(open_app: Open, artifacts: Path):
    bundle = artifacts / "small"
    manifest = json.loads((bundle / MANIFEST).read_text())
    for name in manifest["files"]:
        if name.startswith("evaluation/"):
            (bundle / name).unlink()
    rehash(bundle)
    value = manifest["metrics"]["models"]["lhydra"]["ndcg@10"]["mean"]
    for view in VIEWS:
        app = open_app(artifacts, "quality", q_view=view)
        assert app.metric[0].value == f"{value:.3f}"
        assert not app.exception


def test_a_bundles_hostile_name_is_text(open_app: Open, artifacts: Path, bundle: Path):
    bundle.rename(artifacts / "**bold**")
    app = open_app(artifacts, "quality", q_view="bundles")
    assert plain("**bold**") in words(app)
    assert not app.exception
