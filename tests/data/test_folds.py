import numpy as np
import pandas as pd

from engine.data.folds import SHOWN, UNUSED, label_by_time, label_by_users, user_folds, window_ranks, windows
from engine.data.split import TEST, TRAIN, VALID


def test_users_are_dealt_into_folds_of_equal_size_the_same_each_time() -> None:
    fold = user_folds(users=103, folds=5, seed=1)
    assert sorted(np.bincount(fold)) == [20, 20, 21, 21, 21]
    assert (fold == user_folds(103, 5, 1)).all()
    assert (fold != user_folds(103, 5, 2)).any()


def test_each_user_is_tested_in_exactly_one_fold_and_never_fitted_on_in_it() -> None:
    grid = np.arange(60 * 30)
    plays = pd.DataFrame({"user_index": grid // 30, "song_index": grid % 30})
    fold = user_folds(60, 4, seed=3)
    tested = []
    for number in range(4):
        labels = label_by_users(plays, fold, number, seed=3)
        held_out = plays.loc[np.isin(labels, [TEST, VALID, SHOWN]), "user_index"]
        assert set(held_out).isdisjoint(plays.loc[labels == TRAIN, "user_index"])
        assert np.isclose((labels[np.isin(plays["user_index"], held_out)] == SHOWN).mean(), 0.8, atol=0.06)
        tested += list(plays.loc[labels == TEST, "user_index"].unique())
    assert sorted(tested) == sorted(set(tested)) == list(range(60))


def test_windows_slide_and_none_trains_on_what_comes_after() -> None:
    moments = pd.date_range("2024-01-01", periods=140, freq="D")
    ranks = window_ranks(dated=140, folds=5)
    assert len(ranks) == 5 + 10
    ends = [str(moments[rank].to_datetime64().astype("datetime64[us]")) for rank in ranks]
    plays = pd.DataFrame({"played_at": [*moments, pd.NaT]})
    tests = []
    for number, window in enumerate(windows(ends, 5)):
        labels = label_by_time(plays, window)
        assert labels[-1] == UNUSED
        sizes = [(labels == part).sum() for part in (TRAIN, VALID, TEST)]
        assert sizes == [80, 10, 10]
        last = [plays["played_at"][labels == part].max() for part in (TRAIN, VALID, TEST)]
        first = [plays["played_at"][labels == part].min() for part in (TRAIN, VALID, TEST)]
        assert last[0] < first[1]
        assert last[1] < first[2]
        assert (labels == TRAIN).argmax() == number * 10
        tests.append(labels[:-1] == TEST)
    assert np.sum(tests, axis=0).max() == 1
