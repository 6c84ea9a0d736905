"""The report of a view: the choices, the sentence, the chart and the figures, on one page without a script."""

import altair as alt
import pandas as pd

from engine.reporting.document import to_html
from engine.reporting.on_show import View
from engine.reporting.view import MOST_ROWS, view_report

MANIFEST = {"simulated": True, "data": {"source": "tables"}, "counts": {"users": 3, "songs": 4, "plays": 5}}


def page(rows: pd.DataFrame, address: str = "") -> str:
    chart = alt.Chart(rows.head(10)).mark_bar().encode(x="value:Q", y="cohort:N")
    view = View("NDCG@10 by gender", ["Model: Lhydra."], "Highest for <b>women</b>.")
    return to_html(view_report(view, chart, rows, "mine", MANIFEST, address))


def test_it_says_what_was_chosen_and_what_it_shows():
    html = page(pd.DataFrame({"cohort": ["f", "m"], "value": [0.25, float("nan")]}), "http://localhost/cohorts?c_by=x")
    for text in ("NDCG@10 by gender", "Model: Lhydra.", "bundle mine", "SIMULATED DATA", "0.25", "–", "c_by=x", "<svg"):
        assert text in html
    assert "&lt;b&gt;women&lt;/b&gt;" in html
    assert "<b>women</b>" not in html
    assert "<script" not in html


def test_a_long_table_is_cut_and_says_so():
    rows = pd.DataFrame({"cohort": [str(n) for n in range(MOST_ROWS + 7)], "value": 0.5})
    assert "7 more rows are in the CSV." in page(rows)
