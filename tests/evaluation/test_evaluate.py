import json

import numpy as np
import pandas as pd
import pytest

from engine.data.heat import HALF_LIVES
from engine.data.split import TEST, TRAIN, VALID
from engine.evaluation.evaluate import Evaluation, evaluate, headline
from engine.evaluation.judged import Judged, Lists, lists_frame, lists_from_frame, rank
from engine.evaluation.tables import COLUMNS, METRICS

SONGS = 24


def world(users: int = 120, seed: int = 0, split: str = "temporal") -> Judged:
    """Two groups of users with songs of their own; with times, users come back to what they played, and some are new.

    The last three users are a newcomer without train plays, someone who only comes back, and someone who is gone.
    """
    rng = np.random.default_rng(seed)
    plays = []
    for user in range(users):
        own = rng.permutation(SONGS // 2) + SONGS // 2 * (user % 2)
        parts = [(own[:5], TRAIN), (own[5:6], VALID), (own[6:8], TEST)]
        if split == "temporal":
            parts.append((own[:1], TEST))
        if user == users - 3:
            parts = [(own[6:8], TEST)]
        elif user == users - 2:
            parts = [(own[:5], TRAIN), (own[:1], TEST)]
        elif user == users - 1:
            parts = parts[:2]
        plays += [(user, song, part) for songs, part in parts for song in songs]
    frame = pd.DataFrame(plays, columns=["user_index", "song_index", "part"])
    times = pd.to_datetime("2026-01-01") + pd.to_timedelta(frame["part"] * 10, unit="D")
    frame = frame.assign(play_count=1.0, played_at=times if split == "temporal" else pd.NaT)
    frame["first_played_at"] = frame["played_at"]
    columns = {
        "user_id": [f"u{user}" for user in range(users)],
        "age": rng.choice([20.0, 30.0], users),
        "gender": rng.choice(["f", "m"], users),
        "country": pd.Series([None] * users, dtype="str"),
        "signed_up_at": pd.Series([pd.NaT] * users, dtype="datetime64[us, UTC]"),
    }
    songs = pd.DataFrame({"song_id": [f"s{song}" for song in range(SONGS)], "genres": ["rock"] * 12 + ["pop"] * 12})
    heat = rng.random((SONGS, len(HALF_LIVES))).astype(np.float32) if split == "temporal" else None
    return Judged(pd.DataFrame(columns), songs.astype({"genres": "str"}), frame, heat, split)


def knows_the_groups(users: np.ndarray) -> np.ndarray:
    """Score the songs of a user's own group above the others."""
    return np.where(np.arange(SONGS) // (SONGS // 2) == users[:, None] % 2, 1.0, 0.0) + np.arange(SONGS) / 1e3


@pytest.fixture(scope="module")
def judged() -> Judged:
    return world()


@pytest.fixture(scope="module")
def found(judged: Judged) -> Evaluation:
    return evaluate(judged, rank(judged, knows_the_groups), "fast")


def test_every_table_has_the_columns_it_is_said_to_have(found: Evaluation) -> None:
    for name, table in found.tables.items():
        assert list(table.columns)[: len(COLUMNS[name])] == list(COLUMNS[name]), name
    assert list(found.tables["per_user"].columns) == [*COLUMNS["per_user"], *METRICS]


def test_users_are_judged_or_dropped_and_counted(found: Evaluation) -> None:
    notes = found.summary
    assert notes["users"] == 119
    assert notes["judged_on_new_songs"] == 118
    assert (
        notes["judged_on_known_songs"] == 118
    )  # all but the newcomer, who knows nothing, and the one without test plays
    assert notes["users_without_train_plays"] == 1
    assert notes["dropped"] == {"no test plays": 1, "test plays of songs they knew only": 0}
    per_user = found.tables["per_user"].set_index(["model", "user_id"])
    assert per_user.loc[("lhydra", "u118"), "ndcg@10"] is not None
    assert np.isnan(per_user.loc[("lhydra", "u118"), "ndcg@10"])
    assert per_user.loc[("lhydra", "u118"), "repeat_ndcg@10"] > 0
    assert np.isnan(per_user.loc[("lhydra", "u117"), "repeat_ndcg@10"])
    assert ("lhydra", "u119") not in per_user.index


def test_means_and_leads_are_those_of_the_users(found: Evaluation) -> None:
    per_user, metrics = found.tables["per_user"], found.tables["metrics"].set_index(["model", "metric"])
    assert set(per_user["model"]) == {"lhydra", "popularity", "decayed popularity", "item-knn", "ease"}
    for (model, metric), row in metrics.iterrows():
        if metric == "coverage@20":
            assert row["value"] == 1.0 or model != "lhydra"
            continue
        values = per_user.loc[per_user["model"] == model, metric]
        assert row["value"] == pytest.approx(values.mean())
        assert row["users"] == values.notna().sum()
        assert row["low"] <= row["value"] <= row["high"]
    lead = found.tables["comparisons"].set_index(["baseline", "metric"]).loc[("popularity", "ndcg@10")]
    own, other = (metrics.loc[(model, "ndcg@10"), "value"] for model in ("lhydra", "popularity"))
    assert lead["difference"] == pytest.approx(own - other)
    assert 0 < lead["low"] < lead["difference"] < lead["high"]
    assert lead["p"] <= lead["p_adjusted"] < 0.05


def test_discovery_and_coming_back_are_told_apart_where_there_are_times(found: Evaluation) -> None:
    per_user = found.tables["per_user"]
    assert per_user["discovery_ndcg@10"].equals(per_user["ndcg@10"])
    random = evaluate(world(split="random"), rank(world(split="random"), knows_the_groups), "none")
    assert not {"discovery_ndcg@10", "repeat_ndcg@10"} & set(random.tables["per_user"].columns)
    assert random.tables["comparisons"].empty


def test_what_comes_back_is_ranked_among_the_songs_known(judged: Judged) -> None:
    lists = rank(judged, knows_the_groups)
    for row, user in enumerate(judged.judged):
        known = lists.known[row][lists.known[row] >= 0]
        assert set(known) == set(judged.seen.of(user))
        assert not set(lists.new[row]) & set(judged.seen.of(user))


def test_a_baseline_that_the_data_can_not_have_is_said_to_be_left_out() -> None:
    undated = world(split="random")
    notes = evaluate(undated, rank(undated, knows_the_groups), "fast").summary
    assert list(notes["left_out"]) == ["decayed popularity"]
    assert "ease" in notes["baselines"]


def test_cohorts_and_bias_are_those_of_the_members(found: Evaluation) -> None:
    members, per_user = found.tables["cohort_members"], found.tables["per_user"]
    assert {"age_band", "gender", "taste"} <= set(members.columns)
    assert "country" not in members
    joined = per_user[per_user["model"] == "lhydra"].merge(members)
    cohorts = found.tables["cohorts"].set_index(["attribute", "cohort", "metric"])
    women = joined.loc[joined["gender"] == "f", "recall@20"]
    assert cohorts.loc[("gender", "f", "recall@20"), "value"] == pytest.approx(women.mean())
    bias = found.tables["bias"].set_index(["model", "attribute", "cohort"])
    women = bias.loc[("lhydra", "gender", "f")]
    assert women["lift"] == pytest.approx(women["list_popularity"] / women["history_popularity"] - 1)
    assert women["low"] <= women["lift"] <= women["high"]


def test_a_headline_has_what_a_manifest_needs(found: Evaluation) -> None:
    said = headline(found)
    assert set(said["models"]) == {"lhydra", "popularity", "decayed popularity", "item-knn", "ease"}
    assert set(said["models"]["lhydra"]) == {"ndcg@10", "recall@20", "hit_rate@10"}
    assert set(said["lead"]) == set(said["models"]) - {"lhydra"}
    assert set(said["models"]["lhydra"]["ndcg@10"]) == {"mean", "low", "high"}
    json.dumps(said, allow_nan=False)
    json.dumps(found.summary, allow_nan=False)


def test_lists_survive_being_a_table(judged: Judged) -> None:
    lists = rank(judged, knows_the_groups)
    back = lists_from_frame(judged, lists_frame(judged, lists).sample(frac=1, random_state=0))
    assert (back.new == lists.new).all()
    assert (back.known == lists.known).all()


def test_without_anyone_to_judge_there_are_empty_tables() -> None:
    judged = world()
    nobody = Judged(judged.users, judged.songs, judged.plays[judged.plays["part"] != TEST], judged.heat, "temporal")
    found = evaluate(nobody, rank(nobody, knows_the_groups), "all")
    assert all(table.empty for table in found.tables.values())
    assert headline(found)["models"] == {}


def test_an_evaluation_of_the_same_is_the_same(judged: Judged, found: Evaluation) -> None:
    again = evaluate(judged, rank(judged, knows_the_groups), "fast")
    for name, table in found.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_one_user_is_enough_for_figures_without_intervals() -> None:
    judged = world(users=4)
    alone = Judged(judged.users, judged.songs, judged.plays, judged.heat, "temporal")
    found = evaluate(alone, Lists(*(part for part in vars(rank(alone, knows_the_groups)).values())), "none")
    assert found.tables["slices"].empty
    assert found.tables["metrics"]["value"].notna().all()
