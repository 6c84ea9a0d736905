"""An explanation is of the served score, adds up, and says what it is held against."""

import numpy as np
import pytest

from engine import Engine, SettingsError, UnknownSong, UnknownUser
from engine.explain.ask import explainer_of
from engine.explain.change import Change
from engine.explain.content_parts import Weighed
from engine.explain.questions import METHODS, Baseline
from engine.explain.what_if import place

Pairs = list[tuple[str, str]]


def served(engine: Engine, listener, *songs: str) -> list[float]:
    """Scores as the engine gives them."""
    return engine.scores(listener, np.array([engine.song_position(song) for song in songs])).tolist()


def attribution(found, name: str) -> float:
    return float(found.groups.set_index("name")["attribution"][name])


def test_the_score_is_the_one_that_is_served(engine: Engine, pairs: Pairs):
    for user, song in pairs:
        score = engine.recommend(user, k=3).set_index("song_id")["score"][song]
        assert engine.explain(user, song).score == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_shap"])
def test_the_parts_add_up_to_the_difference(engine: Engine, pairs: Pairs, method: str):
    for user, song in pairs:
        found = engine.explain(user, song, method=method)
        assert found.completeness_error is not None
        assert found.complete
        assert found.groups["attribution"].sum() == pytest.approx(found.difference, rel=0.01)
        assert found.history["attribution"].sum() == pytest.approx(attribution(found, "history"), abs=1e-9)


def test_methods_agree_on_what_counts_most(engine: Engine, pairs: Pairs):
    user, song = pairs[0]
    first = [engine.explain(user, song, method=method).groups["name"].iloc[:4].tolist() for method in METHODS]
    assert len(set(first[0]) & set(first[1])) >= 3
    assert len(set(first[0]) & set(first[2])) >= 3


def test_ablation_of_a_song_is_what_the_engine_scores_without_it(engine: Engine, pairs: Pairs):
    user, song = pairs[1]
    listener = engine.listener(user)
    found = engine.explain(user, song, method="feature_ablation")
    average = explainer_of(engine)._songs.parts(Weighed.average(explainer_of(engine)._tensors.has_id), True).sum(dim=0)
    one = found.history.iloc[0]
    before, after = (place(engine, listener, song, Change(without=w)).score for w in ((), (one["song_id"],)))
    vectors = engine.recommender.queries([listener, _without(engine, listener, one["song_id"])])
    for_any = vectors @ average[:-1].numpy()
    assert one["attribution"] == pytest.approx((before - after) - (for_any[0] - for_any[1]), abs=1e-3)


def _without(engine: Engine, listener, song_id: str):
    from engine.explain.what_if import changed

    return changed(engine, listener, Change(without=(song_id,)))


def test_it_is_held_against_the_mean_score_of_played_songs_for_a_stranger(engine: Engine, pairs: Pairs):
    user, song = pairs[0]
    played = np.flatnonzero(engine.songs["has_id"].to_numpy())
    scores = engine.scores(engine.listener(), played)
    found = engine.explain(user, song, baseline=Baseline(listener="unknown"))
    heat = engine.songs["heat"].to_numpy()[played]
    assert np.isfinite(heat).all()
    assert found.baseline_score == pytest.approx(scores.mean(), abs=1e-4)


def test_of_popular_songs_the_baseline_is_their_mean_by_listeners(engine: Engine, pairs: Pairs):
    user, song = pairs[0]
    listeners = engine.songs["listeners"].to_numpy() * engine.songs["has_id"].to_numpy()
    scores = engine.scores(engine.listener(), np.arange(len(listeners)))
    found = engine.explain(user, song, baseline=Baseline("unknown", "popular"))
    assert found.baseline_score == pytest.approx((scores * listeners).sum() / listeners.sum(), abs=1e-4)


def test_a_song_may_be_held_against_another(engine: Engine, pairs: Pairs):
    user, song = pairs[0]
    other = str(engine.recommend(user, k=9)["song_id"].iloc[8])
    found = engine.explain(user, song, baseline=Baseline("unknown", other))
    assert found.baseline_score == pytest.approx(
        engine.scores(engine.listener(), [engine.song_position(other)])[0], abs=1e-4
    )
    both = served(engine, engine.listener(user), song, other)
    more = found.groups.set_index("name")["attribution"].drop("any_song").sum()
    assert more == pytest.approx(both[0] - both[1], abs=1e-3)


def test_peers_leave_demographics_without_a_share(engine: Engine, pairs: Pairs):
    user, song = pairs[0]
    found = engine.explain(user, song, baseline=Baseline(listener="peers"))
    assert [attribution(found, name) for name in ("age", "gender", "country")] == [0, 0, 0]


def test_a_song_against_itself_leaves_nothing_to_take_apart(engine: Engine):
    song = str(engine.songs["song_id"].iloc[0])
    found = engine.explain(song_id=song, baseline=Baseline("unknown", song))
    assert found.completeness_error is None
    assert found.as_dict()["completeness_error"] is None
    assert found.groups["attribution"].abs().max() < 1e-9


def test_someone_new_is_explained_by_what_is_known_of_them(engine: Engine):
    songs = engine.songs.nlargest(4, "listeners")["song_id"].tolist()
    country = engine.features.countries[0]
    told = {"age": 31, "gender": "f", "country": country}
    found = engine.explain(history={songs[0]: 12, songs[1]: 1}, song_id=songs[2], **told)
    assert found.user_id is None
    assert set(found.history["song_id"]) == set(songs[:2])
    someone = engine.listener(history={songs[0]: 12, songs[1]: 1}, **told)
    assert found.score == pytest.approx(served(engine, someone, songs[2])[0], abs=1e-4)
    bare = engine.explain(song_id=songs[2], **told)
    assert bare.history.empty
    assert attribution(bare, "history") == 0
    assert attribution(bare, "country") != 0


def test_a_song_that_nobody_has_played_is_explained_by_its_content(engine: Engine, listener: str):
    unplayed = engine.songs.loc[~engine.songs["has_id"].astype(bool), "song_id"]
    assert len(unplayed)
    song = str(unplayed.iloc[0])
    found = engine.explain(listener, song)
    assert found.complete
    assert found.score == pytest.approx(
        engine.scores(engine.listener(listener), [engine.song_position(song)])[0], abs=1e-4
    )


def test_what_is_unknown_is_refused_with_what_is_near(engine: Engine, listener: str):
    song = str(engine.songs["song_id"].iloc[0])
    with pytest.raises(UnknownUser, match="nearest known"):
        engine.explain("nobody", song)
    with pytest.raises(UnknownSong, match="nearest known"):
        engine.explain(listener, "nothing")
    with pytest.raises(SettingsError, match="method must be one of"):
        engine.explain(listener, song, method="guess")
    with pytest.raises(SettingsError, match="baseline listener"):
        engine.explain(listener, song, baseline=Baseline(listener="me"))
    with pytest.raises(UnknownSong):
        engine.explain(listener, song, baseline=Baseline(song="nothing"))
    with pytest.raises(SettingsError, match="either user_id or"):
        engine.explain(listener, song, age=3)
