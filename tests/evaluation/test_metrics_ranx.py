"""Ranking metrics against ranx (Bassani, ECIR 2022), which many papers compute theirs with."""

import os

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # ranx would compile for half a minute, and needs none of it here
from ranx import Qrels, Run, evaluate

from engine.data.histories import Histories
from engine.evaluation.metrics import ranking_metrics

SONGS, USERS = 120, 150


@pytest.fixture(scope="module")
def random_data() -> tuple[np.ndarray, Histories, Histories]:
    """Scores without ties, songs seen, and 1 to 40 relevant songs a user, which are neither seen nor hard to find."""
    rng = np.random.default_rng(0)
    scores, seen, relevant = rng.random((USERS, SONGS)).astype(np.float32), [], []
    for user in range(USERS):
        songs = rng.permutation(SONGS)
        seen += [(user, song) for song in songs[:20]]
        found = songs[20 : 21 + rng.integers(0, 40)]
        scores[user, found] += rng.random(len(found)) * 0.5
        relevant += [(user, song) for song in found]
    frames = [pd.DataFrame(pairs, columns=["user_index", "song_index"]) for pairs in (seen, relevant)]
    return scores, *(Histories.from_plays(frame, USERS) for frame in frames)


def test_every_users_metrics_are_those_of_ranx(random_data: tuple[np.ndarray, Histories, Histories]) -> None:
    scores, seen, truth = random_data
    ours = ranking_metrics(lambda users: scores[users], np.arange(USERS), seen, truth, SONGS)
    qrels = Qrels({f"{user:03d}": {str(song): 1 for song in truth.of(user)} for user in range(USERS)})
    run = Run(
        {
            f"{user:03d}": {str(song): float(scores[user, song]) for song in set(range(SONGS)) - set(seen.of(user))}
            for user in range(USERS)
        }
    )
    names = ["ndcg@10", "recall@20", "map@20", "mrr@10", "hit_rate@10"]
    theirs = evaluate(qrels, run, names, return_mean=False)
    for name in names:
        expected = theirs[name]
        if name == "map@20":  # theirs is over all relevant songs, ours over as many as fit in a list
            expected = expected * truth.counts / np.minimum(truth.counts, 20)
        np.testing.assert_allclose(ours[name], expected, atol=1e-9, err_msg=name)
    assert (truth.counts > 20).any()
    assert ours["ndcg@10"].nunique() > 50
