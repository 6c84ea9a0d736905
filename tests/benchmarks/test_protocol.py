"""The benchmark's split leaks nothing, and its judge counts what a reader can count again."""

from math import log2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol import Split, across_seeds, compare, hold_out, inner_split, judge


def hand_made() -> Split:
    """Ann and Bob have train plays, Cid has none; `new` has none either."""
    users = pd.DataFrame({"user_id": ["ann", "bob", "cid"], "gender": ["f", "m", "m"]})
    songs = pd.DataFrame({"song_id": ["a", "b", "c", "d", "new"]})
    train = pd.DataFrame({"user_id": ["ann", "ann", "bob", "bob"], "song_id": ["a", "b", "c", "d"]})
    test = pd.DataFrame(
        {
            "user_id": ["ann", "ann", "ann", "bob", "cid"],
            "song_id": ["c", "d", "new", "new", "a"],
            "lost": [False, False, False, True, True],
        }
    )
    return Split("hand-made", 0, users, songs, train, test, np.array(["new"], dtype=object))


def lists(**songs: str) -> pd.DataFrame:
    """Ranked lists from words: `lists(ann="a b")`."""
    rows = [(user, song, rank) for user, text in songs.items() for rank, song in enumerate(text.split(), 1)]
    return pd.DataFrame(rows, columns=["user_id", "song_id", "rank"])


def random_world(times: bool = False) -> Split:
    rng = np.random.default_rng(5)
    pairs = np.argwhere(rng.random((40, 60)) < 0.3)
    plays = pd.DataFrame({"user_id": [f"u{u}" for u, _ in pairs], "song_id": [f"s{s}" for _, s in pairs]})
    if times:
        plays["played_at"] = (
            pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 90, len(plays)), "D")
        ).astype(str)
    users = pd.DataFrame({"user_id": [f"u{u}" for u in range(40)]})
    songs = pd.DataFrame({"song_id": [f"s{s}" for s in range(60)]})
    return hold_out("random", users, songs, plays, 3, 0.2, new_songs=0.1, new_users=0.05)


def test_warm_skips_seen_and_new_songs_before_it_counts() -> None:
    ndcg = judge(lists(ann="a new c b d"), hand_made(), "warm")
    assert ndcg.to_dict() == {"ann": 1.0}
    assert judge(lists(ann="c"), hand_made(), "warm")["ann"] == pytest.approx(1 / (1 + 1 / log2(3)))


def test_delivered_counts_new_songs_with_the_plays_they_have() -> None:
    ndcg = judge(lists(ann="d new", bob="new"), hand_made(), "delivered")
    assert ndcg.index.tolist() == ["ann"]  # what Bob's song lost is not asked for
    assert ndcg["ann"] == pytest.approx((1 + 1 / log2(3)) / (1 + 1 / log2(3) + 1 / log2(4)))


def test_new_songs_are_ranked_among_themselves_and_a_user_without_a_list_gets_nothing() -> None:
    assert judge(lists(ann="c d new"), hand_made(), "new_songs").to_dict() == {"ann": 1.0, "bob": 0.0}


def test_new_users_are_those_without_train_plays() -> None:
    ndcg = judge(lists(ann="c d", cid="new b a"), hand_made(), "new_users")
    assert ndcg.to_dict() == pytest.approx({"cid": 1 / log2(3)})


def test_the_order_is_the_ranks_not_the_rows() -> None:
    frame = lists(cid="b a").iloc[::-1]
    assert judge(frame, hand_made(), "new_users")["cid"] == pytest.approx(1 / log2(3))


def test_only_ten_count() -> None:
    songs = pd.DataFrame({"song_id": [f"s{i}" for i in range(12)]})
    train = pd.DataFrame({"user_id": ["x"] * 12, "song_id": songs["song_id"]})
    test = pd.DataFrame({"user_id": ["y"], "song_id": ["s10"], "lost": [True]})
    split = Split("ten", 0, pd.DataFrame({"user_id": ["x", "y"]}), songs, train, test, np.array([], dtype=object))
    assert judge(lists(y=" ".join(songs["song_id"])), split, "new_users")["y"] == 0
    assert judge(lists(y=" ".join(songs["song_id"][1:])), split, "new_users")["y"] == pytest.approx(1 / log2(11))


def test_an_id_the_tables_lack_is_refused() -> None:
    with pytest.raises(ValueError, match="ids"):
        judge(lists(ann="nonesuch"), hand_made(), "warm")


@pytest.mark.parametrize("times", [False, True])
def test_nothing_leaks(times: bool) -> None:
    split = random_world(times)
    assert not split.train["song_id"].isin(split.new_songs).any()
    assert len(split.new_songs) >= 6
    assert not np.isin(split.keys(split.test), split.seen).any()
    inner = inner_split(split, cold=True)
    held_out = np.isin(inner.keys(inner.train), split.keys(split.test))
    assert not held_out.any()
    if times:
        assert split.train["played_at"].max() < split.test["played_at"].min()
    else:
        assert (split.users["user_id"].isin(split.train["user_id"])).sum() == 38
        assert len(split.train) + len(split.test) == len(random_world().train) + len(random_world().test)


def test_a_split_depends_on_the_seed_alone() -> None:
    assert random_world().fingerprint == random_world().fingerprint
    split = random_world()
    plays = pd.concat([split.train, split.test[["user_id", "song_id"]]]).sample(frac=1, random_state=1)
    shuffled = hold_out("random", split.users, split.songs, plays, 3, 0.2, new_songs=0.1, new_users=0.05)
    other = hold_out("random", split.users, split.songs, plays, 4, 0.2, new_songs=0.1, new_users=0.05)
    assert shuffled.fingerprint == split.fingerprint != other.fingerprint


def test_the_written_tables_hold_everyone_and_the_train_plays_alone(tmp_path: Path) -> None:
    split = random_world()
    split.write(tmp_path)
    tables = {name: pd.read_csv(tmp_path / f"{name}.csv", dtype=str) for name in ("users", "songs", "plays")}
    assert len(tables["users"]) == 40
    assert len(tables["songs"]) == 60
    assert np.array_equal(np.unique(split.keys(tables["plays"])), split.seen)


def test_a_comparison_is_paired_by_user() -> None:
    users = [f"u{i}" for i in range(200)]
    noise = pd.Series(np.random.default_rng(0).random(200), index=users)
    better = (noise + 0.1).iloc[::-1]
    assert compare(better, noise) == pytest.approx((0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="different users"):
        compare(noise, noise.iloc[1:])


def test_the_interval_is_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(1)
    values = pd.Series(rng.normal(size=400))
    mean, low, high = compare(values, values * 0)
    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


def test_seeds_are_averaged_for_each_user() -> None:
    mean = across_seeds([pd.Series({"a": 0.2, "b": 0.4}), pd.Series({"a": 0.6})])
    assert mean.to_dict() == pytest.approx({"a": 0.4, "b": 0.4})
