import numpy as np
import pandas as pd
import pytest

from engine.data.histories import Histories
from engine.evaluation.list_metrics import (
    coverage,
    diversity,
    history_popularity,
    mean_popularity,
    novelty,
    popularity_lift,
    popularity_shares,
    song_profiles,
)


def histories(*songs: list[int]) -> Histories:
    pairs = [(user, song) for user, list_ in enumerate(songs) for song in list_]
    return Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]).astype(int), len(songs))


TRAIN = histories([0, 1], [0], [0, 2], [])  # three users with plays, of four
LISTS = np.array([[1, 3], [0, -1], [-1, -1]])


def test_popularity_is_the_share_of_users_with_plays() -> None:
    assert popularity_shares(TRAIN, 4).tolist() == [1.0, 1 / 3, 1 / 3, 0.0]
    assert mean_popularity(LISTS, popularity_shares(TRAIN, 4))[:2].tolist() == [1 / 6, 1.0]
    assert np.isnan(mean_popularity(LISTS, popularity_shares(TRAIN, 4))[2])


def test_novelty_is_what_a_song_tells_in_bits() -> None:
    found = novelty(LISTS, TRAIN, 4)
    assert found[0] == pytest.approx((-np.log2(2 / 4) - np.log2(1 / 4)) / 2)
    assert found[1] == pytest.approx(-np.log2(4 / 4))
    assert np.isnan(found[2])


def test_lift_is_how_much_more_popular_a_list_is_than_the_history() -> None:
    shares = popularity_shares(TRAIN, 4)
    played = history_popularity(np.arange(4), TRAIN, shares)
    np.testing.assert_allclose(played, [(1 + 1 / 3) / 2, 1.0, (1 + 1 / 3) / 2, np.nan])
    lift = popularity_lift(np.array([1.0, 0.5, 1 / 6, 1.0]), played)
    np.testing.assert_allclose(lift, [0.5, -0.5, -0.75, np.nan])


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    genres = [["rock"], ["rock", "pop"], ["pop"], []]
    profiles, by = song_profiles(genres, TRAIN, 4)
    assert by == "genres"
    lists = np.array([[0, 1, 2], [0, 2, -1], [0, 3, -1], [0, 0, -1]])
    found = diversity(lists, profiles)
    # rock · {rock, pop} = 1/√2, rock · pop = 0
    assert found[0] == pytest.approx(1 - (1 / np.sqrt(2) + 1 / np.sqrt(2) + 0) / 3)
    assert found[1] == pytest.approx(1.0)
    assert np.isnan(found[2])  # of one of the two nothing is known


def test_without_genres_songs_are_alike_that_have_listeners_in_common() -> None:
    rng = np.random.default_rng(0)
    crowd = histories(*[list(rng.choice(10, 4, replace=False) + 10 * (user % 2)) for user in range(400)])
    profiles, by = song_profiles([[] for _ in range(20)], crowd, 20)
    assert by == "listeners in common"
    same, mixed = diversity(np.array([[0, 1, 2, 3], [0, 1, 10, 11]]), profiles)
    assert same < mixed
    # The sketch against cosines of the listeners themselves, weighed as it weighs them.
    plays = np.zeros((400, 20))
    for user in range(400):
        plays[user, crowd.of(user)] = 1 / np.sqrt(4)
    unit = plays / np.linalg.norm(plays, axis=0)
    exact = 1 - (unit.T @ unit)[np.ix_([0, 1, 10, 11], [0, 1, 10, 11])][np.triu_indices(4, 1)].mean()
    assert mixed == pytest.approx(exact, abs=0.1)


def test_coverage_counts_every_song_once() -> None:
    assert coverage(LISTS, 4) == 3 / 4
