"""Map: what is drawn and said, areas and listeners in the address, bundles without a map."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reading_pages import Open, said, words
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.serving.bundle import MANIFEST, MAP, hash_files
from engine.serving.song_map import SongMap
from engine.ui import map_words
from engine.ui.map_area import MOST_CORNERS, area_from_text, area_of_selection, area_to_text, inside
from engine.ui.map_figure import Drawn, Look, choose_drawn, figure, groups_of, hover_lines
from engine.ui.map_song import point, song_at
from engine.ui.map_view import dots

LOOK = Look("#000000", ("#111111", "#222222", "#333333", "#444444", "#555555", "#666666", "#777777"))
NOBODY = np.empty(0, dtype=np.int64)
RIGHT = "0.-1100~1100.-1100~1100.1100~0.1100"  # the right half of the map


@pytest.fixture
def songs(engine: Engine) -> SongMap:
    assert engine.song_map is not None
    return engine.song_map


def chart(app: AppTest) -> dict:
    (drawn,) = app.get("plotly_chart")
    return json.loads(drawn.proto.spec)


def traces(app: AppTest) -> dict[str, dict]:
    return {trace["name"]: trace for trace in chart(app)["data"]}


def test_songs_are_drawn_by_genre_and_the_finding_is_said(open_app: Open, artifacts: Path, engine: Engine):
    app = open_app(artifacts, "map")
    assert not app.exception
    drawn = traces(app)
    assert list(drawn)[-1] == "other"
    assert len(drawn) == 7
    assert {trace["type"] for trace in drawn.values()} == {"scattergl"}
    assert sum(len(trace["text"]) for trace in drawn.values()) == len(engine.songs)
    assert "where chance would give" in said(app)
    assert f"All {len(engine.songs)} songs are drawn" in said(app)
    assert "Draw round some songs" in said(app)


def test_an_area_in_the_address_lists_its_songs(open_app: Open, artifacts: Path, engine: Engine, songs: SongMap):
    within = np.flatnonzero(songs.positions[:, 0] > 0)
    app = open_app(artifacts, "map", m_area=RIGHT)
    assert f"{len(within)} songs in the area" in [heading.value for heading in app.header]
    best = engine.songs.iloc[within].nlargest(1, "listeners").iloc[0]
    assert any(best["song_id"] in str(link.proto.query_string) for link in app.get("page_link"))
    (selection,) = chart(app)["layout"]["selections"]  # shown again on the chart
    assert selection["path"].startswith("M0.000,-1.100L1.100,-1.100L")
    app.button(key="clear-area").click().run()
    assert "m_area" not in app.query_params
    assert "Draw round some songs" in said(app)


def test_genres_narrow_what_is_drawn_and_listed(open_app: Open, artifacts: Path, engine: Engine, songs: SongMap):
    genre = engine.genres[0]
    wanted = songs.of_genres([genre])
    app = open_app(artifacts, "map", m_genres=genre)
    drawn = traces(app)
    assert list(drawn) == [genre, "other", "all the others"]
    assert len(drawn[genre]["text"]) == wanted.sum()
    assert f"{wanted.sum()} songs of these genres" in [heading.value for heading in app.header]
    app = open_app(artifacts, "map", m_genres=genre, m_area=RIGHT)
    both = wanted & (songs.positions[:, 0] > 0)
    assert f"{both.sum()} songs in the area" in [heading.value for heading in app.header]


def test_a_listener_is_marked_with_shapes_of_their_own(open_app: Open, artifacts: Path, engine: Engine, listener: str):
    app = open_app(artifacts, "map", m_user=listener)
    drawn = traces(app)
    assert drawn["played"]["marker"]["symbol"] != drawn["recommended"]["marker"]["symbol"]
    assert len(drawn["played"]["text"]) == min(300, len(engine.history(listener)))
    assert len(drawn["recommended"]["text"]) == 20
    assert f"**{listener}**" in said(app)
    assert "20 recommended ones" in app.get("plotly_chart")[0].proto.alt


def test_an_unknown_listener_is_said_and_the_map_is_there(open_app: Open, artifacts: Path, listener: str):
    app = open_app(artifacts, "map", m_user=f"{listener}x")
    assert "no listener with the id" in app.info[0].value
    app.button(key=f"near-listener-{listener}").click().run()
    assert "played" in traces(app)


@pytest.mark.parametrize("area", ["x", "1.2~3.4", "0.0~99999.0~1.1", "0.0~1.1~2.2;", "<script>", "~~~", "_"])
def test_an_area_that_makes_no_sense_is_left_out_and_said(open_app: Open, artifacts: Path, area: str):
    app = open_app(artifacts, "map", m_area=area)
    assert "left out" in app.info[0].value
    assert "Draw round some songs" in said(app)
    assert not app.exception


def test_a_song_in_the_address_is_open_beside_the_map(open_app: Open, artifacts: Path, engine: Engine):
    song_id = str(engine.popular(1)["song_id"].iloc[0])
    app = open_app(artifacts, "map", m_song=song_id)
    assert [heading.value for heading in app.header][:1] == ["The song"]
    links = [str(link.proto.query_string) for link in app.get("page_link")]
    assert f"d_song={song_id}" in links[0]  # its card
    assert f"r_songs={song_id}" in links[1]
    alike = engine.similar(song_id, 5)["song_id"]
    assert all(f"d_song={near}" in link for near, link in zip(alike, links[2:], strict=True))
    app.button(key="close-song").click().run()
    assert "m_song" not in app.query_params
    assert "Draw round some songs" in said(app)


def test_an_unknown_song_in_the_address_is_said_and_the_nearest_offered(
    open_app: Open, artifacts: Path, engine: Engine
):
    song_id = str(engine.songs["song_id"].iloc[0])
    app = open_app(artifacts, "map", m_song=f"{song_id}x")
    assert "no song with the id" in app.info[0].value
    app.button(key=f"near-song-{song_id}").click().run()
    assert app.query_params["m_song"] == song_id
    assert not app.exception


def test_a_song_and_an_area_are_shown_together(open_app: Open, artifacts: Path, engine: Engine, songs: SongMap):
    song_id = str(engine.songs["song_id"].iloc[0])
    app = open_app(artifacts, "map", m_song=song_id, m_area=RIGHT)
    number = int((songs.positions[:, 0] > 0).sum())
    assert [heading.value for heading in app.header][:2] == ["The song", f"{number} songs in the area"]


def test_a_click_opens_the_song_that_is_drawn_there(songs: SongMap):
    drawn = np.array([7, 3, 11])
    for place in drawn:
        x, y = songs.positions[place]
        assert song_at(songs, drawn, round(float(x), 4), round(float(y), 4)) == place
    twice = SongMap(np.zeros((3, 2), dtype=np.float32), songs.mingling, {}, songs._songs.head(3))
    assert song_at(twice, np.array([2, 0, 1]), 0.0, 0.0) == 2  # the most played of those in one place


def test_what_is_marked_can_be_clicked_though_its_genre_is_not_drawn(engine: Engine, songs: SongMap, listener: str):
    drawn = Drawn(np.array([0]), np.empty(0, dtype=np.int64), [])
    heard = [engine.song_position(song) for song in engine.history(listener, 5)["song_id"]]
    found = dots(engine, drawn, listener)
    assert found[0] == 0
    assert set(heard) <= set(found)
    assert song_at(songs, found, *songs.positions[heard[1]]) == heard[1]
    assert dots(engine, drawn, None).tolist() == [0]


@pytest.mark.parametrize("told", [None, [], [1], ["a", 2], [1, float("nan")], {"x": 1}, "ab", [1, 2, 3], 5])
def test_what_is_no_point_opens_nothing(told: object):
    assert point(told) is None
    assert point([1, 0.5]) == (1.0, 0.5)


def test_an_area_without_songs_says_so(open_app: Open, artifacts: Path):
    app = open_app(artifacts, "map", m_area="2000.2000~2100.2000~2100.2100")
    assert "0 songs in the area" in said(app)
    assert "No songs lie there" in said(app)


def test_a_bundle_without_a_map_says_how_to_get_one(open_app: Open, artifacts: Path):
    bundle = artifacts / "small"
    (bundle / MAP).unlink()
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(bundle)}))
    app = open_app(artifacts, "map")
    assert "has no map" in app.info[0].value
    assert f"engine map --bundle {bundle}" in app.get("code")[0].value
    assert not app.exception


def test_hostile_titles_are_text_on_the_map(open_app: Open, hostile: Path):
    app = open_app(hostile, "map", m_area="-1000.-1000~1000.-1000~1000.1000~-1000.1000")
    texts = [text for trace in traces(app).values() for text in [*trace["text"], *trace["hovertext"]]]
    assert not any("<script" in text or "<a" in text for text in texts)
    assert any("&lt;script&gt;" in text for text in texts)
    assert "<script>" not in words(app)


def test_hovering_names_what_colour_says():
    assert hover_lines("A < B", "C", "rock|soul|jazz") == ("A &lt; B", "C · rock, soul")
    assert hover_lines("A", "C", None) == ("A", "C · genre not known")


def test_a_song_has_the_colour_of_its_first_genre_that_has_one():
    genres = pd.Series(["rock|soul", "soul|rock", "jazz|soul", "jazz", None])
    assert groups_of(genres, ["rock", "soul"]).tolist() == [0, 1, 1, -1, -1]


def test_a_large_catalogue_is_under_a_megabyte_and_says_what_is_drawn(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    times = 40  # 36,000 songs with the longest titles there are
    many = pd.concat([engine.songs] * times, ignore_index=True).assign(title="W" * 90, artist="M" * 90)
    many["listeners"] = np.arange(len(many))
    own = engine.song_map
    assert own is not None
    monkeypatch.setattr(engine, "songs", many)
    songs = SongMap(np.tile(own.positions, (times, 1)), own.mingling, {}, many)
    drawn = choose_drawn(engine, songs, (), np.ones(len(many), dtype=bool))
    made = figure(engine, songs, drawn, np.arange(300), np.arange(50), [], LOOK)
    assert len(made.to_json()) < 1_000_000
    assert set(drawn.shown) == set(range(len(many) - len(drawn.shown), len(many)))  # the most played
    says = map_words.drawn(len(drawn.shown), len(many), len(many))
    assert says.startswith(f"Drawn are the {len(drawn.shown):,} most played of {len(many):,} songs")


def test_colours_stay_with_their_genres(engine: Engine, songs: SongMap):
    drawn = Drawn(np.arange(20), np.arange(20, 30), ["pop", "rock"])
    made = figure(engine, songs, drawn, NOBODY, NOBODY, [], LOOK)
    colours = {trace.name: trace.marker.color for trace in made.data}
    assert (colours["pop"], colours["rock"], colours["other"]) == ("#111111", "#222222", "#777777")


def test_an_area_survives_the_address(songs: SongMap):
    selection = {"box": [{"x": [0.9, -0.1], "y": [0.2, -0.7]}], "lasso": [{"x": [0, 0.5, 0.2], "y": [0, 0.1, 0.9]}]}
    area = area_of_selection(selection)
    back = area_from_text(area_to_text(area))
    assert [polygon.tolist() for polygon in back] == [
        [[0.9, 0.2], [-0.1, 0.2], [-0.1, -0.7], [0.9, -0.7]],
        [[0, 0], [0.5, 0.1], [0.2, 0.9]],
    ]
    assert (inside(songs, back) == inside(songs, area)).mean() > 0.999
    assert area_of_selection({}) == []
    assert area_of_selection({"lasso": [{"x": [0, 1], "y": [0, 1]}]}) == []


def test_a_lasso_of_many_corners_is_thinned():
    turn = np.linspace(0, 2 * np.pi, 500)
    (back,) = area_from_text(area_to_text([np.column_stack([np.cos(turn), np.sin(turn)])]))
    assert len(back) == MOST_CORNERS
    assert np.hypot(*back.T) == pytest.approx(np.ones(MOST_CORNERS), abs=0.002)


def mingling(*rows: tuple[str, str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["genre", "other", "songs", "share", "chance"])


def test_the_finding_names_who_keeps_apart_and_who_mingles():
    found = mingling(
        ("rock", "rock", 50, 0.9, 0.5),
        ("rock", "soul", 50, 0.1, 0.5),
        ("soul", "soul", 50, 0.4, 0.055),
        ("soul", "rock", 50, 0.6, 0.2),
    )
    assert map_words.finding(found) == (
        "Of the 15 songs most like a rock song, 90% are rock too, where chance would give 50%. Soul keeps least to "
        "itself: 40% against 5.5%. Soul and rock mingle most: 60% of what is like a soul song is rock, 3.0 times what "
        "chance gives."
    )
    indie = mingling(("indie", "indie", 50, 0.9, 0.5))
    assert map_words.finding(indie).startswith("Of the 15 songs most like an indie song, 90% are indie too")
    assert map_words.by_genre(found)["Also near"].tolist()[1] == "rock (60%)"


def test_nothing_is_found_where_nothing_was_measured():
    assert map_words.finding(mingling()) == ""
    assert map_words.by_genre(mingling()).empty
    assert map_words.mingling_pair(mingling(("rock", "soul", 50, 0.1, 0.5))) is None
