"""Which songs a filter by genre and year leaves, for search, artists and popular songs alike."""

import numpy as np
import pandas as pd
import pytest

from engine import Engine
from engine.errors import UnknownArtist
from engine.serving.song_filter import SongFilter

SONGS = pd.DataFrame(
    {
        "genres": ["Soul|Funk", "funk", None, "jazz", "soul"],
        "release_year": pd.array([1970, 1980, 1990, None, 2000], dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("genres", "years", "left"),
    [
        (["soul"], None, [0, 4]),
        (["SOUL", "jazz"], None, [0, 3, 4]),
        (None, (1970, 1990), [0, 1, 2]),
        (["soul"], (1971, 2000), [4]),
        (["polka"], None, []),
        (["jazz"], (1900, 2100), []),  # its year is not known
    ],
)
def test_songs_of_a_genre_and_of_years_are_left(genres, years, left):
    assert np.flatnonzero(SongFilter(SONGS).allowed(genres, years)).tolist() == left


def test_without_a_filter_there_is_none():
    assert SongFilter(SONGS).allowed([], None) is None


def test_genres_come_with_the_most_frequent_first_and_years_from_first_to_last():
    assert SongFilter(SONGS).genres == ["soul", "funk", "jazz"]
    assert SongFilter(SONGS).years == (1970, 2000)
    assert SongFilter(SONGS.assign(release_year=np.nan)).years is None


def test_a_filtered_search_finds_only_such_songs(engine: Engine):
    genre = engine.genres[0]
    found = engine.search("a", 50, genres=[genre], years=(1990, 2010))
    songs = engine.songs.set_index("song_id").loc[found["song_id"]]
    assert len(found)
    assert songs["genres"].str.contains(genre, regex=False).all()
    assert songs["release_year"].between(1990, 2010).all()
    assert engine.search("a", 50, genres=["no such genre"]).empty
    assert list(engine.search("a", 50, genres=["no such genre"]).columns) == list(found.columns)


def test_the_songs_of_an_artist_are_theirs_and_those_with_guests(engine: Engine):
    artist = str(engine.songs["artist"].value_counts().index[0])
    found = engine.songs_by(artist.upper(), 1_000)
    assert set(found["artist"]) == {artist} | {name for name in found["artist"] if name.startswith(artist)}
    assert len(found) >= (engine.songs["artist"] == artist).sum()
    plays = engine.songs.set_index("song_id").loc[found["song_id"], "plays"].to_numpy()
    assert (np.diff(plays) <= 0).all()
    assert engine.artists(artist).iloc[0].tolist() == [artist, len(found)]


def test_an_unknown_artist_comes_with_the_nearest(engine: Engine):
    artist = next(str(name) for name in engine.songs["artist"].value_counts().index if len(name) > 10)
    with pytest.raises(UnknownArtist) as raised:
        engine.songs_by(artist[:-1] + "qq")
    assert artist in raised.value.nearest


def test_popular_songs_have_the_most_listeners(engine: Engine):
    assert engine.popular(5)["song_id"].tolist() == engine.songs.nlargest(5, "listeners")["song_id"].tolist()
