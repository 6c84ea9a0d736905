"""Candidates come from the model once; filters choose among songs, and re-ranking never asks the model again."""

from collections.abc import Iterator

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from engine import Engine, SettingsError, UnknownSong
from engine.data.features import genre_list
from engine.errors import UnknownArtist

WISHES = [
    {},
    {"diversity": 0.4},
    {"max_per_artist": 1},
    {"novelty": 0.3, "freshness": 0.2},
    {"diversity": 0.3, "max_per_artist": 2, "novelty": 0.1},
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count how often any model runs."""
    runs: list[int] = []
    run = onnxruntime.InferenceSession.run

    def counted(self: onnxruntime.InferenceSession, *args: object, **more: object) -> object:
        runs.append(1)
        return run(self, *args, **more)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", counted)
    yield runs


@pytest.mark.parametrize("wishes", WISHES)
def test_recommending_is_finding_candidates_and_re_ranking_them(engine: Engine, listener: str, wishes: dict) -> None:
    candidates = engine.candidates(listener, k=15)
    assert len(candidates) == 200
    again = engine.rerank(candidates, **wishes)
    pd.testing.assert_frame_equal(again, engine.recommend(listener, k=15, **wishes), atol=1e-6)
    assert len(engine.rerank(candidates, k=60)) == 60


def test_re_ranking_never_asks_the_model(engine: Engine, listener: str, asked: list[int]) -> None:
    candidates = engine.candidates(listener)
    assert asked
    asked.clear()
    orders = {tuple(engine.rerank(candidates, **wishes)["song_id"]) for wishes in WISHES}
    assert not asked
    assert len(orders) > 3


def test_candidates_are_read_only_and_those_of_another_bundle_are_refused(engine: Engine, listener: str) -> None:
    from dataclasses import replace

    candidates = engine.candidates(listener)
    with pytest.raises(ValueError, match="read-only"):
        candidates.scores[0] = 1
    with pytest.raises(SettingsError, match="another bundle"):
        engine.rerank(replace(candidates, bundle="0"))


def test_an_artist_has_no_more_songs_than_the_cap(engine: Engine, listener: str) -> None:
    plain, capped = engine.recommend(listener, k=40), engine.recommend(listener, k=40, max_per_artist=1)
    assert plain["artist"].value_counts().max() > 1
    assert capped["artist"].value_counts().max() == 1
    assert set(capped["song_id"]) <= set(engine.recommend(listener, k=200)["song_id"])


def test_novelty_brings_songs_with_fewer_listeners(engine: Engine, listener: str) -> None:
    listeners = engine.songs.set_index("song_id")["listeners"]
    plain, novel = (engine.recommend(listener, k=20, novelty=n)["song_id"] for n in (0.0, 0.6))
    assert listeners[novel].mean() < listeners[plain].mean()


def test_freshness_brings_later_songs(engine: Engine, listener: str) -> None:
    years = engine.songs.set_index("song_id")["release_year"]
    plain, fresh = (engine.recommend(listener, k=20, freshness=f)["song_id"] for f in (0.0, 0.6))
    assert years[fresh].mean() > years[plain].mean()


def test_artists_are_kept_alone_or_left_out_however_they_are_written(engine: Engine, listener: str) -> None:
    artists = engine.recommend(listener, k=20)["artist"].value_counts().index
    only = engine.recommend(listener, k=50, artists=[artists[0].upper(), artists[1]])
    theirs = {song for name in artists[:2] for song in engine.songs_by(name, 1_000)["song_id"]}
    assert set(only["song_id"]) <= theirs
    assert len(only) == min(50, len(theirs - set(engine.history(listener)["song_id"])))
    without = engine.recommend(listener, k=50, without_artists=[artists[0]])
    assert not set(without["song_id"]) & set(engine.songs_by(artists[0], 1_000)["song_id"])
    assert (
        engine.recommend(listener, artists=[], genres=[], k=5)["song_id"].tolist()
        == engine.recommend(listener, k=5)["song_id"].tolist()
    )
    with pytest.raises(UnknownArtist, match="nearest known"):
        engine.recommend(listener, artists=[artists[0] + "qq"])


def test_songs_of_a_list_are_left_out(engine: Engine, listener: str) -> None:
    first = engine.recommend(listener, k=20)["song_id"]
    second = engine.recommend(listener, k=20, without_songs=first.tolist())["song_id"]
    assert not set(first) & set(second)
    assert engine.recommend(listener, k=40)["song_id"].tolist() == [*first, *second]
    with pytest.raises(UnknownSong):
        engine.recommend(listener, without_songs=["nosuchsong"])
    with pytest.raises(SettingsError, match="list"):
        engine.recommend(listener, without_songs="s1")


def test_filters_hold_together(engine: Engine, listener: str) -> None:
    genre = engine.genres[0]
    found = engine.recommend(listener, k=10, genres=[genre], years=(1980, 2015), diversity=0.3, max_per_artist=1)
    songs = engine.songs.set_index("song_id").loc[found["song_id"]]
    assert len(songs)
    assert all(genre in genre_list(names) for names in songs["genres"])
    assert songs["release_year"].between(1980, 2015).all()
    assert np.isfinite(found["probability"]).all()


@pytest.mark.parametrize("wrong", [{"novelty": 2}, {"freshness": -1}, {"max_per_artist": 0}, {"max_per_artist": 1.5}])
def test_senseless_wishes_are_refused(engine: Engine, wrong: dict) -> None:
    with pytest.raises(SettingsError):
        engine.recommend(**wrong)
