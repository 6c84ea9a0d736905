"""No string makes search raise, and none makes it slow."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.search_nonsense import hostile
from engine.search import SongSearch, normalise

ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates and NUL included
MESSY = st.text(st.sampled_from("aábß ñn'&+$!.øЖの-()[]0🔥\ud800\u200f\x00"), max_size=40)

HOSTILE = [
    "\x00\x01\x02",
    "a" * 10_000,
    "velvet " * 2_000,
    "<script>alert('velvet')</script>",
    "\u202evelvet\u202c harmonograph\u200f",
    "\ud800 velvet \udfff",
    "🔥🔥🔥",
    "(.*)+$[^",
    "'; DROP TABLE songs; --",
    "%00%ff../../etc/passwd",
    "ﷺ" * 100,
    "e" + "\u0301" * 500,
    "ﬁ ½ ① Ⅷ",
    "\n\r\t\v\f\x85\u2028",
    "-1e308 NaN None null",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_answered_quickly(search: SongSearch, text: str):
    search.search(text)
    began = time.perf_counter()
    search.search(text)
    assert time.perf_counter() - began < 0.25


def test_a_hundred_hostile_strings_are_answered(search: SongSearch):
    strings = hostile()
    assert len(strings) == 100
    for text in strings:
        for hit in search.search(text):
            assert 0 <= hit.song_index < len(search)


def test_invisible_characters_do_not_hide_a_song(find):
    assert find("\u202evelvet\u202c harmono\u200bgraph\u200f")[0][0] == "Velvet Harmonograph"
    assert find("\ud800velvet harmonograph")[0][0] == "Velvet Harmonograph"


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_search_never_raises(search: SongSearch, text: str):
    for hit in search.search(text, 5):
        assert 0 <= hit.song_index < len(search)


@given(st.lists(st.tuples(ANY_TEXT, MESSY), min_size=1, max_size=4), ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_any_catalogue_can_be_built_and_searched(songs: list[tuple[str, str]], text: str):
    search = SongSearch.build([title for title, _ in songs], [artist for _, artist in songs])
    search.search(text)
    for title, artist in songs:
        search.search(f"{title} {artist}")


@given(ANY_TEXT | MESSY)
@settings(max_examples=500, deadline=None)
def test_normalising_twice_changes_nothing(text: str):
    once = normalise(text)
    assert normalise(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert once == " ".join(once.split())


def test_threads_get_the_same_answers_as_one(search: SongSearch):
    texts = ["velvet harmonograf", "midnihgt", "guns of ferow", "oh", "sakura"] * 20
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search.search, texts)) == [search.search(text) for text in texts]
