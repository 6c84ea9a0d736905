"""The search benchmark: what is asked, and what counts as found."""

import random

import pytest
from rapidfuzz.distance import OSA

from benchmarks.search_catalogue import hard_catalogue
from benchmarks.search_queries import Asked, build_queries, is_right
from benchmarks.search_typing import edits, plain, without_marks, word_dropped

SONGS = [
    ("Velvet Harmonograph", "The Tin Lanterns"),
    ("Velvet Harmonograph (Live)", "The Tin Lanterns"),
    ("Crème Brûlée", "Éloïse Farrétaud"),
    ("Гроза над мостом", "Вера Ломанова"),
    ("Rust", "Guns of Ferrow"),
    ("Seven Bridges & Two Rivers", "Møllevang"),
    ("Their Beginning", "Quillon Vey"),
]


def test_the_same_seed_asks_the_same():
    first, again, other = (build_queries(SONGS, {"their": ["thier"]}, 3, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len({query.kind for query in first}) > 20
    assert any("thier" in query.text for query in first if query.kind == "human misspelling")


@pytest.mark.parametrize(
    ("form", "text", "found", "right"),
    [
        ("both", "velvt harmonograph", ("Velvet Harmonograph", "The Tin Lanterns"), True),
        ("both", "velvt harmonograph", ("Velvet Harmonograph (Live)", "The Tin Lanterns"), False),
        ("both", "velvt harmonograph", ("Velvet Harmonograph", "Someone Else"), False),
        ("title", "velvt harmonograph", ("velvet harmonograph!", "Someone Else"), True),
        ("artist", "tin lantrens", ("Anything", "The Tin Lanterns"), True),
        ("main", "velvet harmonograph", ("Velvet Harmonograph - Demo", "The Tin Lanterns"), True),
        ("both", "velvet harmonium pell", ("Velvet Harmonium", "Pell"), True),  # its very name
    ],
)
def test_what_counts_as_found(form: str, text: str, found: tuple[str, str], right: bool):
    assert is_right(Asked("a class", text, 0, form), SONGS[0], found) is right


def test_slips_differ_from_what_was_meant():
    draw = random.Random(4)
    assert {abs(len(edits("harmonograph", draw, 1)) - 12) for _ in range(40)} == {0, 1}
    assert all(OSA.distance(edits("harmonograph", draw, 3), "harmonograph") <= 3 for _ in range(40))
    assert without_marks("Crème Brûlée") == "Creme Brulee"
    assert plain("Crème & Brûlée (ft. X)") == "creme and brulee feat x"
    assert word_dropped("Rust", "Pell", draw) is None
    assert len(word_dropped("Paper Moons", "Pell", draw).split()) == 2


def test_the_hard_catalogue_keeps_the_real_songs_and_adds_others():
    hard = hard_catalogue(SONGS, [0, 4], 150, seed=3)
    assert hard[: len(SONGS)] == SONGS
    assert len(hard) == len(set(hard)) == 150
    assert sum("Velvet Harmonograph" in title for title, _ in hard) > 20
    assert hard == hard_catalogue(SONGS, [0, 4], 150, seed=3)
