import numpy as np
import pandas as pd

from engine.config import SplitSettings
from engine.data.split import TEST, TRAIN, VALID, Split, new_to_user, uniform

SHARES = SplitSettings(valid_share=0.1, test_share=0.1)


def random_plays(users: int, songs: int) -> pd.DataFrame:
    grid = np.arange(users * songs)
    return pd.DataFrame({"user_index": grid // songs, "song_index": grid % songs})


def test_a_random_split_takes_its_share_of_each_user_and_leaves_everyone_something() -> None:
    plays = random_plays(users=300, songs=20)
    labels = Split("random", SHARES, seed=1).label(plays)
    assert np.isclose((labels == TEST).mean(), 0.1, atol=0.01)
    assert np.isclose((labels == VALID).mean(), 0.1, atol=0.01)
    assert (plays[labels == TRAIN].groupby("user_index").size() >= 15).all()
    one = random_plays(users=50, songs=1)
    assert (Split("random", SHARES, seed=1).label(one) == TRAIN).all()


def test_a_label_depends_on_user_and_song_not_on_the_order_or_on_who_else_is_there() -> None:
    plays = random_plays(users=40, songs=11)
    split = Split("random", SHARES, seed=5)
    labels = split.label(plays)
    order = np.random.default_rng(0).permutation(len(plays))
    assert (split.label(plays.iloc[order]) == labels[order]).all()
    some = (plays["user_index"] % 3 == 1).to_numpy()
    assert (split.label(plays[some]) == labels[some]).all()
    assert (Split("random", SHARES, seed=6).label(plays) != labels).any()


def test_a_temporal_split_is_one_cut_in_time_for_all_and_undated_plays_are_train_plays() -> None:
    times = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", None])
    plays = pd.DataFrame({"user_index": [0, 1, 0, 1, 0], "song_index": range(5), "played_at": times})
    split = Split("temporal", SHARES, 0, np.datetime64("2020-01-02", "us"), np.datetime64("2020-01-03", "us"))
    assert split.label(plays).tolist() == [TRAIN, TRAIN, VALID, TEST, TRAIN]


def test_cold_users_and_songs_are_held_out_whole() -> None:
    plays = random_plays(users=200, songs=50)
    labels = Split("random", SplitSettings(cold_users=0.1, cold_songs=0.2), seed=3).label(plays)
    train = plays[labels == TRAIN]
    users, songs = set(range(200)) - set(train["user_index"]), set(range(50)) - set(train["song_index"])
    assert 10 <= len(users) <= 30
    assert 4 <= len(songs) <= 16
    held = plays.assign(part=labels)
    for column, cold in (("user_index", users), ("song_index", songs)):
        parts = held[held[column].isin(cold) & ~held["song_index"].isin(songs - cold)].groupby(column)["part"].nunique()
        assert (parts <= 2).all()
    # A cold user is wholly in one part, but for what cold songs add.
    own = held[held["user_index"].isin(users) & ~held["song_index"].isin(songs)]
    assert not own.drop_duplicates(["user_index", "part"]).duplicated("user_index").any()


def test_chance_is_uniform_and_the_same_everywhere() -> None:
    drawn = uniform(7, 0, np.arange(100_000), np.arange(100_000) % 97)
    assert 0 <= drawn.min() < 1e-4
    assert 1 - 1e-4 < drawn.max() < 1
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    assert abs(counts - 5_000).max() < 5 * np.sqrt(5_000)
    # A literal: a change here changes every split ever made.
    np.testing.assert_allclose(uniform(7, 0, np.array([1, 2]), np.array([3, 4])), EXPECTED)


EXPECTED = [0.5701231012473891, 0.42827482322367527]


def test_what_a_user_played_before_is_no_discovery() -> None:
    before = pd.DataFrame({"user_index": [0, 1], "song_index": [5, 6]})
    after = pd.DataFrame({"user_index": [0, 0, 1], "song_index": [5, 6, 6]})
    assert new_to_user(after, before)[["user_index", "song_index"]].to_numpy().tolist() == [[0, 6]]
