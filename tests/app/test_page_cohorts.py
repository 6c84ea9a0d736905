"""Cohorts: what is chosen, what is said, who is in a cohort, and bundles that have no evaluation."""

import json
from pathlib import Path

import pandas as pd
import pytest
from evaluation_files import METRICS, MODELS, rehash, write_evaluation
from reading_pages import HOSTILE, Open, said, words
from streamlit.testing.v1 import AppTest

from engine.evaluation.tables import COLUMNS, SUMMARY, file_of
from engine.serving.bundle import MANIFEST
from engine.ui.text import plain

OLD = "55 and over"


@pytest.fixture
def bundle(artifacts: Path) -> Path:
    """A bundle whose listeners of 55 and over are served badly."""
    write_evaluation(artifacts / "small")
    return artifacts / "small"


def chart(app: AppTest) -> dict:
    return json.loads(app.get("vega_lite_chart")[0].proto.spec)


def test_a_bundle_just_as_it_was_built_is_shown(open_app: Open, artifacts: Path):
    for view in ("cohorts", "slices", "popularity"):
        app = open_app(artifacts, "cohorts", c_view=view)
        assert app.title[0].value == "Cohorts"
        assert not app.exception
        assert len(app.get("vega_lite_chart")) == 1 or view == "slices"


def test_it_says_for_whom_the_model_works_less_before_it_draws(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_min="5")
    assert "NDCG@10 is highest for" in said(app)
    assert f"and lowest for {OLD}" in said(app)
    assert f"By more than chance, {OLD} is below the rest" in said(app)


def test_metric_attribute_and_model_come_from_the_address_and_go_there(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_metric="recall@20", c_by="gender", c_versus="ease", c_min="10")
    assert "Lhydra is ahead of EASE in" in said(app)
    assert app.selectbox(key="_c_metric").value == "recall@20"
    assert app.number_input(key="c_min").value == 10
    app.selectbox(key="_c_by").select("activity").run()
    app.selectbox(key="_c_and").select("age_band").run()
    assert app.query_params["c_by"] == "activity"
    assert app.query_params["c_and"] == "age_band"
    assert not app.exception
    app.selectbox(key="_c_versus").select(None).run()
    assert "c_versus" not in app.query_params


def test_every_metric_attribute_and_model_can_be_shown(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts")
    for metric in METRICS:
        app.selectbox(key="_c_metric").select(metric).run()
        assert not app.exception
    for model in MODELS:
        app.selectbox(key="_c_model").select(model).run()
        assert not app.exception
    for attribute in ("gender", "activity"):
        app.selectbox(key="_c_by").select(attribute).run()
        assert not app.exception


def test_two_attributes_are_drawn_as_a_grid(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_by="age_band", c_and="gender")
    assert chart(app)["layer"][0]["mark"]["type"] == "rect"
    assert not app.exception


def test_a_minimum_size_greys_cohorts_and_none_of_them_is_ranked(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_min="1000")
    assert "No cohort has 1,000 listeners or more, so none is ranked" in said(app)
    assert "hollow and dashed" in said(app)


def test_a_cohorts_listeners_are_listed_and_lead_to_their_recommendations(
    open_app: Open, artifacts: Path, bundle: Path
):
    members = pd.read_parquet(bundle / file_of("cohort_members"))
    old = set(members.loc[members["age_band"] == OLD, "user_id"])
    app = open_app(artifacts, "cohorts", c_cohort=f"age_band={OLD}", c_order="lowest")
    assert f"{len(old)} listeners" in said(app)
    links = [link.proto for link in app.get("page_link")]
    assert {link.label for link in links} == {plain(user) for user in old} or len(links) == 10
    assert all(link.label in {plain(user) for user in old} for link in links)
    assert all(link.page == "recommend" for link in links)
    app.button(key="close-cohort").click().run()
    assert "c_cohort" not in app.query_params
    assert not app.get("page_link")


def test_another_choice_of_cohorts_closes_the_one_that_is_open(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_cohort=f"age_band={OLD}")
    app.selectbox(key="_c_metric").select("recall@20").run()
    assert app.query_params["c_cohort"] == f"age_band={OLD}"  # the same people by another metric
    app.selectbox(key="_c_by").select("gender").run()
    assert "c_cohort" not in app.query_params


def test_weak_slices_are_listed_with_how_many_were_looked_at(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_view="slices")
    assert "Of 120 slices looked at, 2 are worse than the rest" in said(app)
    empty = pd.DataFrame(columns=list(COLUMNS["slices"]))
    empty.to_parquet(bundle / file_of("slices"))
    rehash(bundle)
    app = open_app(artifacts, "cohorts", c_view="slices")
    assert "none is worse than the rest by more than chance" in said(app)
    assert not app.get("vega_lite_chart")


def test_popularity_bias_is_by_one_attribute(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_view="popularity", c_by="gender", c_min="2")
    assert "Songs recommended are more popular than songs played for every cohort" in said(app)
    assert not app.exception


def test_the_table_is_drawn_once_it_is_opened(open_app: Open, artifacts: Path, bundle: Path):
    assert not open_app(artifacts, "cohorts").dataframe
    app = open_app(artifacts, "cohorts", c_table="true")
    assert set(app.dataframe[0].value["cohort"]) >= {OLD, "age unknown"}


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(
        artifacts, "cohorts", c_view="<script>", c_metric="\u202eevil", c_by="user_id", c_and="x", c_min="-5",
        c_model="no", c_versus="lhydra'", c_cohort="user_id=1", c_order="sideways",
    )  # fmt: skip
    assert "left out" in app.info[0].value
    assert "<script>" not in app.info[0].value
    assert app.selectbox(key="_c_metric").value == "ndcg@10"
    assert not app.get("page_link")
    assert not app.exception


def test_a_cohort_of_nobody_is_said_calmly(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "cohorts", c_cohort="age_band=nobody,gender=f")
    assert "This bundle knows no cohort" in said(app)
    assert not app.exception


def test_a_bundle_without_an_evaluation_says_how_to_get_one(open_app: Open, artifacts: Path):
    bundle = artifacts / "small"
    for name in json.loads((bundle / MANIFEST).read_text())["files"]:
        if name.startswith("evaluation/"):
            (bundle / name).unlink()
    rehash(bundle)
    app = open_app(artifacts, "cohorts")
    assert "holds no evaluation by listener" in said(app)
    assert app.code[0].value == f"python -m engine evaluate --bundle {bundle}"
    assert not app.exception


def test_tables_that_cant_be_read_are_as_if_they_were_not_there(open_app: Open, artifacts: Path, bundle: Path):
    for name in ("slices", "bias", "cohorts"):
        (bundle / file_of(name)).write_bytes(b"no parquet")
    (bundle / SUMMARY).write_text("{")
    rehash(bundle)
    for view in ("cohorts", "slices", "popularity"):
        assert not open_app(artifacts, "cohorts", c_view=view).exception


def test_hostile_cohorts_are_shown_as_text(open_app: Open, artifacts: Path, bundle: Path):
    members = pd.read_parquet(bundle / file_of("cohort_members"))
    members["taste"] = [HOSTILE[i % len(HOSTILE)] for i in range(len(members))]
    members.to_parquet(bundle / file_of("cohort_members"))
    rehash(bundle)
    app = open_app(artifacts, "cohorts", c_by="taste", c_min="2", c_cohort=f"taste={HOSTILE[0]}", c_table="true")
    assert "<script>" not in words(app)
    assert plain(HOSTILE[0].capitalize()) in [heading.value for heading in app.header]
    assert not app.exception
