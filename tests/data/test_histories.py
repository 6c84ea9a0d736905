import numpy as np
import pandas as pd

from engine.data.histories import UNDATED, Histories, last_played

PLAYS = pd.DataFrame(
    {
        "user_index": [1, 0, 1, 0],
        "song_index": [2, 5, 0, 3],
        "play_count": [1.0, 2.0, 7.0, 1.0],
        "played_at": pd.to_datetime(["1970-01-01 00:00:03", None, None, "1970-01-01 00:00:01"]),
    }
)


def test_times_stay_with_their_songs() -> None:
    histories = Histories.from_plays(PLAYS, users=3)
    assert histories.of(0).tolist() == [3, 5]
    assert histories.times_of(0).tolist() == [1_000_000, UNDATED + 2]
    assert histories.of(1).tolist() == [0, 2]
    assert histories.times_of(1).tolist() == [UNDATED + 7, 3_000_000]
    assert histories.times_of(2).tolist() == []


def test_undated_songs_come_before_all_dated_ones_the_more_played_the_later() -> None:
    dates = pd.to_datetime([None, None, "1969-07-20", "2024-01-01"])
    plays = pd.DataFrame({"played_at": dates, "play_count": [1e300, 1.0, 1.0, 1.0]})
    times = last_played(plays)
    assert np.argsort(times).tolist() == [1, 0, 2, 3]
    assert (times >= 0).tolist() == [False, False, True, True]


def test_without_a_column_of_times_nothing_is_kept_of_them() -> None:
    histories = Histories.from_plays(PLAYS[["user_index", "song_index"]], users=2)
    assert histories.played_at is None
    assert histories.times_of(0).tolist() == [UNDATED, UNDATED]
