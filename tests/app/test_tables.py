"""Tables on a page: a few rows as text, many in a grid, the same values in both."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.ui.tables import FEW, _written
from engine.ui.text import plain


def drawn(rows: int) -> AppTest:
    def page(rows: int) -> None:
        import pandas as pd

        from engine.ui.tables import table

        table(pd.DataFrame({"n": range(rows)}), "numbers", "Numbers")

    return AppTest.from_function(page, args=(rows,)).run()


def test_a_few_rows_are_text_and_many_a_grid() -> None:
    few, many = drawn(FEW), drawn(FEW + 1)
    assert len(few.table) == 1 and not few.dataframe
    assert len(many.dataframe) == 1 and not many.table
    assert len(few.get("download_button")) == len(many.get("download_button")) == 1


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        (1234567, None, "1,234,567"),
        (np.int64(4321), None, "4,321"),
        (0.12345, "%.3f", "0.123"),
        (0.5, "percent", "50.0%"),
        (True, None, "yes"),
        (float("nan"), "%.3f", "–"),
        (None, None, "–"),
        (pd.NA, None, "–"),
        ("a *b* [c](d)\n:red[e]", None, plain("a *b* [c](d) :red[e]")),
    ],
)
def test_cells_are_written_as_asked_and_never_as_markup(value: object, form: str | None, written: str) -> None:
    config = {} if form is None else {"x": {"label": "X", "type_config": {"format": form}}}
    frame = pd.DataFrame({"x": [value]})
    html = _written(frame, config)._translate(False, False)["body"][0]
    (cell,) = (cell["display_value"] for cell in html if cell["type"] == "td")
    assert cell == written
