"""What-if asks the engine itself; the smallest change really drops the song."""

import numpy as np
import pytest

from engine import Engine, SettingsError
from engine.explain.change import Change
from engine.explain.smallest_change import smallest_change
from engine.explain.what_if import changed, place, places, sound_columns

Pairs = list[tuple[str, str]]


def test_without_a_change_the_rank_is_the_list_s(engine: Engine, pairs: Pairs):
    for user, _ in pairs:
        listed = engine.recommend(user, k=5)["song_id"]
        assert [place(engine, engine.listener(user), song).rank for song in listed] == [1, 2, 3, 4, 5]


def test_a_song_taken_out_is_as_if_it_had_not_been_heard(engine: Engine):
    songs = engine.songs.nlargest(5, "listeners")["song_id"].tolist()
    both = engine.listener(history=songs[:2])
    one = engine.listener(history=songs[:1])
    without = place(engine, both, songs[3], Change(without=(songs[1],)))
    assert without.score == pytest.approx(place(engine, one, songs[3]).score, abs=1e-5)
    assert without.rank <= place(engine, one, songs[3]).rank  # what was heard stays out of the ranking


def test_another_country_is_that_of_someone_from_there(engine: Engine):
    song = str(engine.songs.nlargest(1, "listeners")["song_id"].iloc[0])
    first, second = engine.features.countries[:2]
    moved = place(engine, engine.listener(country=first), song, Change(told={"country": second}))
    assert moved == place(engine, engine.listener(country=second), song)
    unknown = place(engine, engine.listener(country=first), song, Change(told={"country": None}))
    assert unknown == place(engine, engine.listener(), song)


def test_another_sound_moves_the_score_and_its_own_does_not(engine: Engine, listener: str):
    song = str(engine.songs.dropna(subset=["loudness"])["song_id"].iloc[0])
    own = float(engine.song(song)["loudness"])
    who = engine.listener(listener)
    now, same, louder = places(
        engine, who, song, [Change(), Change(sound={"loudness": own}), Change(sound={"loudness": own / 2})]
    )
    assert same.score == pytest.approx(now.score, abs=1e-5)
    assert louder.score != pytest.approx(now.score, abs=1e-5)
    assert "loudness" in sound_columns(engine)
    assert "duration_ms" in sound_columns(engine)


def test_what_is_not_there_can_t_be_changed(engine: Engine, listener: str):
    who = engine.listener(listener)
    heard = set(engine.songs["song_id"].to_numpy()[who.history])
    other = next(song for song in engine.songs["song_id"] if song not in heard)
    with pytest.raises(SettingsError, match="not in the history"):
        changed(engine, who, Change(without=(other,)))
    with pytest.raises(SettingsError, match="no sound that this model reads"):
        place(engine, who, other, Change(sound={"colour": 1.0}))
    with pytest.raises(SettingsError, match="loudness must be from"):
        place(engine, who, other, Change(sound={"loudness": 99.0}))
    with pytest.raises(SettingsError, match="can't be changed of a listener"):
        changed(engine, who, Change(told={"shoe": "42"}))


def test_the_smallest_change_drops_the_song_out_of_the_top(engine: Engine, pairs: Pairs):
    sizes = []
    for user, song in pairs:
        found = smallest_change(engine, engine.listener(user), song)
        assert found.now == place(engine, engine.listener(user), song)
        if found.change is None or found.after is None:
            continue
        assert found.after.rank > 10 >= found.now.rank
        assert place(engine, engine.listener(user), song, found.change).rank == found.after.rank
        sizes.append(found.change.size)
    assert sizes
    assert min(sizes) >= 1


def test_no_single_song_does_where_the_search_found_two_things(engine: Engine, pairs: Pairs):
    for user, song in pairs:
        who = engine.listener(user)
        found = smallest_change(engine, who, song)
        if found.change is not None and found.change.size > 1:
            heard = engine.songs["song_id"].to_numpy()[who.history].tolist()
            each = places(engine, who, song, [Change(without=(str(one),)) for one in heard[:40]])
            assert np.max([one.rank for one in each]) <= 10


def test_a_song_outside_the_top_needs_no_change(engine: Engine, listener: str):
    last = str(engine.recommend(listener, k=30)["song_id"].iloc[29])
    found = smallest_change(engine, engine.listener(listener), last)
    assert found.change == Change()
    assert found.now.rank == 30
