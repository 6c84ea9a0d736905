"""Recommend: a known listener, someone new, filters."""

from pathlib import Path

import pandas as pd
import pytest
from reading_pages import Open, words

from engine import Engine
from engine.ui.recommendations import bars, chance, reasons, table


def test_without_a_listener_some_are_offered(open_app: Open, artifacts: Path):
    app = open_app(artifacts, "recommend")
    offered = [button for button in app.button if (button.key or "").startswith("some-listener-")]
    assert len(offered) == 4
    offered[0].click().run()
    assert app.header[0].value == "Recommended"


def test_a_listener_is_shown_with_recommendations_and_history(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener)
    assert [heading.value for heading in app.header] == ["Recommended", "What they play"]
    assert f"**{listener}**" in words(app)
    assert "close to" in words(app)
    assert not app.exception


def test_each_song_has_the_chance_that_it_is_played(open_app: Open, artifacts: Path, listener: str, engine: Engine):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10")
    found = engine.recommend(listener, k=10)
    shown = [element.value for element in app.markdown if element.value.endswith(" %")]
    assert shown == [chance(p) for p in found["probability"]]
    assert "4 songs that they have not played" in " ".join(caption.value for caption in app.caption)


def test_a_chance_is_never_certain():
    assert [chance(p) for p in (0.0, 0.004, 0.126, 0.5, 0.999, 1.0)] == [
        "<1 %",
        "<1 %",
        "13 %",
        "50 %",
        ">99 %",
        ">99 %",
    ]
    assert chance(float("nan")) == ""


def test_a_bar_is_as_long_as_the_chance_below_it():
    found = pd.DataFrame({"score": [3.0, 2.0, 1.0], "probability": [0.5, 0.9, 1.0]})
    assert bars(found) == [0.5, 0.9, 1.0]
    without = found.assign(probability=float("nan"))
    assert bars(without) == pytest.approx([1.0, 0.04 + 0.96 / 2, 0.04])


def test_a_reason_that_all_songs_share_is_not_said_of_each():
    found = pd.DataFrame({"closest_title": ["A", "A"]})
    assert reasons(found) == ["", ""]
    assert reasons(found[:1]) == ["close to A"]
    assert reasons(pd.DataFrame({"closest_title": ["A", "B", None]})) == ["close to A", "close to B", ""]


def test_how_many_comes_from_the_address(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10")
    ranks = [element.value for element in app.markdown if element.value.isdigit()]
    assert ranks == [str(rank) for rank in range(1, 11)]


def test_part_of_an_id_finds_listeners(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener[:-1])
    assert any((button.key or "").startswith("found-listener-") for button in app.button)


def test_an_unknown_listener_is_said_and_the_nearest_offered(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=f"{listener}x")
    assert "no listener with the id" in app.info[0].value
    app.button(key=f"near-listener-{listener}").click().run()
    assert app.header[0].value == "Recommended"


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="-7", r_from="abc", r_genres="<script>", r_div="9")
    assert "left out" in app.info[0].value
    assert app.header[0].value == "Recommended"
    assert not app.exception


def test_genres_and_years_narrow_the_list(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    genre = engine.genres[0]
    app = open_app(artifacts, "recommend", r_user=listener, r_genres=genre, r_from="2000", r_to="2010", r_k="5")
    expected = engine.recommend(listener, k=5, genres=[genre], years=(2000, 2010))
    assert expected["artist"].iloc[0] in words(app).replace("\\", "")


def test_a_filter_that_leaves_nothing_says_so(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    rare = engine.genres[-1]
    first = int(engine.songs["release_year"].min())
    app = open_app(artifacts, "recommend", r_user=listener, r_genres=rare, r_from=str(first), r_to=str(first))
    assert "No songs are left" in words(app) or app.header
    assert not app.exception


def test_someone_new_is_made_of_songs_and_details(open_app: Open, artifacts: Path, engine: Engine):
    app = open_app(artifacts, "recommend", r_mode="persona")
    assert "Add a song" in words(app)
    add = next(button for button in app.button if (button.key or "").startswith("add-song-"))
    add.click().run()
    song_id = str(add.key).removeprefix("add-song-")
    assert app.query_params["r_songs"] == song_id
    assert app.header[0].value == "Recommended"
    app.button(key=f"remove-{song_id}").click().run()
    assert "Add a song" in words(app)


def test_demographics_alone_are_enough(open_app: Open, artifacts: Path, engine: Engine):
    country = engine.features.countries[0]
    app = open_app(artifacts, "recommend", r_mode="persona", r_age="31", r_gender="f", r_country=country)
    assert "come from what is known of them" in words(app)
    assert app.number_input(key="r_age").value == 31
    assert app.selectbox(key="_r_gender").value == "f"


def test_an_unknown_song_of_a_persona_is_said_and_the_others_used(open_app: Open, artifacts: Path, engine: Engine):
    known = str(engine.songs["song_id"].iloc[0])
    app = open_app(artifacts, "recommend", r_mode="persona", r_songs=f"{known},{known}x")
    assert "no song with the id" in app.info[0].value
    assert app.header[0].value == "Recommended"


def test_a_persona_has_at_most_five_songs(open_app: Open, artifacts: Path, engine: Engine):
    ids = ",".join(engine.songs["song_id"].head(9))
    app = open_app(artifacts, "recommend", r_mode="persona", r_songs=ids)
    assert "at most 5 songs" in app.info[0].value
    assert len([b for b in app.button if (b.key or "").startswith("remove-")]) == 5


def test_hostile_titles_are_no_trouble(open_app: Open, hostile: Path, engine: Engine):
    song_id = str(engine.songs.nlargest(1, "listeners")["song_id"].iloc[0])
    app = open_app(hostile, "recommend", r_mode="persona", r_songs=song_id)
    assert "<script>" not in words(app)
    assert r"\<script\>" in words(app)


def test_the_table_to_download_is_ranked(engine: Engine, listener: str):
    ranked = table(engine.recommend(listener, k=3))
    assert list(ranked["rank"]) == [1, 2, 3]
    assert list(ranked.columns[:5]) == ["rank", "song_id", "title", "artist", "score"]
