"""The map in a bundle: there when it is built, drawn into one that has none, refused where it doesn't fit."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import BundleError, Engine
from engine.publish_map import map_again
from engine.serving.bundle import MANIFEST, MAP, MAP_GENRES, hash_files, open_bundle


@pytest.fixture
def copy(small_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle, tmp_path / "copy"))


def rehash(bundle: Path) -> None:
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(bundle)}))


def test_every_song_has_a_place(engine: Engine):
    songs = engine.song_map
    assert songs is not None
    assert songs.positions.shape == (len(engine.songs), 2)
    assert np.abs(songs.positions).max() <= 1
    assert songs.about["method"] == "t-SNE"
    assert songs.about["trustworthiness"] > 0.65  # a map at random has one half; these settings stop early


def test_songs_of_a_genre_lie_nearer_to_each_other_than_chance(engine: Engine):
    assert engine.song_map is not None
    own = engine.song_map.mingling.query("genre == other")
    assert len(own) >= 3
    assert (own["share"] > own["chance"]).all()


def test_a_bundle_without_a_map_opens_and_gets_one(copy: Path):
    before = pd.read_parquet(copy / MAP)
    for name in (MAP, MAP_GENRES):
        (copy / name).unlink()
    rehash(copy)
    assert Engine.load(copy).song_map is None
    about = map_again(copy)
    assert about["songs"] == len(before)
    assert pd.read_parquet(copy / MAP).equals(before)  # the same songs and the same seed: the same map
    assert open_bundle(copy).manifest["map"] == about
    assert Engine.load(copy).song_map is not None


def test_a_map_of_other_songs_is_refused(copy: Path):
    places = pd.read_parquet(copy / MAP)
    places[::-1].to_parquet(copy / MAP)
    rehash(copy)
    with pytest.raises(BundleError, match="of other songs; draw it again"):
        _ = Engine.load(copy).song_map
    places[:-1].to_parquet(copy / MAP)
    rehash(copy)
    with pytest.raises(BundleError, match="draw it again"):
        _ = Engine.load(copy).song_map


def test_a_polygon_holds_the_songs_within_it(engine: Engine):
    songs = engine.song_map
    assert songs is not None
    x, y = songs.positions.T
    box = np.array([[-0.5, -0.25], [0.5, -0.25], [0.5, 0.75], [-0.5, 0.75]])
    assert (songs.inside(box) == (np.abs(x) < 0.5) & (y > -0.25) & (y < 0.75)).all()
    triangle = np.array([[-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]])
    assert (songs.inside(triangle) == (x + y < 0)).all()
    assert not songs.inside(np.array([[2, 2], [3, 2], [3, 3]])).any()


def test_genres_narrow_the_map_as_they_narrow_a_search(engine: Engine):
    songs, genre = engine.song_map, engine.genres[0]
    assert songs is not None
    named = (
        engine.songs["genres"].str.casefold().str.split("|").map(lambda g: genre in g if isinstance(g, list) else False)
    )
    assert (songs.of_genres([genre]) == named.to_numpy()).all()
    assert songs.of_genres([]).all()
