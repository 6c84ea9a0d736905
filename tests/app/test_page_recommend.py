"""Recommend: a known listener, someone new, filters."""

import json
import shutil
from html import escape
from pathlib import Path

import onnxruntime
import pandas as pd
import pytest
from reading_pages import Open, said, words
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.errors import UnknownArtist
from engine.serving.bundle import MANIFEST, SONGS, USERS, hash_files
from engine.ui.asking import known_artists
from engine.ui.beside import both
from engine.ui.marks import Marks, chance
from engine.ui.moves import Move, changes, mark, moves, overlap
from engine.ui.recommendations import bars, reasons, table


def marks_of(app: AppTest) -> list[str]:
    """What stands before and after each recommendation."""
    return [element.proto.body for element in app.get("html") if 'class="rank"' in element.proto.body]


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
    shown = list(zip(range(1, 11), bars(found), found["probability"], strict=True))
    assert marks_of(app) == [Marks(*each).html() for each in shown]
    assert all(f">{escape(chance(p))}<" in html for html, p in zip(marks_of(app), found["probability"], strict=True))
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
    assert ">&gt;99 %<" in Marks(1, 1.0, 0.999).html()
    assert ">&lt;1 %<" in Marks(1, 0.0, 0.001).html()


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
    assert [html.split("</span>")[0] for html in marks_of(app)] == [f'<span class="rank">{n}' for n in range(1, 11)]


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


@pytest.fixture
def model_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one whenever anything is asked of an exported model."""
    runs: list[str] = []
    run = onnxruntime.InferenceSession.run

    def counted(session, *given, **named):
        runs.append("run")
        return run(session, *given, **named)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", counted)
    return runs


def titles(app, name: str = "pick") -> list[str]:
    """Ids of the songs that a list of the page links to."""
    links = [str(link.proto.query_string) for link in app.get("page_link")]
    return [link.split("d_song=")[1].split("&")[0] for link in links if "d_song=" in link]


def test_the_sliders_never_ask_the_model(open_app: Open, artifacts: Path, listener: str, model_runs: list[str]):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="35", r_from="1970")  # asked by no other test
    asked = len(model_runs)
    assert asked >= 2
    before = titles(app)[:35]
    for key, value in (("r_div", 0.7), ("r_novel", 0.5), ("r_fresh", 0.3), ("r_div", 0.0)):
        app.slider(key=key).set_value(value).run()
        assert not app.exception
    app.number_input(key="r_max").set_value(1).run()
    assert titles(app)[:35] != before
    assert len(model_runs) == asked
    app.slider(key="r_k").set_value(40).run()
    assert len(model_runs) > asked  # or the count would count nothing


def test_songs_that_diversity_moved_have_arrows_and_words(
    open_app: Open, artifacts: Path, engine: Engine, listener: str
):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10", r_div="0.6")
    before = engine.recommend(listener, k=10)["song_id"].tolist()
    after = engine.recommend(listener, k=10, diversity=0.6)["song_id"].tolist()
    assert titles(app)[:10] == after
    moved = moves(before, after)
    assert any(mark(one) for one in moved)
    shown = zip(marks_of(app), moved, strict=True)
    assert all(html.startswith(f'<span class="rank">{n}{mark(one)}</span>') for n, (html, one) in enumerate(shown, 1))
    assert changes(before, after) in said(app)
    plain = open_app(artifacts, "recommend", r_user=listener, r_k="10")
    assert not any("moved" in html for html in marks_of(plain))
    assert "own order" not in said(plain)


def test_moves_are_told_by_arrow_and_by_word():
    assert moves(["a", "b", "c"], ["c", "a", "x"]) == [Move(2), Move(-1), Move(None)]
    assert ">▲2</span>" in mark(Move(2))
    assert ">up 2 places</span>" in mark(Move(2))
    assert 'aria-hidden="true">▼1</span>' in mark(Move(-1))
    assert ">down 1 place</span>" in mark(Move(-1))
    assert ">new</span>" in mark(Move(None))
    assert mark(Move(0)) == ""
    assert changes(["a", "b"], ["a", "b"]) == "The order is the model’s own."
    assert changes(["a", "b", "c"], ["b", "a", "x"]).endswith("1 of 3 are new and 2 have moved.")


def test_how_far_two_lists_agree_is_said():
    assert overlap(["a", "b"], ["c", "d"]) == "The two lists have no song in common."
    assert overlap(["a", "b"], ["a", "b"]) == "The two lists are the same."
    assert overlap(["a", "b"], ["x", "a"]) == "1 of 2 song is in both lists, 1.0 place apart."
    assert overlap(["a", "b", "c"], ["c", "b", "x"]) == "2 of 3 songs are in both lists, 1.0 place apart on average."
    assert overlap(["a", "b"], ["a", "x"]) == "1 of 2 song is in both lists, in the same place."


def test_an_artist_is_left_out_and_in_the_address(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    first = str(engine.recommend(listener, k=10)["artist"].iloc[0])
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10", r_without=first)
    expected = engine.recommend(listener, k=10, without_artists=[first])["song_id"].tolist()
    assert titles(app)[:10] == expected
    assert app.multiselect(key="_r_without").value == [first]
    app.multiselect(key="_r_without").set_value([]).run()
    assert "r_without" not in app.query_params
    assert titles(app)[:10] == engine.recommend(listener, k=10)["song_id"].tolist()


def test_an_artist_nobody_knows_is_said_and_nothing_left_out(
    open_app: Open, artifacts: Path, engine: Engine, listener: str
):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10", r_without="zzqqxxy")
    assert "No artist here is called" in app.info[0].value
    assert titles(app)[:10] == engine.recommend(listener, k=10)["song_id"].tolist()
    known, unknown = known_artists(engine, ["zzqqxxy", str(engine.songs["artist"].iloc[0])])
    assert len(known) == 1
    assert isinstance(unknown[0], UnknownArtist)


def test_at_most_so_many_songs_of_an_artist(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="20", r_max="1")
    expected = engine.recommend(listener, k=20, max_per_artist=1)["song_id"].tolist()
    assert titles(app)[:20] == expected


def test_more_like_a_row_opens_below_it_and_closes(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    app = open_app(artifacts, "recommend", r_user=listener, r_k="10")
    song = titles(app)[0]
    app.button(key=f"more-pick-{song}").click().run()
    assert app.query_params["r_like"] == song
    assert app.button(key=f"more-pick-{song}").label == "Close"
    assert titles(app)[1:6] == engine.similar(song, 5)["song_id"].tolist()
    app.button(key=f"more-pick-{song}").click().run()
    assert "r_like" not in app.query_params


def test_how_often_a_reason_was_played_is_said():
    found = pd.DataFrame({"closest_title": ["A", "B"], "closest_song_id": ["1", "2"]})
    assert reasons(found, {"1": 12, "2": 1}) == ["close to A, which they played 12 times", "close to B"]


@pytest.fixture
def two(artifacts: Path) -> Path:
    """Beside `small` a bundle `other` that has forgotten a listener and a song, under whose ids it has others."""
    other = Path(shutil.copytree(artifacts / "small", artifacts / "other"))
    users, songs = pd.read_parquet(other / USERS), pd.read_parquet(other / SONGS)
    users.loc[users.index[-1], "user_id"] = "somebody else"
    songs.loc[songs.index[-1], "song_id"] = "something else"
    users.to_parquet(other / USERS)
    songs.to_parquet(other / SONGS)
    manifest = json.loads((other / MANIFEST).read_text())
    created = "2000-01-01T00:00:00+00:00"
    (other / MANIFEST).write_text(json.dumps({**manifest, "created": created, "files": hash_files(other)}))
    return artifacts


def test_two_bundles_stand_side_by_side(open_app: Open, two: Path, engine: Engine, listener: str):
    app = open_app(two, "recommend", r_user=listener, r_k="10", r_beside="other")
    assert [heading.value for heading in app.header] == ["small", "other"]
    assert "The two lists are the same." in said(app)
    mine = engine.recommend(listener, k=10)["song_id"].tolist()
    assert titles(app) == [*mine, *mine]
    theirs = [str(link.proto.query_string) for link in app.get("page_link")][-10:]
    assert all("bundle=other" in link for link in theirs)
    app.selectbox(key="_r_beside").set_value(None).run()
    assert "r_beside" not in app.query_params
    assert [heading.value for heading in app.header] == ["Recommended", "What they play"]


def test_only_bundles_that_know_the_listener_are_offered(open_app: Open, two: Path, engine: Engine, listener: str):
    forgotten = str(engine.users["user_id"].iloc[-1])
    app = open_app(two, "recommend", r_user=listener, r_k="10")
    assert app.selectbox(key="_r_beside").options == ["other"]
    app = open_app(two, "recommend", r_user=forgotten, r_k="10", r_beside="other")
    assert "_r_beside" not in [box.key for box in app.selectbox]
    assert "doesn’t know this listener" in app.info[0].value
    assert app.header[0].value == "Recommended"
    app = open_app(two, "recommend", r_user=listener, r_k="10", r_beside="nowhere")
    assert "no bundle “nowhere” here" in app.info[0].value


def test_a_persona_is_compared_where_its_songs_are_known(open_app: Open, two: Path, engine: Engine):
    first, last = str(engine.songs["song_id"].iloc[0]), str(engine.songs["song_id"].iloc[-1])
    app = open_app(two, "recommend", r_mode="persona", r_songs=first, r_k="5", r_beside="other")
    assert "small" in [heading.value for heading in app.header]
    app = open_app(two, "recommend", r_mode="persona", r_songs=f"{first},{last}", r_k="5", r_beside="other")
    assert "all of these songs" in app.info[0].value


def test_a_bundle_that_is_broken_is_said_and_not_shown(open_app: Open, two: Path, listener: str):
    (two / "other" / SONGS).write_bytes(b"no longer")
    app = open_app(two, "recommend", r_user=listener, r_k="5", r_beside="other")
    assert "changed since the bundle was published" in app.info[0].value
    assert not app.exception


def test_two_lists_are_one_table_to_download():
    mine = pd.DataFrame({"song_id": ["a", "b"], "title": ["A", "B"], "artist": ["x", "y"], "score": [2.0, 1.0]})
    theirs = pd.DataFrame({"song_id": ["c", "a"], "title": ["C", "A"], "artist": ["z", "x"], "score": [9.0, 8.0]})
    found = both(mine, theirs, ("one", "two"))
    assert found["song_id"].tolist() == ["a", "b", "c"]
    assert found["title"].tolist() == ["A", "B", "C"]
    assert found["rank one"].tolist()[:2] == [1, 2]
    assert found["rank two"].tolist()[0] == 2
    assert found["score two"].tolist()[2] == 9.0
