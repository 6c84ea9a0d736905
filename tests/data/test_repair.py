import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.repair import repair_column, repair_text


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("BjÃ¶rk", "Björk"),
        ("CafÃ© del Mar", "Café del Mar"),
        ("Rock &amp; Roll", "Rock & Roll"),
        ("Ca\x00fe\tbar", "Ca fe bar"),
        ("evil \u202etxt.exe", "evil txt.exe"),
        ("CORAÇÃO", "CORAÇÃO"),
        ("“Heroes”", "“Heroes”"),
        ("坂本龍一", "坂本龍一"),
        ("ﬁne ｆｕｌｌ", "ﬁne ｆｕｌｌ"),
        ("AT&T", "AT&T"),
        ("plain", "plain"),
    ],
)
def test_only_what_is_broken_is_repaired(written: str, right: str) -> None:
    assert repair_text(written) == right


def test_a_cell_of_control_characters_alone_is_missing() -> None:
    column, changed = repair_column(pd.Series(["a", "\x00\x01", None], dtype="str"))
    assert column.isna().tolist() == [False, True, True]
    assert changed == 1


@given(st.text(max_size=50))
def test_repaired_text_has_no_control_character(text: str) -> None:
    assert all(c >= " " and not "\x7f" <= c <= "\x9f" for c in repair_text(text))
