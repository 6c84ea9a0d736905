"""Ids go in and come out as the owner wrote them, whatever they look like."""

from pathlib import Path

import pandas as pd
import pytest

from engine import Engine
from engine.build import build
from engine.config import load_settings

USERS = ["007", "1e5", "NA", "null", "ü ser", "a,b", '"q"', "=1+1", "nan", "12.0"]
SONGS = ["000", "None", "1.0", "s|t", "ñ", "'", "#5", "TRUE", "-", "2020-01-01", "never played"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd ids")
    pd.DataFrame({"song_id": SONGS, "title": SONGS, "artist": "x"}).to_csv(folder / "songs.csv", index=False)
    pairs = [(u, s) for i, u in enumerate(USERS) for j, s in enumerate(SONGS[:-1]) if (i + j) % 3]
    plays = pd.DataFrame([*pairs, ("named only here", "no such song")], columns=["user_id", "song_id"])
    plays.to_csv(folder / "plays.csv", index=False)
    pd.DataFrame({"user_id": [*USERS, "no plays"]}).to_csv(folder / "users.csv", index=False)
    build(
        "tables",
        folder,
        folder / "out" / "odd",
        load_settings(None, ["model.dim=4", "model.members=1", "train.epochs=2"]),
    )
    return folder / "out" / "odd"


def test_ids_come_back_as_they_were(bundle: Path) -> None:
    from engine.serving.batch import recommend_users

    engine = Engine.load(bundle)
    assert engine.users["user_id"].tolist() == [*USERS, "no plays", "named only here"]
    frame = recommend_users(engine, pd.RangeIndex(len(engine.users)).to_numpy(), k=5)
    assert set(frame["user_id"]) == {*USERS, "no plays", "named only here"}
    assert set(frame["song_id"]) <= set(SONGS)
    assert (frame.loc[frame["user_id"].isin(["no plays", "named only here"])].groupby("user_id").size() == 5).all()


def test_new_songs_are_the_ones_without_plays(bundle: Path) -> None:
    from engine.serving.batch import recommend_users

    engine = Engine.load(bundle)
    frame = recommend_users(engine, pd.RangeIndex(len(engine.users)).to_numpy(), k=5, only_new_songs=True)
    assert set(frame["song_id"]) == {"never played"}


def test_a_data_set_without_any_feature_still_builds(bundle: Path) -> None:
    off = Engine.load(bundle).bundle.manifest["features_off"]
    assert {"age", "gender", "country", "genres", "tempo", "release_year"} <= set(off)
