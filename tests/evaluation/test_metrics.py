import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.data.histories import Histories
from engine.evaluation.metrics import (
    average_precision_at_k,
    hits,
    ndcg_at_k,
    rank_seen,
    rank_unseen,
    ranking_metrics,
    reciprocal_rank_at_k,
    top_k,
)


def histories(*songs: list[int]) -> Histories:
    pairs = [(user, song) for user, list_ in enumerate(songs) for song in list_]
    return Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]).astype(int), len(songs))


def test_ndcg_is_the_discounted_gain_over_the_best_possible() -> None:
    hit = np.array([[True, False, True], [False, False, False], [True, True, True]])
    ideal_of_two = 1 + 1 / np.log2(3)
    expected = [(1 + 1 / np.log2(4)) / ideal_of_two, 0.0, 1.0]
    np.testing.assert_allclose(ndcg_at_k(hit, np.array([2, 1, 9])), expected)


def test_average_precision_is_the_mean_precision_at_the_hits_there_could_be() -> None:
    hit = np.array([[True, False, True], [False, False, False], [True, True, True]])
    np.testing.assert_allclose(average_precision_at_k(hit, np.array([2, 1, 9])), [(1 / 1 + 2 / 3) / 2, 0.0, 1.0])


def test_the_reciprocal_rank_is_that_of_the_first_hit() -> None:
    hit = np.array([[True, False, True], [False, False, True], [False, False, False]])
    assert reciprocal_rank_at_k(hit).tolist() == [1 / 1, 1 / 3, 0.0]


def test_equal_scores_go_to_the_lower_position_and_minus_infinity_to_nobody() -> None:
    scores = np.array([[1.0, 3.0, 3.0, -np.inf]], dtype=np.float32)
    assert top_k(scores, 4).tolist() == [[1, 2, 0, -1]]


def test_seen_songs_are_never_ranked() -> None:
    seen = histories([0, 2], [])
    ranked = rank_unseen(lambda users: np.tile([4.0, 3, 2, 1], (len(users), 1)), np.arange(2), seen, 4, k=3)
    assert ranked.tolist() == [[1, 3, -1], [0, 1, 2]]


def test_known_songs_are_ranked_among_themselves() -> None:
    seen = histories([0, 2, 3], [1])
    scores = np.array([[1.0, 9.0, 2.0, 2.0], [1.0, 9.0, 2.0, 2.0]])
    assert rank_seen(scores, np.arange(2), seen, k=2).tolist() == [[2, 3], [1, -1]]


def test_metrics_are_given_for_each_user() -> None:
    seen, truth = histories([0], []), histories([2], [3, 0])
    frame = ranking_metrics(lambda users: np.tile([4.0, 3, 2, 1], (len(users), 1)), np.arange(2), seen, truth, 4)
    np.testing.assert_allclose(frame["ndcg@10"], [1 / np.log2(3), (1 + 1 / np.log2(5)) / (1 + 1 / np.log2(3))])
    assert frame["recall@20"].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(frame["map@20"], [1 / 2, (1 / 1 + 2 / 4) / 2])
    assert frame["mrr@10"].tolist() == [1 / 2, 1 / 1]
    assert frame["hit_rate@10"].tolist() == [1.0, 1.0]


@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_top_k_agrees_with_a_full_sort(rows: int, songs: int, k: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 4, (rows, songs)).astype(np.float32)
    full = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert top_k(scores, k).tolist() == full.tolist()


def test_hits_are_found_by_song_and_user() -> None:
    truth = histories([1, 3], [], [0])
    ranked = np.array([[3, 0], [1, 0], [-1, 0]])
    assert hits(ranked, np.arange(3), truth, 5).tolist() == [[True, False], [False, False], [False, True]]
