import numpy as np
import pandas as pd

from engine.data.same_songs import same_songs


def songs(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["song_id", "title", "artist", "duration_ms"])


def test_songs_alike_but_for_case_and_marks_are_named_with_the_first_id() -> None:
    found = same_songs(
        songs(
            ("1", "Été", "Björk", 200_000),
            ("2", "Other", "Björk", 200_000),
            ("3", "ETE!", "bjork", 201_000),
            ("4", "été", "Björk", np.nan),
        )
    )
    assert found[["song_id", "same_as"]].to_numpy().tolist() == [["3", "1"], ["4", "1"]]


def test_another_length_or_another_version_is_another_song() -> None:
    found = same_songs(
        songs(("1", "Song", "A", 200_000), ("2", "Song", "A", 300_000), ("3", "Song (live)", "A", 200_000))
    )
    assert found.empty


def test_songs_without_a_title_are_not_alike() -> None:
    assert same_songs(songs(("1", "", "A", np.nan), ("2", "", "A", np.nan))).empty
    assert len(same_songs(songs(("1", "???", "A", np.nan), ("2", "???", "A", np.nan)))) == 1
