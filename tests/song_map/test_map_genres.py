"""Which genres mingle: shares of neighbours, beside what chance would give."""

import numpy as np
import pandas as pd
import pytest

from engine.song_map.genres import COLUMNS, NEIGHBOURS, first_genres, most_frequent, neighbours_by_genre


def shares(vectors: np.ndarray, genres: list[str], most: int = 10_000) -> pd.DataFrame:
    found = neighbours_by_genre(vectors, genres, np.ones(len(genres)), most)
    assert tuple(found.columns) == COLUMNS
    return found.set_index(["genre", "other"])


def test_genres_that_lie_apart_keep_to_themselves():
    rng = np.random.default_rng(1)
    vectors = np.eye(2, 6).repeat(50, axis=0) + 0.05 * rng.standard_normal((100, 6))
    found = shares(vectors, ["rock"] * 50 + ["soul"] * 50)
    assert found.loc[("rock", "rock"), "share"] == 1
    assert found.loc[("rock", "soul"), "share"] == 0
    assert found.loc[("rock", "rock"), "chance"] == pytest.approx(49 / 99)
    assert found.loc[("rock", "soul"), "chance"] == pytest.approx(50 / 99)


def test_genres_at_random_have_the_share_that_chance_gives():
    rng = np.random.default_rng(2)
    genres = rng.choice(["rock", "soul"], 600, p=[0.7, 0.3]).tolist()
    found = shares(rng.standard_normal((600, 5)), genres)
    for share, chance in found[["share", "chance"]].itertuples(index=False):
        assert share == pytest.approx(chance, abs=0.05)


def test_shares_are_those_of_a_count_by_hand():
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((80, 4)).astype(np.float32)
    genres = ["rock"] * 40 + ["soul"] * 40
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -np.inf)
    near = np.argsort(-alike, axis=1)[:, :NEIGHBOURS]
    expected = sum(int(place >= 40) for row in near[:40] for place in row) / (40 * NEIGHBOURS)
    assert shares(vectors, genres).loc[("rock", "soul"), "share"] == pytest.approx(expected)


def test_songs_without_a_genre_and_rare_genres_are_left_out():
    vectors = np.random.default_rng(4).standard_normal((70, 4))
    found = shares(vectors, ["rock"] * 40 + ["rare"] * 20 + [""] * 10)
    assert list(found.index) == [("rock", "rock")]
    assert found["chance"].iloc[0] == pytest.approx(39 / 59)


def test_nothing_is_said_where_there_is_nothing_to_say():
    assert shares(np.ones((5, 3)), ["", "", "", "", ""]).empty
    assert shares(np.empty((0, 3)), []).empty


def test_the_first_genre_counts_and_the_most_frequent_come_first():
    names = first_genres(pd.Series(["Rock|soul", None, " soul ", "rock", ""]))
    assert names == ["rock", "", "soul", "rock", ""]
    assert most_frequent(names, 5) == ["rock", "soul"]
    assert most_frequent(["b", "a"], 1) == ["a"]
