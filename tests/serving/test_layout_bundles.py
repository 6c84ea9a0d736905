"""Bundles of layouts other than the default, from tables to recommendations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import Engine
from engine.build import build
from engine.config import PRESETS, load_settings
from engine.data.features import encode_users
from engine.data.histories import Histories
from engine.load_model import load_model
from engine.maintain import export, verify
from engine.serving.batch import recommend_users
from engine.training.validation import scorer_of

QUICK = ["model.dim=8", "model.members=1", "train.epochs=2", "train.batch_users=64", "train.average_decay=0.8"]
QUICK += ["train.refit=false", "evaluation.baselines=none", "map.iterations=350"]
LAYOUTS = {
    "seed": (PRESETS / "seed.yaml", ["model.dense=[16]", "model.score_head.hidden=[8]"]),
    "attention": (None, ["model.history=attention", "model.history_length=20", "model.user_id=true"]),
    "fading": (None, ["model.recency_half_life=0.1", "train.order=true", "train.loss=sampled"]),
}


@pytest.fixture(scope="module", params=LAYOUTS)
def engine(request: pytest.FixtureRequest, small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    config, settings = LAYOUTS[request.param]
    out = tmp_path_factory.mktemp("layouts") / request.param
    build("simulated", small_world, out, load_settings(config, [*QUICK, *settings]))
    return Engine.load(out)


def test_what_is_served_is_what_the_network_says(engine: Engine) -> None:
    model, songs = load_model(engine.bundle)
    plays = pd.read_parquet(engine.bundle.path("history.parquet"))
    histories = Histories.from_plays(plays, len(engine.users))
    users = np.array([3, int(histories.counts.argmax()), int(histories.counts.argmin())])
    scores = scorer_of(model, songs, histories, encode_users(engine.features, engine.users))(users)
    frame = recommend_users(engine, users, k=30)
    place = pd.Index(engine.songs["song_id"])
    for row, user in enumerate(users):
        listed = frame[frame["user_id"] == engine.users["user_id"].iloc[user]]
        np.testing.assert_allclose(listed["score"], scores[row, place.get_indexer(listed["song_id"])], atol=2e-4)
        scores[row, histories.of(user)] = -np.inf
        assert listed["score"].iloc[0] == pytest.approx(scores[row].max(), abs=2e-4)


def test_one_listener_gets_what_the_batch_gives(engine: Engine) -> None:
    for user in (0, int(engine.histories.counts.argmax())):
        batch = recommend_users(engine, np.array([user]), k=10)
        single = engine.recommend(str(engine.users["user_id"].iloc[user]), k=10)
        np.testing.assert_allclose(single["score"], batch["score"], atol=1e-4)


def test_a_user_asked_for_alone_is_embedded_as_among_others(engine: Engine) -> None:
    counts = engine.histories.counts
    users = np.array([int(counts.argmax()), int(counts.argmin()), 3])  # the first has more songs than attention reads
    together = engine.user_vectors(users)
    alone = np.concatenate([engine.user_vectors(users[at : at + 1]) for at in range(3)])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_someone_new_is_answered(engine: Engine) -> None:
    songs = engine.songs.nlargest(5, "plays")["song_id"].tolist()
    new = engine.recommend(history=songs, age=30, country="Japan", k=10)
    assert len(new) == 10
    assert np.isfinite(new["score"]).all()
    assert not set(new["song_id"]) & set(songs)
    assert len(engine.recommend(k=10, genres=[engine.genres[0]])) == 10


def test_new_songs_are_scored(engine: Engine) -> None:
    frame = recommend_users(engine, np.arange(5), k=5, only_new_songs=True)
    unplayed = engine.songs.loc[engine.songs["plays"] == 0, "song_id"]
    assert len(frame) == 5 * min(5, len(unplayed))
    assert set(frame["song_id"]) <= set(unplayed)


def test_its_scores_are_explained(engine: Engine) -> None:
    unplayed = engine.songs.loc[~engine.songs["has_id"].astype(bool), "song_id"].head(1)
    for user in (int(engine.histories.counts.argmax()), int(engine.histories.counts.argmin())):
        user_id = str(engine.users["user_id"].iloc[user])
        top = engine.recommend(user_id, k=2)
        for song_id, score in [*top[["song_id", "score"]].itertuples(index=False), *((s, None) for s in unplayed)]:
            found = engine.explain(user_id, song_id)
            assert found.complete
            if score is not None:
                assert found.score == pytest.approx(score, abs=2e-4)


def test_it_verifies_and_exports_again(engine: Engine) -> None:
    folder = engine.bundle.folder
    checks = verify(folder)
    by_head = engine.bundle.manifest["config"]["model"]["score"] == "head"
    assert ("score" in checks) == by_head
    if by_head:
        assert checks["hnsw_serves"] is False
    user = str(engine.users["user_id"].iloc[0])
    before = engine.recommend(user, k=5)
    assert export(folder).keys() >= {"user_tower", "item_tower"}
    np.testing.assert_allclose(Engine.load(folder).recommend(user, k=5)["score"], before["score"], atol=1e-5)
