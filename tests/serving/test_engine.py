import numpy as np
import pytest

from engine import Engine, SettingsError, UnknownSong, UnknownUser
from engine.data.features import genre_list


def test_a_listener_gets_unseen_songs_best_first(engine: Engine, listener: str) -> None:
    recommended = engine.recommend(listener, k=20)
    assert len(recommended) == 20
    assert recommended["song_id"].is_unique
    assert not set(recommended["song_id"]) & set(engine.history(listener)["song_id"])
    assert recommended["score"].is_monotonic_decreasing
    assert set(recommended["closest_song_id"]) <= set(engine.history(listener)["song_id"])


def test_seen_songs_come_back_on_request(engine: Engine, listener: str) -> None:
    everything = engine.recommend(listener, k=900, exclude_seen=False)
    assert len(everything) == 900


def test_a_known_listener_and_a_newcomer_with_the_same_history_get_the_same(engine: Engine, listener: str) -> None:
    facts = engine.user(listener)
    newcomer = engine.recommend(
        history=engine.history(listener).set_index("song_id")["play_count"].to_dict(),
        age=facts["age"],
        gender=facts["gender"],
        country=facts["country"],
    )
    known = engine.recommend(listener)
    assert newcomer["song_id"].tolist() == known["song_id"].tolist()
    np.testing.assert_allclose(newcomer["score"], known["score"], atol=1e-4)


def test_someone_without_a_history_is_answered_from_demographics(engine: Engine) -> None:
    in_japan = engine.recommend(country="Japan", k=10)
    anywhere = engine.recommend(k=10)
    assert len(in_japan) == len(anywhere) == 10
    assert in_japan["closest_song_id"].isna().all()
    assert not np.allclose(in_japan["score"], anywhere["score"])


def test_filters_keep_to_genres_and_years(engine: Engine, listener: str) -> None:
    genre = engine.genres[0]
    chosen = engine.recommend(listener, k=15, genres=[genre.upper()], years=(1990, 2015))
    assert len(chosen)
    for song_id in chosen["song_id"]:
        song = engine.song(song_id)
        assert genre in genre_list(song["genres"])
        assert 1990 <= song["release_year"] <= 2015
    assert len(engine.recommend(listener, genres=["no such genre"])) == 0


def test_diversity_changes_the_list_but_not_its_first_song(engine: Engine, listener: str) -> None:
    plain = engine.recommend(listener, k=20)["song_id"].tolist()
    diverse = engine.recommend(listener, k=20, diversity=0.6)["song_id"].tolist()
    assert plain[0] == diverse[0]
    assert plain != diverse
    assert len(set(diverse)) == 20


def test_similar_songs_are_similar_both_ways_and_never_the_song_itself(engine: Engine) -> None:
    song = str(engine.songs["song_id"].iloc[engine.songs["plays"].argmax()])
    similar = engine.similar(song, k=10)
    assert song not in set(similar["song_id"])
    assert similar["score"].is_monotonic_decreasing
    back = engine.similar(similar["song_id"].iloc[0], k=900).set_index("song_id")["score"]
    assert back[song] == pytest.approx(similar["score"].iloc[0], abs=1e-5)


def test_a_misspelled_title_finds_its_song(engine: Engine) -> None:
    song = engine.songs.loc[engine.songs["title"].str.fullmatch(r"[A-Za-z ]{12,30}")].iloc[0]
    misspelled = song["title"][:3] + song["title"][4:]
    assert song["song_id"] in set(engine.search(f"{misspelled} {song['artist']}", k=3)["song_id"])


def test_unknown_ids_name_the_nearest_known_ones(engine: Engine, listener: str) -> None:
    with pytest.raises(UnknownUser) as caught:
        engine.recommend(listener + "x")
    assert listener in caught.value.nearest
    with pytest.raises(UnknownSong, match="nearest known"):
        engine.similar("nosuchsong")
    with pytest.raises(UnknownSong):
        engine.recommend(history=["<script>"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"k": 0},
        {"k": 1001},
        {"k": True},
        {"diversity": 1.5},
        {"diversity": float("nan")},
        {"user_id": "u1", "age": 30},
        {"age": "old"},
    ],
)
def test_senseless_requests_are_refused(engine: Engine, arguments: dict) -> None:
    with pytest.raises(SettingsError):
        engine.recommend(**arguments)


@pytest.mark.parametrize("value", ["", "Atlantis", "<b>", None])
def test_unknown_demographics_count_as_unknown(engine: Engine, value: str | None) -> None:
    unknown = engine.recommend(k=5)
    assert engine.recommend(country=value, gender=value, age=float("nan"), k=5)["score"].tolist() == pytest.approx(
        unknown["score"].tolist()
    )


def test_a_country_and_a_gender_are_understood_however_they_are_written(engine: Engine) -> None:
    ids = [
        engine.recommend(country=c, gender=g, k=10)["song_id"].tolist() for c, g in (("JP", "Female"), ("Japan", "f"))
    ]
    assert ids[0] == ids[1]
