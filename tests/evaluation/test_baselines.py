import numpy as np
import pandas as pd

from engine.data.histories import Histories
from engine.evaluation.baselines import fit_ease, popularity


def clustered(seed: int, users: int = 200) -> Histories:
    """Two groups of users, each with its own ten songs."""
    rng = np.random.default_rng(seed)
    pairs = [(u, s) for u in range(users) for s in rng.choice(10, 4, replace=False) + 10 * (u % 2)]
    return Histories.from_plays(pd.DataFrame(pairs, columns=["user_index", "song_index"]), users)


def test_ease_weights_solve_its_constrained_ridge_regression() -> None:
    train = clustered(0)
    ease = fit_ease(train, clustered(1), 20, lambdas=[50.0])
    x = np.zeros((200, 20))
    for user in range(200):
        x[user, train.of(user)] = 1
    # Steck 2019, eq. 8: P = (XᵀX + λI)⁻¹, B = I - P · diagMat(1 / diag(P))
    p = np.linalg.inv(x.T @ x + 50 * np.eye(20))
    np.testing.assert_allclose(ease.weights, np.eye(20) - p / np.diag(p), atol=1e-5)


def test_ease_knows_the_groups_and_popularity_does_not() -> None:
    train = clustered(0)
    own = fit_ease(train, clustered(1), 20).scorer(train)(np.array([0, 1]))
    assert own[0, :10].mean() > own[0, 10:].mean()
    assert own[1, 10:].mean() > own[1, :10].mean()
    assert (popularity(train, 20)(np.array([0, 1]))[0] == np.bincount(train.songs, minlength=20)).all()


def test_lambda_is_the_one_validation_ranks_first() -> None:
    tried: dict[float, float] = {}
    ease = fit_ease(clustered(0), clustered(1), 20, on_progress=tried.__setitem__)
    assert tried[ease.regularisation] == max(tried.values())


def test_songs_ease_leaves_out_rank_below_those_it_knows() -> None:
    train = clustered(0)
    scores = fit_ease(train, clustered(1), 21, most_songs=15).scorer(train)(np.arange(5))
    assert (np.sort(scores, axis=1)[:, 5] < np.sort(scores, axis=1)[:, 6]).all()
    assert scores[:, 20].tolist() == scores.min(axis=1).tolist()  # never played
