"""Charts and sentences of cohorts: what is drawn, what is greyed, and what is said to be beyond chance."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reading_charts import read, rows_of

from engine.evaluation.cohorts import Gap
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.attributes import cohort_key, cohort_name, cohort_values, in_order
from engine.reporting.certainty import beyond_chance
from engine.reporting.charts import Spec
from engine.reporting.cohort_tables import named_slices, ranked_by_value
from engine.reporting.intervals import PICK
from engine.reporting.measures import measure

NDCG = measure("ndcg@10")


def table(*rows: tuple[str, int, float, float], attribute: str = "age_band", minimum: int = 30) -> pd.DataFrame:
    """Cohorts given as name, users, value and difference from the rest; intervals ± 0.01."""
    frame = pd.DataFrame(rows, columns=[attribute, "users", "value", "difference"])
    frame = frame.assign(low=frame["value"] - 0.01, high=frame["value"] + 0.01)
    frame = frame.assign(difference_low=frame["difference"] - 0.01, difference_high=frame["difference"] + 0.01)
    return ranked_by_value(frame, minimum)


AGES = table(
    ("18–24", 400, 0.12, 0.005), ("25–34", 900, 0.1, -0.002), ("35–44", 60, 0.05, -0.06), ("45–54", 9, 0.3, 0.2)
)


def drawn(chart: Spec) -> tuple[dict[str, Any], pd.DataFrame]:
    return read(chart), rows_of(chart)


def test_cohorts_are_drawn_in_their_order_with_their_size_and_small_ones_last():
    _, rows = drawn(cohort_charts.dots(cohort_charts.shown_cohorts(AGES, ["age_band"]), NDCG, 0.1))
    assert list(rows["label"]) == ["18–24 · 400", "25–34 · 900", "35–44 · 60", "45–54 · only 9"]
    assert list(rows["kind"]) == ["main", "main", "main", "few"]
    assert rows["words"][0] == "0.120 [0.110, 0.130], 400 listeners"


def test_small_cohorts_differ_in_fill_dash_and_colour():
    spec, rows = drawn(cohort_charts.dots(cohort_charts.shown_cohorts(AGES, ["age_band"]), NDCG, None))
    line, dot = spec["layer"][0]["encoding"], spec["layer"][1]["encoding"]
    assert line["strokeDash"]["scale"]["range"] == [[1, 0], [1, 0], [4, 3]]
    assert dot["fillOpacity"]["condition"]["test"] == "(datum.kind === 'few')"
    assert dot["fillOpacity"]["condition"]["value"] == 0
    assert list(rows["colour"]) == ["main", "main", "main", "grey"]


def test_everyones_value_is_a_line_with_words():
    spec, _ = drawn(cohort_charts.dots(cohort_charts.shown_cohorts(AGES, ["age_band"]), NDCG, 0.1))
    assert spec["layer"][0]["data"]["values"] == [{"at": 0.1, "colour": "grey"}]
    assert spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"] == "'all listeners 0.100'"


def test_a_row_can_be_picked_by_its_cohort():
    spec, rows = drawn(cohort_charts.dots(cohort_charts.shown_cohorts(AGES, ["age_band"]), NDCG, 0.1))
    (pick,) = spec["params"]
    assert pick["name"] == PICK
    assert pick["select"]["fields"] == ["key"]
    assert cohort_values(rows["key"][0]) == {"age_band": "18–24"}


def test_where_there_are_too_many_cohorts_the_largest_are_drawn_and_small_ones_go_first():
    many = table(*((f"c{i}", 10 * i + 5, 0.1, 0.0) for i in range(60)), attribute="country")
    shown = cohort_charts.shown_cohorts(many, ["country"], most=20)
    assert len(shown) == 20
    assert shown["users"].min() == 405
    assert not shown["small"].any()


def test_two_attributes_are_a_grid_of_values_in_the_order_of_each():
    frame = pd.DataFrame(
        [("25–34", "f", 100, 0.1), ("under 18", "f", 200, 0.2), ("25–34", "m", 5, 0.3)],
        columns=["age_band", "gender", "users", "value"],
    )
    frame = ranked_by_value(frame.assign(low=0.0, high=1.0), 30)
    shown = cohort_charts.within_grid(
        cohort_charts.shown_cohorts(frame, ["age_band", "gender"]), ["age_band", "gender"]
    )
    spec, cells = drawn(cohort_charts.grid(shown, ["age_band", "gender"], NDCG))
    assert spec["layer"][0]["encoding"]["y"]["sort"] == ["under 18", "25–34"]
    assert spec["layer"][0]["encoding"]["x"]["sort"] == ["female", "male"]
    assert dict(zip(cells["name"], cells["text"], strict=True)) == {
        "under 18 × female": "0.200",
        "25–34 × female": "0.100",
        "25–34 × male": "only 5",
    }
    assert spec["layer"][1]["transform"] == [{"filter": "datum.small"}]
    assert spec["layer"][1]["mark"]["strokeDash"] == [3, 3]


def test_no_cohort_chart_has_colours_of_its_own_but_for_text_on_a_cell():
    spec, _ = drawn(cohort_charts.dots(cohort_charts.shown_cohorts(AGES, ["age_band"]), NDCG, 0.1))
    assert "#" not in json.dumps({key: value for key, value in spec.items() if key != "config"})


def test_a_cohorts_key_brings_it_back_whatever_is_in_its_name():
    cohort = {"country": "Côte d'Ivoire, a=b & c", "gender": "f"}
    assert cohort_values(cohort_key(cohort)) == cohort
    assert cohort_values("nonsense") == {}


def test_values_are_words_and_unknown_says_of_what():
    assert cohort_name(["gender", "age_band"], ["f", "unknown"]) == "female × age unknown"
    # A band says what it is a band of.
    assert cohort_name(["cold", "tenure"], ["over 20 songs", "1–3 years"]) == "over 20 songs known × here 1–3 years"
    assert cohort_name(["cold", "mainstreamness"], ["no history", "niche"]) == "no history × niche listening"


def test_bands_are_in_order_and_other_values_by_frequency():
    assert in_order("tenure", pd.Series(["over 3 years", "1–6 months", "1–3 years", "unknown", "6–12 months"])) == [
        "1–6 months",
        "6–12 months",
        "1–3 years",
        "over 3 years",
        "unknown",
    ]
    assert in_order("country", pd.Series(["Chile", "unknown", "unknown", "Ghana", "Ghana"])) == [
        "Ghana",
        "Chile",
        "unknown",
    ]


def test_the_sentence_names_both_ends_their_gap_and_who_differs_by_more_than_chance():
    says = cohort_words.of_cohorts(AGES, ["age_band"], NDCG, Gap("18–24", "35–44", 0.07, 0.05, 0.09), 30)
    assert says == (
        "NDCG@10 is highest for 18–24 (0.120) and lowest for 35–44 (0.050): 0.070 apart [0.050, 0.090]. "
        "By more than chance, 35–44 is below the rest."
    )


def test_many_cohorts_of_pure_chance_are_hardly_ever_said_to_differ():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        values = rng.normal(0, 0.01, 20)
        wrong += beyond_chance(values, values - 0.0196, values + 0.0196).any()
    assert wrong / 400 < 0.08  # 5 % but for chance; uncorrected it would be 64 %


def test_a_difference_without_an_interval_is_never_beyond_chance():
    nan = float("nan")
    assert list(beyond_chance(np.array([1.0, 1.0]), np.array([nan, 0.9]), np.array([nan, 1.1]))) == [False, True]


def test_a_model_is_ahead_where_its_interval_says_so():
    leads = table(("a", 400, 0.05, 0.0), ("b", 900, 0.001, 0.0), ("c", 60, -0.04, 0.0), attribute="taste")
    says = cohort_words.of_difference(leads, ["taste"], NDCG, "lhydra", "ease", 30)
    assert says == (
        "Lhydra is ahead of EASE in 2 of 3 cohorts. By more than chance it leads for a, and is behind for c."
    )


@pytest.mark.parametrize("minimum", [1_000, 500])
def test_without_large_cohorts_none_is_ranked(minimum: int):
    says = cohort_words.of_cohorts(ranked_by_value(AGES, minimum), ["age_band"], NDCG, None, minimum)
    assert ("so none is ranked" in says) == (minimum == 1_000)
    assert ("Only 25–34 has at least 500 listeners" in says) == (minimum == 500)


def test_slices_are_said_with_how_many_were_looked_at():
    found = pd.DataFrame(
        {"slice": ["x"], "attributes": ['{"gender": "f", "age_band": "18–24"}'], "users": [120], "value": [0.05],
         "rest": [0.1], "gap": [-0.05], "low": [-0.07], "high": [-0.03], "p_adjusted": [0.01]}
    )  # fmt: skip
    says = cohort_words.of_slices(named_slices(found), NDCG, 240)
    assert says == (
        "Of 240 slices looked at, 1 is worse than the rest by more than chance. First by gap and size: female × 18–24, "
        "with NDCG@10 0.050 for 120 listeners against 0.100 for the rest."
    )
    assert "none is worse" in cohort_words.of_slices(named_slices(found.head(0)), NDCG, 240)


def test_shares_are_percentages_and_their_differences_points():
    recall = measure("recall@20")
    assert recall.write(0.1234) == "12.3%"
    assert recall.difference(-0.0123) == "−1.2 points"
    assert recall.interval(-0.02, 0.01, signed=True) == "[−2.0, +1.0]"
    assert measure("a_metric_nobody_foresaw").title == "a metric nobody foresaw"
