"""How data become text on a page, and a file."""

import csv
from io import BytesIO, StringIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reporting.words import day
from engine.ui.address import ids_from_text, ids_to_text
from engine.ui.export import to_csv
from engine.ui.text import clock, key_name, listener_line, plain


def test_markup_is_escaped_letter_by_letter():
    assert plain("[x](y)") == r"\[x\]\(y\)"
    assert plain("<b>$x$</b>") == r"\<b\>\$x\$\<\/b\>"


def test_icons_arrows_and_links_are_kept_from_forming():
    for text in (":material/home:", ":smile:", "a -> b", "a >= b", "www.evil.com", "http://evil.com", "me@evil.com"):
        assert "\u2060" in plain(text)
        assert plain(text).replace("\u2060", "").replace("\\", "") == text


def test_an_ordinary_title_is_left_alone():
    assert plain("Où va l’été 夏") == "Où va l’été 夏"


def test_a_long_or_many_lined_title_is_one_short_line():
    assert plain("a\n\nb\u202ec") == "a b c"
    assert len(plain("x" * 500)) == 160


@given(st.text())
def test_every_letter_survives(text: str):
    shown = plain(text, limit=10_000)
    assert "\n" not in shown
    kept = [c for c in text if c.isalnum()]
    assert [c for c in shown if c.isalnum()] == kept


@given(st.lists(st.text(min_size=1).filter(lambda t: t == t.strip()), unique=True))
def test_ids_of_any_kind_survive_the_address(ids: list[str]):
    assert ids_from_text(ids_to_text(ids)) == ids


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0@", "＝", "－"])
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised(start: str):
    frame = pd.DataFrame({"title": [f"{start}1+1", "a=b"], "score": [-0.5, 1.0], f"{start}2": ["x", "y"]})
    read = pd.read_csv(BytesIO(to_csv(frame)), encoding="utf-8-sig", keep_default_na=False)
    assert list(read.columns) == ["title", "score", f"'{start}2"]
    assert read["title"].tolist() == [f"'{start}1+1", "a=b"]
    assert read["score"].tolist() == [-0.5, 1.0]  # a number is a number, its sign is no formula


def test_a_line_break_within_a_cell_begins_no_row():
    titles = ["a\r=1+1", "b\n=1+1", "c\r\n=1+1", 'd"\r=1']
    written = to_csv(pd.DataFrame({"title": titles})).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(StringIO(written, newline=""))] == ["title", *titles]
    assert written.split("\r\n")[1] == '"a\r=1+1"'


def test_a_category_is_neutralised_too():
    written = to_csv(pd.DataFrame({"genre": pd.Categorical(["=1+1", "soul"])})).decode("utf-8-sig")
    assert written.splitlines() == ["genre", "'=1+1", "soul"]


def test_facts_read_as_people_write_them():
    assert clock(234_005) == "3:54"
    assert key_name(6, 0) == "F♯ minor"
    assert key_name(0, None) == "C"
    assert day("2026-11-23T16:59:57+00:00") == "23 Nov 2026"
    assert day(None) == "–"
    assert listener_line({"age": 31.0, "gender": "f", "country": "Ghana", "songs_heard": 1}) == (
        "31 years · female · Ghana · 1 song heard"
    )
