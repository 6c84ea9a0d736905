"""An invented catalogue: no title or artist of it exists outside these tests on purpose."""

import random

import numpy as np
import pytest

from engine.search import SongSearch

SONGS: list[tuple[str, str, int]] = [
    ("Velvet Harmonograph", "The Tin Lanterns", 900),
    ("Velvet Harmonograph (Live)", "The Tin Lanterns", 950),
    ("Velvet Harmonograph - Remastered 2011", "The Tin Lanterns", 990),
    ("Velvet Harmonograph (Reprise)", "The Tin Lanterns", 100),
    ("Velvet Harmonograph (Karaoke Version)", "Sing Along Kings", 999),
    ("Velvet Harmonica", "Odalys Brannigan", 50),
    ("Midnight Cartographer", "Odalys Brannigan", 400),
    ("Midnight Cartographer Part 1", "Odalys Brannigan", 40),
    ("Midnight Cartographer Part 2", "Odalys Brannigan", 40),
    ("Copper Swallow (feat. Jun Akari)", "The Tin Lanterns", 300),
    ("Don't Wake the Lighthouse", "Møllevang", 250),
    ("Kødbyens Måne", "Møllevang", 120),
    ("Crème Brûlée à l'Aube", "Éloïse Farrétaud", 80),
    ("Гроза над мостом", "Вера Ломанова", 70),
    ("さくらのうた", "あおいそら", 60),
    ("Salt & Ember", "Guns of Ferrow", 500),
    ("Rust", "Guns of Ferrow", 450),
    ("Ash", "Guns of Ferrow", 700),
    ("Ferrow", "Nobody Knows Them", 10),
    ("Paper Moons Over Tarrasque", "Quillon Vey", 220),
    ("Slow Train to Ambermoor", "Quillon Vey", 230),
    ("A$tral Pa$$enger", "K!te", 35),
    ("S.O.S. Meridian", "K!te", 36),
    ("+", "K!te", 5),
    ("Rock 'n' Rumble", "Møllevang", 20),
    ("Oh", "Pell", 15),
    ("", "Untitled Assembly", 5),
    ("Nameless Harbour", "", 5),
]
_WORDS = "amber brisk cedar dune echo fable gloom hazel inlet jolt kelp lunar marrow nimbus onyx plume quartz ridge"
_NAMES = "Brom Calder Doune Esker Fenn Garrow Holt Iven Jessop Kerr"


@pytest.fixture(scope="session")
def songs() -> list[tuple[str, str, int]]:
    draw = random.Random(7)
    words, names = _WORDS.split(), _NAMES.split()
    filler = [
        (" ".join(draw.sample(words, draw.choice((2, 3)))).title(), " ".join(draw.sample(names, 2)), draw.randrange(90))
        for _ in range(200)
    ]
    return SONGS + filler


@pytest.fixture(scope="session")
def search(songs: list[tuple[str, str, int]]) -> SongSearch:
    titles, artists, plays = zip(*songs, strict=True)
    return SongSearch.build(titles, artists, np.array(plays))


@pytest.fixture(scope="session")
def find(search: SongSearch, songs: list[tuple[str, str, int]]):
    """Search and give titles with artists, best first."""

    def titles_of(text: str, k: int = 10) -> list[tuple[str, str]]:
        return [songs[hit.song_index][:2] for hit in search.search(text, k)]

    return titles_of
