from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import DataError, Engine
from engine.serving.batch import recommend_users, select_users


def test_every_user_gets_k_unseen_songs(engine: Engine) -> None:
    frame = recommend_users(engine, np.arange(len(engine.users)), k=20)
    assert frame.columns.tolist() == ["user_id", "song_id", "rank", "score"]
    assert frame["user_id"].unique().tolist() == engine.users["user_id"].tolist()
    assert (frame.groupby("user_id")["rank"].agg(["min", "max", "nunique"]) == [1, 20, 20]).all(axis=None)
    played = pd.MultiIndex.from_frame(pd.read_parquet(engine.bundle.path("history.parquet"))[["user_id", "song_id"]])
    assert not pd.MultiIndex.from_frame(frame[["user_id", "song_id"]]).isin(played).any()


def test_the_batch_says_what_the_engine_says(engine: Engine) -> None:
    for user in (0, int(engine.histories.counts.argmax())):
        batch = recommend_users(engine, np.array([user]), k=10)
        single = engine.recommend(str(engine.users["user_id"].iloc[user]), k=10)
        np.testing.assert_allclose(batch["score"], single["score"], atol=1e-4)
        assert len(set(batch["song_id"]) & set(single["song_id"])) >= 9  # but for ties


def test_new_songs_are_those_nobody_played(engine: Engine) -> None:
    frame = recommend_users(engine, np.arange(5), k=5, only_new_songs=True)
    unplayed = set(engine.songs.loc[engine.songs["plays"] == 0, "song_id"])
    assert set(frame["song_id"]) <= unplayed
    assert len(frame) == 5 * min(5, len(unplayed))


def test_a_user_who_knows_nearly_everything_gets_what_is_left(engine: Engine) -> None:
    user = int(engine.histories.counts.argmax())
    frame = recommend_users(engine, np.array([user]), k=1_000)
    assert len(frame) == len(engine.songs) - engine.histories.counts[user]


def test_unknown_users_in_a_file_are_set_aside(engine: Engine, tmp_path: Path) -> None:
    known = engine.users["user_id"].iloc[3]
    (tmp_path / "u.csv").write_text(f"user_id\n{known}\nnobody\n{known}\ntoo,many\n")
    chosen, rejects = select_users(engine, str(tmp_path / "u.csv"))
    assert chosen.tolist() == [3]
    assert rejects["content"].tolist() == ["too,many", "nobody"]
    assert rejects["line"].tolist() == [5, 3]
    (tmp_path / "u.csv").write_text("user_id\nnobody\n")
    with pytest.raises(DataError, match="none of its 1"):
        select_users(engine, str(tmp_path / "u.csv"))
