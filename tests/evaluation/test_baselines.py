import numpy as np
import pandas as pd
import pytest

from engine.data.heat import HALF_LIVES
from engine.data.histories import Histories
from engine.evaluation import baselines
from engine.evaluation.baselines import Task, popularity
from engine.evaluation.baselines.ease import ease_weights, fit_ease
from engine.evaluation.baselines.ials import fit_ials
from engine.evaluation.baselines.item_knn import fit_item_knn, nearest
from engine.evaluation.baselines.popularity import fit_decayed_popularity
from engine.evaluation.baselines.task import walk


def clustered(seed: int, users: int = 200, songs: int = 10, played: int = 4) -> Histories:
    """Two groups of users, each with songs of its own."""
    rng = np.random.default_rng(seed)
    pairs = [(u, s) for u in range(users) for s in rng.choice(songs, played, replace=False) + songs * (u % 2)]
    return Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), users)


def held_out(train: Histories, seed: int, songs: int) -> Histories:
    """For each user two songs of their group that they have no train plays of."""
    rng = np.random.default_rng(seed)
    pairs = []
    for user in range(len(train.counts)):
        unheard = np.setdiff1d(np.arange(songs) + songs * (user % 2), train.of(user))
        pairs += [(user, song) for song in rng.choice(unheard, 2, replace=False)]
    return Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), len(train.counts))


@pytest.fixture
def task() -> Task:
    train = clustered(0)
    return Task(train, held_out(train, 1, 10), 20)


@pytest.mark.parametrize("name", ["item-knn", "ease"])
def test_a_personal_baseline_knows_the_groups_and_popularity_does_not(task: Task, name: str) -> None:
    fitted = baselines.fit(name, task)
    assert fitted is not None
    own = fitted.scorer(np.array([0, 1]))
    assert own[0, :10].mean() > own[0, 10:].mean()
    assert own[1, 10:].mean() > own[1, :10].mean()
    popular = popularity(task.train, 20)
    assert (popular(np.array([0, 1]))[0] == np.bincount(task.train.songs, minlength=20)).all()
    assert task.ndcg(fitted.scorer) > task.ndcg(popular)
    assert fitted.settings["validation_ndcg@10"] == pytest.approx(task.ndcg(fitted.scorer), abs=1e-5)


def test_ease_weights_solve_its_constrained_ridge_regression(task: Task) -> None:
    x = task.plays.toarray()
    # Steck 2019, eq. 8: P = (XᵀX + λI)⁻¹, B = I - P · diagMat(1 / diag(P))
    p = np.linalg.inv(x.T @ x + 50 * np.eye(20))
    np.testing.assert_allclose(ease_weights(x.T @ x, 50.0), np.eye(20) - p / np.diag(p), atol=1e-5)


def test_songs_ease_leaves_out_rank_below_those_it_knows() -> None:
    train = clustered(0)
    scores = fit_ease(Task(train, held_out(train, 1, 10), 21), most_songs=15).scorer(np.arange(5))
    assert (np.sort(scores, axis=1)[:, 5] < np.sort(scores, axis=1)[:, 6]).all()
    assert scores[:, 20].tolist() == scores.min(axis=1).tolist()  # never played


def test_neighbours_are_by_shrunk_cosine() -> None:
    pairs = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 2)]
    train = Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), 3)
    near = nearest(Task(train, Histories.empty(3), 4), shrink=1.0, weighed=False, most=1).toarray()
    # Song 0 has three listeners, song 1 two of them, song 2 one: 2 / (√3·√2 + 1) is more than 1 / (√3·1 + 1).
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = 2 / (np.sqrt(6) + 1)
    expected[2, 0] = 1 / (np.sqrt(3) + 1)
    np.testing.assert_allclose(near, expected, rtol=1e-6)


def test_neighbours_in_blocks_are_those_at_once(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = nearest(task, 3.0, True, 5)
    monkeypatch.setattr("engine.evaluation.baselines.item_knn._BLOCK_ENTRIES", 40)
    assert (nearest(task, 3.0, True, 5) != whole).nnz == 0


def test_what_neighbours_say_nothing_of_follows_by_its_listeners() -> None:
    pairs = [(0, 0), (1, 0), (1, 1), (2, 2), (3, 3), (4, 3)]
    train = Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), 5)
    scores = fit_item_knn(Task(train, Histories.empty(5), 5)).scorer(np.array([0]))[0]
    assert np.argsort(-scores, kind="stable").tolist() == [1, 0, 3, 2, 4]


def test_the_half_life_is_the_one_validation_likes() -> None:
    users, songs = 60, 40
    rng = np.random.default_rng(0)
    train = clustered(0, users, songs=20)
    hot = rng.permutation(songs)
    heat = rng.random((songs, len(HALF_LIVES))).astype(np.float32)
    heat[hot[:5], 3] += 2  # what is hot at the fourth half-life is what people will play
    pairs = [(user, song) for user in range(users) for song in hot[:5] if song not in train.of(user)]
    valid = Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), users)
    fitted = fit_decayed_popularity(Task(train, valid, songs, heat))
    assert fitted is not None
    assert fitted.settings["half_life"] == HALF_LIVES[3]
    assert fit_decayed_popularity(Task(train, valid, songs)) is None


def test_least_squares_know_the_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.evaluation.baselines.ials.FACTORS", (4, 8, 12))
    train = clustered(0, songs=30, played=8)
    task = Task(train, held_out(train, 1, 30), 60)
    fitted = fit_ials(task)
    assert fitted is not None
    assert task.ndcg(fitted.scorer) > 1.5 * task.ndcg(popularity(train, 60))
    assert set(fitted.settings) == {"factors", "regularisation", "confidence", "validation_ndcg@10"}
    assert fit_ials(Task(clustered(0, users=3), Histories.empty(3), 20)) is None


def test_someone_without_train_plays_gets_what_is_popular() -> None:
    train = clustered(0)
    more = Histories(np.append(train.starts, train.starts[-1]), train.songs)
    task = Task(more, Histories.empty(201), 20)
    for name in ("item-knn", "ease"):
        fitted = baselines.fit(name, task)
        assert fitted is not None
        assert fitted.scorer(np.array([3, 200]))[1].tolist() == task.listeners.tolist()


def test_a_walk_finds_the_top_and_stops_where_it_gets_worse() -> None:
    asked: list[int] = []

    def attempt(value: int) -> tuple[float, str]:
        asked.append(value)
        return -abs(value - 6.0), f"found {value}"

    assert walk(range(10), attempt) == (6, 0.0, "found 6")
    assert asked == [5, 6, 7, 4]
