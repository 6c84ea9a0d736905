import numpy as np
import pandas as pd

from engine.data.split import TEST, TRAIN, VALID, choose_kind, new_to_user, split_plays


def frame(users: list[int], times: list[str] | None = None) -> pd.DataFrame:
    stamps = pd.to_datetime(pd.Series(times)) if times else pd.Series(pd.NaT, index=range(len(users)))
    return pd.DataFrame({"user_index": users, "song_index": range(len(users)), "played_at": stamps})


def test_a_time_split_puts_no_train_play_after_a_test_play() -> None:
    days = pd.date_range("2020-01-01", periods=100).astype(str).tolist()
    plays = frame([0] * 100, days[::-1])
    labels = split_plays(plays, "temporal", 0.1, 0.1, seed=1)
    times = plays["played_at"].to_numpy()
    assert times[labels == TRAIN].max() < times[labels == VALID].min() < times[labels == TEST].min()
    assert np.bincount(labels).tolist() == [80, 10, 10]


def test_a_random_split_holds_out_the_share_and_keeps_a_train_play_for_everyone() -> None:
    users = [0] + [1] * 2 + [2] * 5 + [3] * 1000
    for seed in range(20):
        labels = split_plays(frame(users), "random", 0.1, 0.1, seed)
        kept = np.bincount(users, weights=labels == TRAIN)
        assert (kept >= 1).all()
        assert abs((labels[-1000:] == TEST).sum() - 100) <= 1


def test_short_histories_are_held_out_from_as_often_as_their_share_says() -> None:
    users = np.repeat(np.arange(4_000), 5).tolist()
    labels = split_plays(frame(users), "random", 0.1, 0.1, seed=0)
    assert 0.09 < (labels == TEST).mean() < 0.11


def test_plays_with_times_are_split_by_time_and_others_at_random() -> None:
    assert choose_kind(frame([0, 0, 0], ["2020-01-01", "2020-01-02", "2020-01-03"])) == "temporal"
    assert choose_kind(frame([0, 0, 0])) == "random"


def test_what_a_user_knew_before_is_no_discovery() -> None:
    before = pd.DataFrame({"user_index": [0, 1], "song_index": [5, 6]})
    later = pd.DataFrame({"user_index": [0, 0, 1], "song_index": [5, 6, 5]})
    assert new_to_user(later, before).to_numpy().tolist() == [[0, 6], [1, 5]]
