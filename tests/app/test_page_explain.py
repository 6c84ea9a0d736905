"""Explain: why, what if, on the whole; from the address, and calm where the address makes no sense."""

from pathlib import Path

import pytest
from reading_pages import Open, said, words

from engine import Engine
from engine.reporting.explain_words import sentence
from engine.reporting.words import KEYS


@pytest.fixture(scope="module")
def song(engine: Engine, listener: str) -> str:
    """Id of what is recommended first to the listener."""
    return str(engine.recommend(listener, k=1)["song_id"].iloc[0])


def test_without_a_listener_some_are_offered_then_their_recommendations(
    open_app: Open, artifacts: Path, engine: Engine
):
    app = open_app(artifacts, "explain")
    offered = [button for button in app.button if (button.key or "").startswith("explain-listener-")]
    assert len(offered) == 4
    offered[0].click().run()
    user_id = str(offered[0].key).removeprefix("explain-listener-")
    assert app.query_params["x_user"] == user_id
    first = str(engine.recommend(user_id, k=10)["song_id"].iloc[0])
    app.button(key=f"explain-song-{first}").click().run()
    assert app.query_params["x_song"] == first
    assert "The parts add up" in words(app)
    assert not app.exception


def test_before_a_song_is_chosen_the_listener_is_named(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "explain", x_user=listener)
    assert f"For listener **{listener}**" in said(app)
    app.button(key="other-listener").click().run()
    assert "x_user" not in app.query_params
    assert any((button.key or "").startswith("explain-listener-") for button in app.button)
    assert not app.exception


def test_an_explanation_says_why_in_a_sentence(
    open_app: Open, artifacts: Path, engine: Engine, listener: str, song: str
):
    app = open_app(artifacts, "explain", x_user=listener, x_song=song)
    found = engine.explain(listener, song)
    assert sentence(found, engine.song(song), listener) in said(app)
    assert "under 0.01 % off" in said(app)
    assert "Which of their songs" in [s.value for s in app.subheader]
    assert not app.exception


def test_method_and_baseline_come_from_the_address(open_app: Open, artifacts: Path, listener: str, song: str):
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, x_method="feature_ablation", x_listener="peers")
    assert app.selectbox(key="_x_method").value == "feature_ablation"
    assert "so they need not add up" in said(app)
    assert "someone of the same age, gender and country" in " ".join(c.value for c in app.caption)
    app.selectbox(key="_x_method").select("gradient_shap").run()
    assert app.query_params["x_method"] == "gradient_shap"
    assert "add up to the difference" in said(app)


def test_someone_new_is_explained(open_app: Open, artifacts: Path, engine: Engine):
    songs = engine.songs.nlargest(3, "listeners")["song_id"].tolist()
    app = open_app(artifacts, "explain", x_songs=f"{songs[0]},{songs[1]}", x_age="30", x_song=songs[2])
    assert "someone new" in said(app)
    assert "The parts add up" in said(app)
    bare = open_app(artifacts, "explain", x_age="30", x_song=songs[2])
    assert "They have played nothing yet" in " ".join(c.value for c in bare.caption)


def test_unknown_ids_are_said_and_the_nearest_offered(open_app: Open, artifacts: Path, listener: str, song: str):
    app = open_app(artifacts, "explain", x_user=f"{listener}x", x_song=song)
    assert "no listener with the id" in app.info[0].value
    app.button(key=f"near-listener-{listener}").click().run()
    assert app.query_params["x_user"] == listener
    app = open_app(artifacts, "explain", x_user=listener, x_song=f"{song}x")
    assert "no song with the id" in app.info[0].value
    assert not app.exception


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path, listener: str, song: str):
    junk = {"x_method": "guess", "x_view": "<b>", "x_listener": "me", "x_if_age": "900", "x_if_sound": "colour"}
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, **junk)
    assert "left out" in app.info[0].value
    assert "The parts add up" in said(app)
    assert not app.exception


def test_what_if_moves_the_song(open_app: Open, artifacts: Path, engine: Engine, listener: str, song: str):
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, x_view="what-if")
    assert "It ranks 1st as things are" in said(app)
    heard = engine.history(listener, 5)["song_id"].tolist()
    app.multiselect(key="_x_out").set_value(heard[:2]).run()
    assert app.query_params["x_out"] == ",".join(heard[:2])
    assert "Without “" in said(app)
    again = open_app(artifacts, "explain", x_user=listener, x_song=song, x_view="what-if", x_out=",".join(heard[:2]))
    assert [m.value for m in again.metric] == [m.value for m in app.metric]
    unknown = open_app(artifacts, "explain", x_user=listener, x_song=song, x_view="what-if", x_if_country="unknown")
    assert "country was not known" in said(unknown)


def test_another_sound_comes_from_the_address(open_app: Open, artifacts: Path, listener: str, song: str):
    asked = {"x_view": "what-if", "x_if_sound": "tempo", "x_if_value": "90"}
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, **asked)
    assert "tempo was 90 beats a minute" in said(app)
    assert not app.exception


def test_another_key_is_chosen_by_its_name(open_app: Open, artifacts: Path, listener: str, song: str, engine: Engine):
    first, second = [at for at in (1, 2, 3) if at != engine.song(song)["key"]][:2]
    asked = {"x_view": "what-if", "x_if_sound": "key", "x_if_value": str(first)}
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, **asked)
    assert f"its key was {KEYS[first]}" in said(app)
    (slider,) = app.select_slider
    assert slider.value == first
    assert slider.options[:3] == ["C", "C♯", "D"]
    slider.set_value(float(second)).run()
    assert app.query_params["x_if_value"] == str(second)
    assert f"its key was {KEYS[second]}" in said(app)
    length = open_app(artifacts, "explain", x_user=listener, x_song=song, **(asked | {"x_if_sound": "duration_ms"}))
    assert not length.select_slider
    assert not length.exception


def test_the_smallest_change_is_searched_for_and_tried(open_app: Open, artifacts: Path, listener: str, song: str):
    app = open_app(artifacts, "explain", x_user=listener, x_song=song, x_view="what-if")
    app.button(key="search-change").click().run()
    assert "changes were tried" in said(app) or "stays even without" in said(app)
    tries = [button for button in app.button if (button.key or "").startswith("try-")]
    if tries:
        tries[0].click().run()
        assert "it would fall from rank 1" in said(app)
    assert not app.exception


def test_on_the_whole_groups_are_compared(open_app: Open, artifacts: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.ui.explain_overview.LISTENERS", 8)
    app = open_app(artifacts, "explain", x_view="all", x_by="gender")
    assert "count most in what ranks first, over 8 listeners" in said(app)
    assert app.selectbox(key="_x_by").value == "gender"
    assert not app.exception


def test_hostile_titles_are_no_trouble(open_app: Open, hostile: Path, engine: Engine, listener: str):
    song_id = str(engine.songs.nlargest(1, "listeners")["song_id"].iloc[0])
    for view in ("why", "what-if"):
        app = open_app(hostile, "explain", x_user=listener, x_song=song_id, x_view=view)
        assert "<script>" not in words(app)
        assert not app.exception


def test_each_recommendation_links_to_why(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="5")
    links = [element for element in app.get("page_link") if element.proto.label == "Why?"]
    assert len(links) == 5
    assert all(f"x_user={listener}" in element.proto.query_string for element in links)
