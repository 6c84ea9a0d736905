"""Artists that a query means, and their songs."""

import numpy as np
import pytest

from engine.search import SongSearch
from engine.search.artists import name_cost

SONGS = [
    ("Salt & Ember", "Guns of Ferrow", 500),
    ("Ash", "Guns of Ferrow", 700),
    ("Rust", "guns of ferrow", 450),
    ("Kite Season", "Guns of Ferrow feat. Jun Akari", 900),
    ("Guns of Ferrowdale", "Someone Else", 10),
    ("Slow Train", "Quillon Vey", 230),
    ("Vey", "Quillon Vey & Pell", 40),
    ("Harmonograph", "The Tin Lanterns", 900),
    ("Tin", "The Tin Lanterns", 100),
    ("Lanterns", "Pell", 5),
    ("Гроза над мостом", "Вера Ломанова", 70),
    ("Thunder", "Odalys Brannigan", 30),
    ("Pelican", "Pell", 15),
    ("+", "!!!", 5),
]


@pytest.fixture(scope="module")
def search() -> SongSearch:
    titles, artists, plays = zip(*SONGS, strict=True)
    return SongSearch.build(titles, artists, np.array(plays))


def names(search: SongSearch, text: str, **more) -> list[str]:
    return [SONGS[hit.song_index][1] for hit in search.artists(text, **more)]


@pytest.mark.parametrize(
    ("typed", "artist"),
    [
        ("guns of ferrow", "Guns of Ferrow"),
        ("guns of ferow", "Guns of Ferrow"),
        ("gunsofferrow", "Guns of Ferrow"),
        ("guns of fe", "Guns of Ferrow"),
        ("quillon vey", "Quillon Vey"),
        ("quilon", "Quillon Vey"),
        ("vey quillon", "Quillon Vey"),
        ("tin lanterns", "The Tin Lanterns"),
        ("the tin lanterns", "The Tin Lanterns"),
        ("tin lantersn", "The Tin Lanterns"),
        ("brannigan", "Odalys Brannigan"),
        ("vera lomanova", "Вера Ломанова"),
        ("Вера Ломанова", "Вера Ломанова"),
        ("pell", "Pell"),
    ],
)
def test_an_artist_is_found_however_the_name_is_typed(search: SongSearch, typed: str, artist: str):
    assert names(search, typed)[0] == artist


@pytest.mark.parametrize("typed", ["slow train", "salt and ember", "slow train quillon vey", "zzqqxx", "", "+", "\x00"])
def test_a_title_or_nonsense_is_no_artist(search: SongSearch, typed: str):
    assert names(search, typed) == []


def test_a_guest_is_not_taken_for_the_artist_of_the_song(search: SongSearch):
    assert names(search, "jun akari") == []


def test_an_artist_counts_songs_with_guests_and_in_any_case_and_is_shown_once(search: SongSearch):
    hits = search.artists("guns of ferrow")
    assert [hit.songs for hit in hits] == [4]
    assert SONGS[hits[0].song_index] == (
        "Ash",
        "Guns of Ferrow",
        700,
    )  # the most popular that is credited to them alone


def test_the_songs_of_an_artist_come_with_the_most_popular_first(search: SongSearch):
    expected = ["Kite Season", "Ash", "Salt & Ember", "Rust"]
    for name in ("Guns of Ferrow", "GUNS  OF FERROW", "Guns of Ferrow feat. Jun Akari", "Guns of Ferrow ft. Nobody"):
        assert [SONGS[place][0] for place in search.songs_by(name)] == expected
    assert [SONGS[place][0] for place in search.songs_by("Quillon Vey")] == ["Slow Train"]
    for name in ("Guns of", "Nobody", "", "!!!"):
        assert search.songs_by(name).tolist() == []


def test_only_artists_with_an_allowed_song_are_found_and_only_those_songs_count(search: SongSearch):
    allowed = np.array([artist != "Pell" and title != "Rust" for title, artist, _ in SONGS])
    assert [hit.songs for hit in search.artists("guns of ferrow", allowed=allowed)] == [3]
    assert "Pell" in names(search, "pell")
    assert "Pell" not in names(search, "pell", allowed=allowed)


def test_an_obscure_artist_that_only_begins_like_a_title_is_left_out():
    titles = ["Yesterday"] * 3 + ["Hum"]
    search = SongSearch.build(titles, ["Pell", "Rook", "Vey", "Yesterday's Wallpaper"], np.array([9, 5, 3, 1]))
    assert search.artists("yesterday") == []
    assert search.artists("yesterdays wall")


def test_a_name_costs_its_errors_and_what_was_left_out():
    assert name_cost("guns of ferrow", "guns of ferrow") == (0, True)
    assert name_cost("guns of ferow", "guns of ferrow") == (1, True)
    assert name_cost("tin lanterns", "the tin lanterns") == (pytest.approx(0.1), True)
    assert name_cost("vey", "quillon vey") == (pytest.approx(0.35 + 0.25), False)
    assert name_cost("nothing like it", "quillon vey")[0] > 5


def test_no_more_than_k_artists(search: SongSearch):
    assert [len(search.artists("pell", k)) for k in (0, 1)] == [0, 1]
