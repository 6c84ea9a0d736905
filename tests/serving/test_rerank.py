import numpy as np
import pytest

from engine.serving.rerank import SongFacts, Wishes, diversify, rerank

VECTORS = np.array([[1, 0], [1, 0.01], [0.99, 0], [0, 1]], dtype=np.float32)
SCORES = np.array([4.0, 3.9, 3.8, 1.0])
FACTS = SongFacts(
    VECTORS,
    listeners=np.array([1_000, 10, 500, 0]),
    years=np.array([1970.0, np.nan, 2020.0, 1990.0]),
    artists=np.array([7, 7, 8, 7]),
)


def test_no_diversity_is_the_order_of_the_scores() -> None:
    assert rerank(SCORES, FACTS, 3, Wishes()).tolist() == [0, 1, 2]


def test_with_diversity_a_different_song_comes_before_more_of_the_same() -> None:
    assert rerank(SCORES, FACTS, 2, Wishes(diversity=0.7)).tolist() == [0, 3]


def test_fewer_candidates_than_asked_for_are_all_given_once() -> None:
    assert sorted(rerank(SCORES, FACTS, 9, Wishes(diversity=0.5)).tolist()) == [0, 1, 2, 3]
    assert diversify(VECTORS[:0], SCORES[:0], 5, 0.5).tolist() == []


@pytest.mark.parametrize("diversity", [0.1, 0.5, 1.0])
def test_each_choice_weighs_its_score_against_what_is_most_like_it_so_far(diversity: float) -> None:
    rng = np.random.default_rng(0)
    vectors, scores = rng.normal(size=(30, 4)).astype(np.float32), rng.random(30)
    cosine = np.corrcoef(np.hstack([vectors, -vectors]))  # without a mean to take away, a correlation is a cosine
    scaled = (scores - scores.min()) / (scores.max() - scores.min())
    chosen = [int(scaled.argmax())]
    while len(chosen) < 30:
        worth = (1 - diversity) * scaled - diversity * cosine[:, chosen].max(axis=1)
        worth[chosen] = -np.inf
        chosen.append(int(worth.argmax()))
    assert diversify(vectors, scores, 30, diversity).tolist() == chosen


@pytest.mark.parametrize("diversity", [0.0, 0.4])
def test_no_artist_has_more_songs_than_the_cap(diversity: float) -> None:
    assert rerank(SCORES, FACTS, 4, Wishes(diversity, max_per_artist=1)).tolist() == [0, 2]
    twice = rerank(SCORES, FACTS, 4, Wishes(diversity, max_per_artist=2)).tolist()
    assert sorted(FACTS.artists[twice].tolist()) == [7, 7, 8]


def test_novelty_alone_puts_the_least_known_first() -> None:
    assert rerank(SCORES, FACTS, 4, Wishes(novelty=1.0)).tolist() == [3, 1, 2, 0]


def test_some_novelty_weighs_against_the_score() -> None:
    # Scaled scores are 1, .967, .933 and 0; being little known is 0, .653, .100 and 1.
    assert rerank(SCORES, FACTS, 4, Wishes(novelty=0.3)).tolist() == [1, 0, 2, 3]


def test_freshness_alone_puts_the_latest_first_and_an_unknown_year_in_the_middle() -> None:
    assert rerank(SCORES, FACTS, 4, Wishes(freshness=1.0)).tolist() == [2, 1, 3, 0]


def test_years_that_nobody_knows_change_nothing() -> None:
    unknown = SongFacts(VECTORS, FACTS.listeners, np.full(4, np.nan), FACTS.artists)
    assert rerank(SCORES, unknown, 4, Wishes(freshness=0.5)).tolist() == [0, 1, 2, 3]
