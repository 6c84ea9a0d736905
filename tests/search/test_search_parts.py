"""Normalisation, versions and trigrams, each alone."""

import numpy as np
import pytest

from engine.search.grams import GramIndex
from engine.search.lookup import KeyTable
from engine.search.normalise import MAX_TEXT, normalise, script_key
from engine.search.sound import sound
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


def test_trigrams_are_counted_once_a_song_and_rank_by_what_is_shared():
    index = GramIndex.build(["banana", "bandana", "cabana", ""])
    assert (np.diff(index.starts) <= 4).all()
    assert index.nearest("bandana", 3, 10)[0] == 1
    assert set(index.nearest("bana", 3, 10).tolist()) >= {0, 2}
    assert len(index.nearest("", 3, 10)) == 0


def test_a_key_table_answers_beginnings_and_near_misses():
    table = KeyTable.build(["rust", "rusty", "ash", "", "rust", "bittersweetly"])
    assert table.beginning_with("rus", 10).tolist() == [0, 4, 1]
    assert table.equal_to("rust", 10).tolist() == [0, 4]
    assert table.beginning_with("bittersweetl", 10).tolist() == [5]
    assert table.beginning_with("zz", 10).tolist() == []
    assert 0 in table.one_error_from("rsut", 10)
    assert 2 in table.one_error_from("as", 10)
    assert table.doublings(6).tolist() == [1, 0, 0, 0, 1, 0]
