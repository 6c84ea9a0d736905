"""Normalisation, versions and trigrams, each alone."""

import random

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from engine.search.corrections import corrected_query, corrected_words
from engine.search.grams import SIZE_SHARE, GramIndex, query_grams
from engine.search.lookup import ARTIST_LINE, BOTH_LINES, TITLE_LINE, KeyTable
from engine.search.normalise import MAX_TEXT, normalise, script_key
from engine.search.numbers import other_spellings
from engine.search.order import order_of
from engine.search.osa import osa_columns, pattern_masks
from engine.search.sound import sound
from engine.search.texts import TextColumn, letters_of
from engine.search.versions import (
    COVER,
    EDIT,
    FEAT,
    LIVE,
    OTHER,
    PART,
    PLAIN,
    REMASTER,
    REMIX,
    spell_artist,
    spell_title,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Straße", "strasse"),
        ("ＦＵＬＬ　Ｗｉｄｔｈ", "full width"),
        ("Ærø & Łódź", "aero and lodz"),
        ("Don't", "dont"),
        ("Don’t", "dont"),
        ("R.E.M.", "rem"),
        ("Rust 'n' Rumble", "rust and rumble"),
        ("Thorns N Thistles", "thorns and thistles"),
        ("K!te", "kite"),
        ("Ca$h", "cash"),
        ("Song (ft. Someone)", "song feat someone"),
        ("Song Pt. 2", "song part 2"),
        ("が", "ga"),
        ("🔥", "fire"),
        ("Dust 🔥", "dust"),
        ("???", ""),
        ("", ""),
    ],
)
def test_normalise(text: str, key: str):
    assert normalise(text) == key


def test_normalised_text_has_a_largest_length():
    assert len(normalise("ﷺ" * 1000)) <= MAX_TEXT
    assert len(normalise("word " * 1000)) <= MAX_TEXT


@pytest.mark.parametrize(
    ("text", "key"), [("Plain", ""), ("Été", ""), ("Гроза!", "гроза"), ("+", "+"), ("? ?", "??"), ("÷", "÷")]
)
def test_script_key_is_kept_only_where_latin_letters_lose_something(text: str, key: str):
    assert script_key(text) == key


@pytest.mark.parametrize(
    ("title", "main", "kind"),
    [
        ("Salt", "", PLAIN),
        ("Love(d)", "", PLAIN),
        ("Salt (feat. Someone)", "salt", FEAT),
        ("Salt feat. Someone", "salt", FEAT),
        ("Salt - Remastered 2011", "salt", REMASTER),
        ("Salt [Radio Edit]", "salt", EDIT),
        ("Salt (Original Mix)", "salt", EDIT),
        ("Salt - Live at the Quay", "salt", LIVE),
        ("Salt (Someone Remix)", "salt", REMIX),
        ("Salt (Reprise)", "salt", PART),
        ("Salt (Karaoke Version)", "salt", COVER),
        ("Salt (What the Sea Left)", "salt", OTHER),
        ("(What the Sea Left) Salt", "salt", OTHER),
    ],
)
def test_a_title_is_told_from_its_brackets_and_tails(title: str, main: str, kind: int):
    spelling = spell_title(title)
    assert (spelling.main, spelling.kind) == (main, kind)
    assert spelling.full == normalise(title)


def test_guests_of_an_artist_are_told_apart():
    assert spell_artist("Pell Featuring Quillon Vey").main == "pell"
    assert spell_artist("Defeated Lions").main == ""


@pytest.mark.parametrize(("wrong", "right"), [("fonograf", "phonograph"), ("kwik", "quick"), ("leters", "letters")])
def test_sound_key_joins_spellings_that_sound_alike(wrong: str, right: str):
    assert sound(wrong) == sound(right)


def names(*songs: str) -> TextColumn:
    """Give titles, or "title/artist", as the four lines that the index keeps."""
    return TextColumn.of("\n".join([*(song + "/").split("/")[:2], "", ""]) for song in songs)


def test_trigrams_are_counted_once_a_song_and_rank_by_what_is_shared():
    index = GramIndex.build(names("banana", "bandana", "cabana", ""))
    assert (np.diff(index.starts) <= 4).all()
    assert index.nearest(letters_of("bandana"), 3, 10)[0] == 1
    assert set(index.nearest(letters_of("bana"), 3, 10).tolist()) >= {0, 2}
    assert len(index.nearest(letters_of(""), 3, 10)) == 0


def test_the_nearest_are_those_of_a_plain_count_of_shared_trigrams():
    draw = random.Random(5)
    texts = [" ".join("".join(draw.choices("abcd", k=5)) for _ in range(3)) for _ in range(400)]
    index = GramIndex.build(names(*texts))
    own = [set(query_grams(text).tolist()) for text in texts]
    for text, grams in zip(texts[:30], own[:30], strict=True):
        shares = [
            sum(index.weights[list(grams & other)])
            / (sum(index.weights[list(grams)]) + SIZE_SHARE * sum(index.weights[list(other)]))
            for other in own
        ]
        best = set(np.argsort(shares)[::-1][:3].tolist())
        found = index.nearest(letters_of(text), 20, 60).tolist()
        assert texts[found[0]] == text
        assert len(best & set(found[:8])) == 3  # one byte a song rounds the weights


@pytest.fixture(scope="module")
def keys() -> list[str]:
    draw = random.Random(2)
    return ["".join(draw.choices("abc1", k=draw.randrange(13))) for _ in range(800)] + ["a" * 30 + c for c in "zbyyx"]


def test_a_key_table_is_in_alphabetical_order_also_beyond_its_heads(keys: list[str]):
    table = KeyTable.build(names(*keys), TITLE_LINE)
    ordered = [keys[song] for song in table.songs]
    assert ordered == sorted(key for key in keys if key)
    assert all(keys[table.songs[table.starts[table.of[song]]]] == key for song, key in enumerate(keys) if key)


def test_a_key_table_answers_beginnings(keys: list[str]):
    texts = names(*keys)
    table = KeyTable.build(texts, TITLE_LINE)
    for query in ("a", "abc", "1c1", "a" * 29, "zz", *keys[:40]):
        if query:
            found = table.beginning_with(texts, TITLE_LINE, letters_of(query), 1000).tolist()
            assert set(found) == {song for song, key in enumerate(keys) if key.startswith(query)}
    texts = names("rust", "rusty", "ash", "", "rust")
    table = KeyTable.build(texts, TITLE_LINE)
    assert table.beginning_with(texts, TITLE_LINE, letters_of("rust"), 10).tolist() == [0, 4, 1]
    assert table.beginning_with(texts, TITLE_LINE, letters_of("rust"), 1).tolist() == [0, 1]


def test_a_key_table_finds_every_key_one_error_away(keys: list[str]):
    texts = names(*keys)
    table = KeyTable.build(texts, TITLE_LINE)
    draw = random.Random(3)
    for _ in range(150):
        query = "".join(draw.choices("abc1", k=draw.randrange(2, 12)))
        found = {keys[song] for song in table.one_error_from(texts, TITLE_LINE, letters_of(query), 10_000).tolist()}
        assert {key for key in keys if key and OSA.distance(query, key) == 1} <= found
        assert all(min(OSA.distance(query, key[:j]) for j in range(len(key) + 1)) <= 1 for key in found)


def test_title_and_artist_are_found_together_and_apart():
    texts = names("ash/pell", "rust/rook")
    for line, query in ((TITLE_LINE, "rus"), (ARTIST_LINE, "roo"), (BOTH_LINES, "rustr")):
        assert KeyTable.build(texts, line).beginning_with(texts, line, letters_of(query), 5).tolist() == [1]


@pytest.mark.parametrize("longest", [20, 200])  # one machine word of letters, and several
def test_errors_are_counted_for_every_beginning_of_a_text(longest: int):
    draw = random.Random(longest)
    errors = np.empty(2 * longest + 1, dtype=np.int64)
    for _ in range(300):
        pattern = "".join(draw.choices("abc", k=draw.randrange(longest)))
        text = "".join(draw.choices("abc", k=draw.randrange(longest)))
        if draw.random() < 0.5:  # near one another
            text = pattern[: longest // 3] + text[:3] + pattern[longest // 2 :]
        osa_columns(pattern_masks(letters_of(pattern)), len(pattern), letters_of(text), len(text), errors)
        for end in {0, len(text) // 2, len(text)}:
            assert errors[end] == OSA.distance(pattern, text[:end])


def test_order_is_stable():
    values = np.array([3.0, 1.0, 2.0, 1.0, 3.0, np.inf, 0.0])
    assert order_of(values).tolist() == np.argsort(values, kind="stable").tolist()
    assert order_of(np.empty(0)).tolist() == []


@pytest.mark.parametrize(
    ("text", "other"),
    [("part 2", ["part two", "part ii"]), ("four walls", ["4 walls"]), ("act iv", ["act 4"]), ("nothing", [])],
)
def test_numbers_have_other_spellings(text: str, other: list[str]):
    assert other_spellings(text) == other


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        ("velvt harmonograph", [("velvt", "velvet")]),
        ("Lanterns velvet harmonograff", [("harmonograff", "harmonograph")]),
        ("velvet harmonog", []),
        ("velvetharmonograph", []),
        ("velvetharmonogrph", [("velvetharmonogrph", "velvet harmonograph")]),
        ("velvet xylophones", []),
        ("", []),
    ],
)
def test_corrected_words_are_those_that_were_read_as_others(typed: str, pairs: list[tuple[str, str]]):
    assert corrected_words(typed, "Velvet Harmonograph", "The Tin Lanterns") == pairs


def test_a_corrected_query_keeps_the_words_that_were_right():
    assert corrected_query("velvt harmonograf lanterns", "Velvet Harmonograph", "Tin Lanterns") == (
        "velvet harmonograph lanterns"
    )
    assert corrected_query("velvet", "Velvet Harmonograph", "Tin Lanterns") == ""
