import numpy as np

from engine.serving.rerank import diversify

VECTORS = np.array([[1, 0], [1, 0.01], [0.99, 0], [0, 1]], dtype=np.float32)
SCORES = np.array([4.0, 3.9, 3.8, 1.0])


def test_no_diversity_is_the_order_of_the_scores() -> None:
    assert diversify(VECTORS, SCORES, 3, 0.0).tolist() == [0, 1, 2]


def test_with_diversity_a_different_song_comes_before_more_of_the_same() -> None:
    assert diversify(VECTORS, SCORES, 2, 0.7).tolist() == [0, 3]


def test_fewer_candidates_than_asked_for_are_all_given_once() -> None:
    assert sorted(diversify(VECTORS, SCORES, 9, 0.5).tolist()) == [0, 1, 2, 3]
    assert diversify(VECTORS[:0], SCORES[:0], 5, 0.5).tolist() == []
