"""Ranking metrics against ranx (Bassani, ECIR 2022), which many papers compute theirs with."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from engine.data.histories import Histories
from engine.evaluation.metrics import ranking_metrics

SONGS, USERS = 120, 150
NAMES = ["ndcg@10", "recall@20", "map@20", "mrr@10", "hit_rate@10"]
THEIRS = """
import json, sys
from ranx import Qrels, Run, evaluate
qrels, run, names = json.load(sys.stdin)
found = evaluate(Qrels(qrels), Run(run), names, return_mean=False)
print(json.dumps({name: values.tolist() for name, values in found.items()}))
"""


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
    qrels = {f"{user:03d}": {str(song): 1 for song in truth.of(user)} for user in range(USERS)}
    run = {
        f"{user:03d}": {str(song): float(scores[user, song]) for song in set(range(SONGS)) - set(seen.of(user))}
        for user in range(USERS)
    }
    # In a process of its own without numba's compiler: ranx would compile for half a minute, and needs none of it here,
    # but song search does in this one.
    done = subprocess.run(
        [sys.executable, "-c", THEIRS],
        input=json.dumps([qrels, run, NAMES]),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    theirs = {name: np.array(values) for name, values in json.loads(done.stdout.splitlines()[-1]).items()}
    for name in NAMES:
        expected = theirs[name]
        if name == "map@20":  # theirs is over all relevant songs, ours over as many as fit in a list
            expected = expected * truth.counts / np.minimum(truth.counts, 20)
        np.testing.assert_allclose(ours[name], expected, atol=1e-9, err_msg=name)
    assert (truth.counts > 20).any()
    assert ours["ndcg@10"].nunique() > 50
