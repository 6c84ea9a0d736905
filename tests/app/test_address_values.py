"""What an address asks for and isn't there is never only dropped: the nearest that is there is said, or offered."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from evaluation_files import write_evaluation
from reading_pages import Open, said
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.reporting.attributes import cohort_values
from engine.ui.near_cohorts import known_cohort, nearest_cohorts

MEMBERS = pd.DataFrame(
    {
        "user_id": ["a", "b", "c", "d"],
        "age_band": ["18–24", "25–34", "25–34", "55 and over"],
        "gender": ["f", "m", "f", "m"],
    }
)
ATTRIBUTES = ["age_band", "gender"]


def offered(app: AppTest, where: str) -> list[str]:
    """Labels of what is offered to click."""
    return [button.label for button in app.button if str(button.key).startswith(where)]


def test_an_unknown_cohort_is_said_and_the_nearest_opens(open_app: Open, artifacts: Path):
    write_evaluation(artifacts / "small")
    app = open_app(artifacts, "cohorts", c_cohort="age_band=55 and older")
    assert "This bundle knows no cohort “age_band 55 and older”" in said(app)
    assert not app.get("page_link")
    near = next(button for button in app.button if str(button.key).startswith("cohort-"))
    assert near.label.startswith("**55 and over**")
    near.click().run()
    assert app.query_params["c_cohort"] == "age_band=55 and over"
    assert app.get("page_link")
    assert not app.exception


@pytest.mark.parametrize(
    "key", ["user_id=1", "nonsense", "=", "age_band=<script>alert(1)</script>", "a=b=c", "x" * 5_000]
)
def test_a_cohort_of_nothing_known_is_said_calmly(open_app: Open, artifacts: Path, key: str):
    write_evaluation(artifacts / "small")
    app = open_app(artifacts, "cohorts", c_cohort=key)
    assert "This bundle knows no cohort" in said(app)
    assert len(offered(app, "cohort-")) == 3
    assert "<script>" not in "".join(notice.value for notice in app.info)
    assert not app.exception


def test_the_nearest_cohorts_are_of_the_attributes_that_are_named():
    def nearest(key: str) -> list[dict[str, str]]:
        return [cohort_values(near) for near in nearest_cohorts(MEMBERS, ATTRIBUTES, key)]

    assert nearest("age_band=25-34")[0] == {"age_band": "25–34"}
    assert nearest("gender=female")[0] == {"gender": "f"}  # as the page calls it
    both = nearest("age_band=55+,gender=male")
    assert both[0] == {"age_band": "55 and over", "gender": "m"}
    assert all(set(cohort) == {"age_band", "gender"} for cohort in both)
    assert nearest("age=18–24")[0] == {"age_band": "18–24"}
    assert nearest("gender=m,planet=mars")[0] == {"gender": "m"}


def test_a_cohort_is_known_where_somebody_is_in_it():
    assert known_cohort(MEMBERS, ATTRIBUTES, "gender=f,age_band=25–34") == {"gender": "f", "age_band": "25–34"}
    assert known_cohort(MEMBERS, ATTRIBUTES, "gender=m,age_band=18–24") is None
    assert known_cohort(MEMBERS, ["gender"], "age_band=25–34") is None
    assert known_cohort(MEMBERS, ATTRIBUTES, "") is None


def test_the_song_that_others_like_it_are_shown_of(open_app: Open, artifacts: Path, listener: str, engine: Engine):
    song_id = str(engine.songs["song_id"].iloc[0])
    app = open_app(artifacts, "recommend", r_user=listener, r_like=f"{song_id}x")
    assert f"r_like = {song_id}x (nearest: {song_id}" in said(app)


def test_another_bundle_to_stand_beside(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_beside="winner")
    assert "There is no bundle “winner” here, so nothing is shown beside." in said(app)
    shutil.copytree(artifacts / "small", artifacts / "winter")
    app = open_app(artifacts, "recommend", bundle="small", r_user=listener, r_beside="winner")
    assert "so nothing is shown beside; the nearest is winter." in said(app)


def test_songs_of_someone_new_to_explain(open_app: Open, artifacts: Path, engine: Engine):
    first, second = engine.songs["song_id"].iloc[:2]
    app = open_app(artifacts, "explain", x_songs=f"{first}x,{first}y,{second}", x_song=second)
    assert said(app).count("knows no song with the id") == 2
    app.button(key=f"near-song-1-{first}").click().run()
    assert app.query_params["x_songs"] == f"{first}x,{first},{second}"
    assert not app.exception


def test_two_unknown_songs_of_a_persona_may_have_the_same_one_near(open_app: Open, artifacts: Path, engine: Engine):
    first = engine.songs["song_id"].iloc[0]
    app = open_app(artifacts, "recommend", r_mode="persona", r_songs=f"{first}x,{first}y")
    assert not app.exception
    app.button(key=f"near-song-1-{first}").click().run()
    assert app.query_params["r_songs"] == first


def test_a_song_to_take_out_that_nobody_played(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    heard = str(engine.history(listener, 1)["song_id"].iloc[0])
    song = str(engine.recommend(listener, k=1)["song_id"].iloc[0])
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, x_view="what-if", x_out=f"{heard}x")
    assert f"“{heard}x” is not among the" in said(app)
    app.button(key=f"near-out-0-{heard}").click().run()
    assert app.query_params["x_out"] == heard
    assert app.multiselect(key="_x_out").value == [heard]


@pytest.mark.parametrize(
    ("page", "name", "value", "says"),
    [
        ("cohorts", "c_order", "lowst", "nearest: lowest"),
        ("cohorts", "c_table", "open", "there are true, false"),
        ("cohorts", "c_min", "-5", "there are 2 to 1000"),
        ("explain", "x_by", "gendre", "nearest: gender"),
        ("explain", "x_drop", "no", "there are yes"),
        ("quality", "q_table", "ture", "nearest: true"),
        ("bundles", "b_preset", "quick", "there are default, demo, large"),
        ("bundles", "b_table", "tru", "nearest: true"),
        ("recommend", "r_gender", "woman", "there are "),
        ("recommend", "r_age", "7", "there are 10 to 100"),
        ("discover", "d_from", "1066", "there are "),
    ],
)
def test_one_of_a_few_is_named(open_app: Open, artifacts: Path, page: str, name: str, value: str, says: str):
    app = open_app(artifacts, page, **{name: value})
    assert f"{name} = {value} ({says}" in said(app)
    assert not app.exception
