import numpy as np
import pandas as pd

from engine.data.features import Features, encode_songs, encode_users, fit, genre_list
from engine.data.listening import Listening, Span

USERS = pd.DataFrame({"user_id": list("abcd"), "age": [17, 35, np.nan, 64], "gender": ["f", "M", None, "x"]})
USERS["country"] = ["Ghana", "Ghana", "Ghana", "Peru"]
USERS["signed_up_at"] = pd.Series([None] * 4, dtype="datetime64[us, UTC]")
SONGS = pd.DataFrame(
    {
        "song_id": ["1", "2", "3", "4"],
        "title": list("wxyz"),
        "artist": ["One", "one ", "Two", "Held Out"],
        "genres": ["Rock|Pop", "rock", "rock||jazz", "noise"],
        "energy": [0.2, 0.4, np.nan, 99.0],
    }
)
PLAYS = pd.DataFrame({"user_index": [0, 1, 2], "song_index": [0, 1, 2], "play_count": 1.0})
PLAYS["played_at"] = pd.Series([None] * 3, dtype="datetime64[us]")
TRAIN = Listening.empty(users=4, songs=4, span=Span.of(PLAYS))
TRAIN.add(PLAYS, release_year=np.full(4, np.nan))


def test_nothing_held_out_reaches_a_vocabulary_or_a_scaler() -> None:
    features = fit(USERS, SONGS, TRAIN)
    assert features.artists == ["one", "two"]
    assert features.genders == ["f", "m"]
    assert features.countries == ["Ghana"]
    assert "noise" not in features.genres
    assert features.sound == ["energy"]
    assert features.sound_mean == [(0.2 + 0.4) / 2]


def test_unknown_values_are_encoded_as_unknown() -> None:
    features = fit(USERS, SONGS, TRAIN)
    songs = encode_songs(features, SONGS)
    assert songs.artist.tolist() == [1, 1, 2, 0]
    assert songs.sound_known[:, 0].tolist() == [1, 1, 0, 1]
    assert songs.sound[2, 0] == 0
    assert songs.sound[3, 0] == 5  # clipped: extreme, but not drowning everything else
    users = encode_users(features, USERS)
    assert users.age.tolist() == [2, 7, 0, 10]
    assert users.gender.tolist() == [1, 2, 0, 0]
    assert users.country.tolist() == [1, 1, 1, 0]


def test_missing_columns_are_named_as_switched_off() -> None:
    off = fit(USERS.assign(age=np.nan), SONGS, TRAIN).off
    assert "age" in off
    assert "tempo" in off
    assert "played_at" in off
    assert "energy" not in off


def test_a_guest_is_an_artist_too_and_a_band_with_an_ampersand_is_one() -> None:
    songs = SONGS.assign(artist=["Queen feat. David Bowie", "Queen", "Earth, Wind & Fire", "Queen & David Bowie"])
    features = fit(USERS, songs, TRAIN)
    assert features.artists == ["david bowie", "earth, wind & fire", "queen"]
    encoded = encode_songs(features, songs)
    assert encoded.artist.tolist() == [3, 3, 2, 3]
    assert encoded.guests[:, 0].tolist() == [1, 0, 0, 1]


def test_features_survive_a_file(tmp_path) -> None:
    features = fit(USERS, SONGS, TRAIN)
    features.save(tmp_path / "features.json")
    assert Features.load(tmp_path / "features.json") == features


def test_genres_are_folded_and_counted_once() -> None:
    assert genre_list(" Rock|rock||Hip  Hop ") == ["rock", "hip hop"]
    assert genre_list(None) == []
