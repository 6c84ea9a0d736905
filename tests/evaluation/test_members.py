from datetime import UTC, datetime

import numpy as np
import pandas as pd

from engine.data.split import TEST, TRAIN
from engine.evaluation.judged import Judged
from engine.evaluation.members import cohort_members

NOW = pd.Timestamp("2026-06-01")


def world(users: pd.DataFrame, plays: list[tuple[int, int, int, str]], genres: list[str], dated: bool = True) -> Judged:
    """Plays as (user, song, part, day); every user gets a test play of the last song, so that they are judged."""
    plays = [*plays, *((user, len(genres) - 1, TEST, "2026-06-09") for user in range(len(users)))]
    frame = pd.DataFrame(plays, columns=["user_index", "song_index", "part", "played_at"])
    frame["played_at"] = pd.to_datetime(frame["played_at"]) if dated else pd.NaT
    frame = frame.assign(play_count=1.0, first_played_at=frame["played_at"])
    blank = pd.DataFrame({"age": np.nan, "gender": None, "country": None, "signed_up_at": pd.NaT}, index=users.index)
    full = users.combine_first(blank).astype({"gender": "str", "country": "str", "age": "float64"})
    full["signed_up_at"] = pd.to_datetime(full["signed_up_at"], utc=True).astype("datetime64[us, UTC]")
    songs = pd.DataFrame({"song_id": [f"s{n}" for n in range(len(genres))], "genres": genres}).astype({"genres": "str"})
    return Judged(full, songs, frame, None, "temporal" if dated else "random")


def people(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"user_id": [f"u{n}" for n in range(count)], **columns})


def test_demographics_become_bands_and_words() -> None:
    users = people(age=[17.0, 18.0, 34.0, 99.0, np.nan], gender=["f", "m", None, "f", "n"])
    members, _ = cohort_members(world(users, [(0, 0, TRAIN, "2026-06-01")], ["", ""]))
    assert members["age_band"].tolist() == ["under 18", "18–24", "25–34", "55 and over", "unknown"]
    assert members["gender"].tolist() == ["f", "m", "unknown", "f", "n"]
    assert "country" not in members  # nobody's is known
    assert "taste" not in members


def test_activity_and_cold_count_train_songs() -> None:
    counts = [0, 1, 5, 6, 20, 21]
    plays = [(user, song, TRAIN, "2026-06-01") for user, count in enumerate(counts) for song in range(count)]
    members, bounds = cohort_members(world(people(age=[20.0] * 6), plays, [""] * 30))
    assert members["cold"].tolist() == ["no history", "1–5 songs", "1–5 songs", *["6–20 songs"] * 2, "over 20 songs"]
    assert members["activity"].tolist()[0] == "no history"
    assert members["activity"].tolist()[1] == "lightest quarter"
    assert members["activity"].tolist()[-1] == "heaviest quarter"
    assert bounds["activity"]["lightest quarter"] == "up to 5 songs"


def test_taste_is_the_genre_of_most_of_the_plays() -> None:
    genres = ["rock", "rock|pop", "jazz", "jazz", ""]
    plays = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3)]
    members, _ = cohort_members(world(people(age=[20.0] * 3), [(*p, TRAIN, "2026-06-01") for p in plays], genres))
    # 1 + 1/2 of rock against 1 of jazz; 2 of jazz against 1/2 of rock; no history.
    assert members["taste"].tolist() == ["rock", "jazz", "unknown"]


def test_mainstreamness_is_how_popular_the_history_is() -> None:
    plays = [(0, 0), (1, 0), (2, 0), (2, 1), (3, 2), (4, 0), (4, 1)]
    members, _ = cohort_members(world(people(age=[20.0] * 5), [(*p, TRAIN, "2026-06-01") for p in plays], [""] * 4))
    # Songs of 4/5, 2/5 and 1/5 of the users make histories of .8, .8, .6, .2 and .6; a third of five users is up to .6.
    assert members["mainstreamness"].tolist() == ["mainstream", "mainstream", "niche", "niche", "niche"]


def test_tenure_is_from_signing_up_else_from_the_first_play() -> None:
    users = people(signed_up_at=[datetime(2020, 1, 1, tzinfo=UTC), None, None, None])
    plays = [(0, 0, "2026-06-01"), (1, 0, "2026-05-20"), (1, 1, "2026-05-25"), (2, 0, "2025-10-01")]
    judged = world(users, [(user, song, TRAIN, day) for user, song, day in plays], [""] * 3)
    members, _ = cohort_members(judged)
    assert members["tenure"].tolist() == ["over 3 years", "under a month", "6–12 months", "unknown"]
    undated, _ = cohort_members(world(users, [(0, 0, TRAIN, ""), (1, 0, TRAIN, "")], [""] * 3, dated=False))
    assert "tenure" not in undated
