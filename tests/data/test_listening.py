import numpy as np
import pandas as pd

from engine.data.activity import encode_plays, encode_song_activity, fit_activity, hour_and_weekday
from engine.data.listening import Listening, Span

DAYS = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-30", "2024-04-09", "2024-04-10", None])
PLAYS = pd.DataFrame(
    {
        "user_index": [0, 1, 0, 0, 2, 2],
        "song_index": [0, 0, 0, 1, 1, 0],
        "play_count": [2.0, 1.0, 1.0, 3.0, 1.0, 1.0],
        "played_at": DAYS,
    }
)
YEARS = np.array([2020.0, np.nan, 1990.0])
NEVER = pd.Series([None, None, None], dtype="datetime64[us, UTC]")


def counted(plays: pd.DataFrame = PLAYS) -> Listening:
    listening = Listening.empty(users=3, songs=3, span=Span.of(plays))
    for _, rows in plays.groupby(plays["user_index"] % 2):  # two shards
        listening.add(rows, YEARS)
    return listening


def test_songs_are_counted_by_listeners_and_plays() -> None:
    listening = counted()
    assert listening.listeners.tolist() == [3, 2, 0]
    assert listening.plays.tolist() == [2 + 1 + 1 + 1, 3 + 1, 0]
    frame = listening.song_frame()
    assert [str(t)[:10] for t in frame["last_played_at"]] == ["2024-03-30", "2024-04-10", "NaT"]
    assert frame["recency_days"].fillna(-1).tolist() == [11, 0, -1]


def test_a_trend_compares_the_last_window_with_the_one_before() -> None:
    # The span is 100 days, a window 5: the second song has 4 plays in the last, none in the one before.
    trend = counted().trend
    np.testing.assert_allclose(trend[:2], [np.log(1) - np.log(1), np.log1p(4)])
    assert np.isnan(trend[2])


def test_tenure_runs_from_signing_up_or_else_from_the_first_play() -> None:
    signed_up = pd.Series(["2024-04-01", None, None], dtype="datetime64[us, UTC]")
    assert counted().tenure(signed_up).tolist() == [9, 100, 0]


def test_without_times_nothing_is_known_of_trends() -> None:
    listening = counted(PLAYS.assign(played_at=pd.NaT))
    assert np.isnan(listening.trend).all()
    assert np.isnan(listening.tenure(NEVER)).all()
    scales = fit_activity(listening, NEVER)
    assert set(scales) == {"song_plays", "user_songs", "user_plays"} & set(scales)
    values, known = encode_song_activity(scales, listening.song_frame())
    assert known[:, 1:].sum() == 0
    assert values[:, 1:].sum() == 0


def test_a_moment_is_a_point_on_the_circles_of_day_and_week() -> None:
    noon_monday = pd.Timestamp("2024-01-01 12:00")
    hour, weekday = hour_and_weekday(np.array([noon_monday.value // 1_000]))
    assert (hour[0], weekday[0]) == (12.0, 0)
    plays = pd.DataFrame({"song_index": [0, 1, 2], "played_at": pd.to_datetime([noon_monday, noon_monday, None])})
    arrays = encode_plays({"song_age": (1.0, 2.0)}, plays, YEARS)
    np.testing.assert_allclose(arrays.moment[0], [0, -1, 0, 1], atol=1e-6)  # sin, cos of hour; of weekday
    assert arrays.moment_known[:, 0].tolist() == [1, 1, 0]
    assert arrays.age_known[:, 0].tolist() == [1, 0, 0]
    np.testing.assert_allclose(arrays.age[0], [(4 - 1) / 2], atol=1e-3)


def test_a_songs_age_at_the_play_is_scaled_by_the_train_plays() -> None:
    mean, deviation = fit_activity(counted(), NEVER)["song_age"]
    ages = np.array([4.0, 4.0, 4.243])  # the dated plays of the one song with a year
    np.testing.assert_allclose([mean, deviation], [ages.mean(), ages.std()], atol=0.01)
