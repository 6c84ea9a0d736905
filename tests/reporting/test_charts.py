"""Charts of the data: what is drawn, named and said of each kind of variable."""

import math
from typing import Any

import pandas as pd
import pytest

from engine.reporting import charts
from engine.reporting.charts import Chart
from engine.reporting.variables import categories, kind, sentence, variable


def rows(name: str, how: str, *cells: tuple[str, float, float, int], table: str = "users") -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["label", "low", "high", "count"])
    return frame.assign(variable=name, table=table, kind=how)


AGES = rows("age", "number", ("", 20, 30, 10), ("", 30, 40, 30))
GENDERS = rows("gender", "category", ("f", math.nan, math.nan, 3), ("m", math.nan, math.nan, 1))
PLAYS = rows("plays a user", "number", ("", 0, 1, 2), ("", 1, 10, 5), ("", 10, 100, 5))
MONTHS = rows("plays over time", "month", ("2024-01", 0, 0, 4), ("2024-03", 0, 0, 6), table="plays")
HOURS = rows("listening hours", "week_hour", ("", 4, 20, 9), ("", 0, 3, 1), table="plays")
ALL = {"age": AGES, "gender": GENDERS, "plays a user": PLAYS, "plays over time": MONTHS, "listening hours": HOURS}


def spec(chart: Chart) -> dict[str, Any]:
    return dict(chart.to_dict())


def data(chart: Chart) -> pd.DataFrame:
    return pd.DataFrame(chart.data)


@pytest.mark.parametrize("name", list(ALL))
def test_every_chart_has_titles_tooltips_and_a_file_to_save_to(name: str):
    drawn = spec(charts.distribution(ALL[name]))
    assert any(drawn["encoding"][axis].get("title") for axis in ("x", "y"))
    assert {"Users", "Plays"} & {tip["title"] for tip in drawn["encoding"]["tooltip"]}
    options = drawn["usermeta"]["embedOptions"]
    assert options["actions"]["export"] == {"png": True, "svg": True}
    assert options["downloadFileName"] == f"lhydra-{variable(name).title.lower().replace(' ', '-')}"


@pytest.mark.parametrize("name", list(ALL))
def test_no_chart_has_colours_of_its_own(name: str):
    text = str(spec(charts.distribution(ALL[name])))
    assert "#" not in text.replace(str(spec(charts.distribution(ALL[name]))["config"]), "")
    assert "scheme" not in text


def test_a_histogram_draws_bins_in_the_unit_people_use():
    minutes = rows("duration_ms", "number", ("", 60_000, 120_000, 5), ("", 120_000, 240_000, 3), table="songs")
    drawn = data(charts.distribution(minutes))
    assert list(drawn["low"]) == pytest.approx([1, 2])
    assert list(drawn["range"]) == ["1 to 2", "2 to 4"]
    assert list(drawn["share"]) == [5 / 8, 3 / 8]


def test_bins_that_grow_by_powers_are_on_a_logarithmic_scale_without_zero():
    chart = charts.distribution(PLAYS)
    assert spec(chart)["encoding"]["x"]["scale"]["type"] == "log"
    assert data(chart)["low"].min() > 0
    assert spec(chart)["encoding"]["x"]["axis"]["values"] == [1, 10]


def test_codes_are_written_as_what_they_stand_for():
    assert list(categories(GENDERS)["label"]) == ["female", "male"]
    keys = rows("key", "number", ("", 0, 1, 1), ("", 1, 2, 5), table="songs")
    assert kind(keys) == "category"
    assert list(categories(keys)["label"]) == ["C", "C♯"]
    modes = rows("mode", "category", ("1.0", math.nan, math.nan, 1), ("0.0", math.nan, math.nan, 5), table="songs")
    assert list(categories(modes)["label"]) == ["minor", "major"]


def test_the_rest_comes_last_however_many_it_is():
    nan = math.nan
    countries = rows("country", "category", ("other", nan, nan, 50), ("Ghana", nan, nan, 2), ("Chile", nan, nan, 7))
    assert list(categories(countries)["label"]) == ["Chile", "Ghana", "other"]
    assert sentence(countries) == "The most frequent is Chile, with 7 users, 12% of those where it is known."


def test_hostile_labels_are_one_short_line_without_what_turns_text_round():
    nan = math.nan
    frame = categories(rows("country", "category", ("\u202e\n" + "x" * 99, nan, nan, 1), ("\u202e", nan, nan, 1)))
    assert list(frame["label"]) == ["x" * 59 + "…", "(blank)"]


def test_a_month_without_plays_is_a_gap_and_not_left_out():
    drawn = data(charts.distribution(MONTHS))
    assert list(drawn["month"]) == ["Jan 2024", "Feb 2024", "Mar 2024"]
    assert list(drawn["count"]) == [4, 0, 6]


def test_many_months_are_named_few_times():
    labels = [f"{year}-{month:02d}" for year in range(2000, 2021) for month in range(1, 13)]
    many = rows("plays over time", "month", *((label, 0, 0, 1) for label in labels), table="plays")
    named = spec(charts.distribution(many))["encoding"]["x"]["axis"]["values"]
    assert len(named) <= 8
    assert all(name.startswith("Jan ") for name in named)


def test_the_week_has_all_its_hours():
    drawn = data(charts.distribution(HOURS))
    assert len(drawn) == 7 * 24
    assert drawn.loc[drawn["when"] == "Friday 20:00–21:00 UTC", "count"].item() == 9
    assert drawn["count"].sum() == 10


def test_coverage_tells_its_two_shares_apart_by_shape():
    frame = pd.DataFrame(
        {"feature": ["age", "country"], "known": [0.5, 0], "known_plays": [0.9, 0], "used": [True, False]}
    )
    dots = spec(charts.coverage(frame, "users"))["layer"][1:]
    shape = {"domain": ["of users", "of plays"], "range": ["circle", "diamond"]}
    assert all(dot["encoding"]["shape"]["scale"] == shape for dot in dots)
    assert all(dot["encoding"]["x"]["scale"]["domain"] == [0, 1] for dot in dots)
    assert all(dot["encoding"]["y"]["sort"] == ["age", "country (not used)"] for dot in dots)


def test_coverage_of_plays_has_one_share():
    frame = pd.DataFrame({"feature": ["played_at"], "known": [1.0], "known_plays": [1.0], "used": [True]})
    assert len(spec(charts.coverage(frame, "plays"))["layer"]) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("age", "It is known for 40 users: half of them are between about 30 and 37 years, the middle one at 33."),
        ("gender", "The most frequent is female, with 3 users, 75% of those where it is known."),
        (
            "plays over time",
            "Plays run from January 2024 to March 2024; the busiest month was March 2024, with 6 plays.",
        ),
    ],
)
def test_a_sentence_says_what_a_chart_shows(name: str, said: str):
    assert sentence(ALL[name]) == said


def test_the_busiest_hour_is_named():
    assert sentence(HOURS).startswith(
        "The busiest hour of the week is Friday 20:00–21:00 UTC, with 90.0% of all plays;"
    )


def test_nothing_to_count_is_said():
    assert sentence(AGES.assign(count=0)) == "There is nothing to count."
    assert sentence(AGES.head(0)) == "There is nothing to count."


def test_a_variable_nobody_foresaw_goes_by_its_own_name():
    assert variable("shoe_size").axis == "Shoe size"
    assert (
        spec(charts.distribution(rows("shoe_size", "number", ("", 38, 39, 4))))["encoding"]["x"]["title"] == "Shoe size"
    )
