"""Data: what was loaded, what was rejected, coverage, distributions."""

import gzip
import io
from pathlib import Path

import data_files as files
import pandas as pd
import pytest
from reading_pages import HOSTILE, Open, words
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.serving.bundle import COVERAGE, DISTRIBUTIONS, QUALITY, REJECTS, SAME_SONGS
from engine.serving.data_record import DataRecord
from engine.ui.data_quality import lead
from engine.ui.export import to_long_csv
from engine.ui.text import plain, share

VIEWS = ("quality", "coverage", "distributions")


@pytest.fixture
def bundle(artifacts: Path) -> Path:
    """A bundle with some of everything that the page shows."""
    files.write_all(artifacts / "small")
    return artifacts / "small"


def record(bundle: Path) -> DataRecord:
    return Engine.load(bundle).data_record


def downloads(app: AppTest) -> list[str]:
    return [element.proto.label for element in app.get("download_button")]


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def test_a_bundle_just_as_it_was_built_is_shown(open_app: Open, artifacts: Path):
    for view in VIEWS:
        app = open_app(artifacts, "data", data_view=view)
        assert app.title[0].value == "Data"
        assert "250 users" in app.markdown[1].value
        assert not app.exception


def test_the_lead_says_what_was_loaded_and_what_was_lost(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data")
    plays = record(bundle).tables[2].kept
    assert f"Loaded 250 users, 900 songs and {plays:,} plays" in words(app)
    assert f"Of {250 + 901 + plays + 250:,} rows, 251 were rejected" in words(app)
    loaded = app.table[0].value
    assert list(loaded["Table"]) == ["users", "songs", "plays"]
    assert list(loaded["Kept"] + loaded["Rejected"]) == list(loaded["Rows read"])
    assert list(loaded["Repaired"]) == [12, 3, 0]
    assert loaded["Summed"].iloc[2] == 41
    assert "Kept and rejected add up to the rows read" in words(app)
    assert "7 more users are named only in plays" in words(app)


def test_quality_gives_reasons_repairs_songs_under_two_ids_and_notes(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data")
    _, reasons, repairs, same = (table.value for table in app.table)
    rows = app.dataframe[0].value
    assert list(reasons["Rows"]) == [230, 20, 1]
    assert len(rows) == 200
    assert set(repairs["What"]) == {"age outside 10–100, made unknown", "title mojibake repaired"}
    assert len(same) == 1
    assert "ended in the middle of a row" in words(app)
    assert plain("Columns of songs that were not read: mood") in words(app)
    assert "The first 200 of 251." in words(app)
    assert downloads(app).count("Download as CSV") == 4
    assert "Download all 251 as CSV" in downloads(app)


def test_rejected_rows_are_chosen_by_table_and_reason_and_kept_in_the_address(
    open_app: Open, artifacts: Path, bundle: Path
):
    app = open_app(artifacts, "data", data_rejects="plays: played_at is in the future")
    assert set(app.dataframe[0].value["reason"]) == {"played_at is in the future"}
    assert len(app.dataframe[0].value) == 20
    app.selectbox(key="_data_rejects").select("songs").run()
    assert app.query_params["data_rejects"] == "songs"
    assert set(app.dataframe[0].value["table"]) == {"songs"}


def test_without_rejects_it_says_that_nothing_was_lost(open_app: Open, artifacts: Path, bundle: Path):
    kept = {"rows_in": 10, "kept": 10, "rejected": 0, "files": ["a.csv"]}
    files.write_quality(bundle, users=kept, songs=kept, plays=kept)
    files.write_rejects(bundle, [])
    files.write_same_songs(bundle, [])
    app = open_app(artifacts, "data")
    assert "Nothing was lost: all 30 rows were kept." in words(app)
    assert "No row was rejected." in words(app)
    assert "No value had to be repaired." in words(app)
    assert "No two songs look the same." in words(app)
    assert "Summed" not in app.table[0].value
    assert not app.exception


def test_without_a_table_of_users_it_says_where_users_come_from(open_app: Open, artifacts: Path, bundle: Path):
    files.write_quality(bundle, users=None, users_named_only_in_plays=250)
    app = open_app(artifacts, "data")
    assert "Loaded 900 songs and" in words(app)
    assert "No table of users was given: the users are the 250 that plays name." in words(app)
    assert not app.exception


@pytest.mark.parametrize(
    ("name", "view"),
    [
        (QUALITY, "quality"),
        (REJECTS, "quality"),
        (SAME_SONGS, "quality"),
        (COVERAGE, "coverage"),
        (DISTRIBUTIONS, "distributions"),
    ],
)
def test_a_bundle_without_a_file_is_shown_but_for_that(
    open_app: Open, artifacts: Path, bundle: Path, name: str, view: str
):
    (bundle / name).unlink()
    files.rehash(bundle)
    app = open_app(artifacts, "data", data_view=view)
    assert [notice for notice in app.info if plain(f"holds no {name}") in notice.value]
    assert app.title[0].value == "Data"
    assert not app.exception


def test_coverage_is_a_chart_a_table_and_says_what_is_off(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data", data_view="coverage")
    assert "**Switched off: country.**" in words(app)
    assert [heading.value for heading in app.header] == ["Users", "Songs", "Plays"]
    assert charts(app) == 3
    assert len(app.table[1].value) == len(record(bundle).coverage)
    assert downloads(app) == ["Download as CSV", *["CSV", "PNG", "SVG"] * 3, "Download as CSV"]
    files.write_quality(bundle, features_off=[])
    assert "Nothing is switched off" in words(open_app(artifacts, "data", data_view="coverage"))


def test_every_variable_is_drawn_with_its_sentence(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data", data_view="distributions")
    assert charts(app) == 1
    for variable in record(bundle).variables[1:]:
        app.selectbox(key="_data_variable").select(variable).run()
        assert app.query_params["data_variable"] == variable
        assert charts(app) == 1
        assert app.markdown[-1].value.endswith(".")
        assert not app.exception


def test_the_view_and_the_variable_come_from_the_address(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data", data_view="distributions", data_variable="listening hours")
    assert app.header[0].value == "Listening hours"
    assert "The busiest hour of the week is" in words(app)


def test_switching_views_is_kept_in_the_address(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(artifacts, "data")
    app.get("button_group")[0].select("coverage").run()
    assert app.query_params["data_view"] == "coverage"
    assert app.header[0].value == "Users"


def test_junk_in_the_address_is_left_out_and_said(open_app: Open, artifacts: Path, bundle: Path):
    app = open_app(
        artifacts, "data", data_view="<script>", data_variable="\u202eevil", data_rejects="plays: no such reason"
    )
    assert "left out" in app.info[0].value
    assert "<script>" not in app.info[0].value
    assert app.header[0].value == "Rejected rows"
    assert len(app.dataframe[0].value) == 200
    assert not app.exception


def test_hostile_data_are_shown_as_text(open_app: Open, artifacts: Path, bundle: Path):
    table = {"files": HOSTILE, "rows_in": 9, "kept": 4, "rejected": 5, "rejected_by_reason": dict.fromkeys(HOSTILE, 1)}
    files.write_quality(bundle, songs={**table, "unknown_columns": HOSTILE}, notes=HOSTILE, features_off=HOSTILE)
    files.write_rejects(bundle, [("songs", text, None, text, text) for text in HOSTILE])
    files.write_same_songs(bundle, [(text, text, text, text) for text in (*HOSTILE, "\u202egnp.exe")])
    none = float("nan")
    files.write_distributions(
        bundle, [(text, text, "category", text, none, none, 3) for text in ("\u202egnp", *HOSTILE)]
    )
    quality = open_app(artifacts, "data")
    for text in HOSTILE:
        assert f"- {plain(text)}" in words(quality)
    assert list(quality.table[3].value["Title"]) == [*HOSTILE, "gnp.exe"]
    for view in VIEWS:
        app = open_app(artifacts, "data", data_view=view, data_variable=HOSTILE[0])
        assert "<script>" not in words(app)
        assert "](http" not in words(app).replace(r"\]", "")
        assert not app.exception
    assert app.header[0].value == plain(HOSTILE[0].capitalize())


def test_all_rejected_rows_are_in_the_file_and_no_cell_is_a_formula(bundle: Path):
    formulas = ["=1+1", "+1", "-1", "@x"]
    files.write_rejects(bundle, [*files.some_rejects(), *(("users", text, 7, text, text) for text in formulas)])
    columns = ["table", "file", "line", "reason", "content"]
    for zipped in (False, True):
        written = to_long_csv(record(bundle).reject_batches(), columns, zipped)
        read = pd.read_csv(io.BytesIO(gzip.decompress(written) if zipped else written))
        assert list(read.columns) == columns
        assert len(read) == 251 + 4
        assert list(read["content"].tail(4)) == [f"'{text}" for text in formulas]
        assert read["line"].isna().sum() == 1


def test_many_rejected_rows_are_downloaded_zipped(open_app: Open, artifacts: Path, bundle: Path):
    many = {"rows_in": 3_000_000, "kept": 100_000, "rejected": 2_900_000, "rejected_by_reason": {"user_id is empty": 9}}
    files.write_quality(bundle, plays=many)
    app = open_app(artifacts, "data", data_rejects="plays")
    assert "Download all 2,900,000 as CSV (zipped)" in downloads(app)


def test_the_lead_is_grammar(bundle: Path):
    one = {"rows_in": 2, "kept": 1, "rejected": 1}
    files.write_quality(bundle, users=None, songs=one, plays=None)
    assert lead(record(bundle)).endswith(
        "Of 2 rows, 1 was rejected (50.0%), each with its reason; all others were kept."
    )


def test_a_share_is_none_or_all_only_where_it_is():
    assert [share(part, 100_000) for part in (0, 1, 420, 99_999, 100_000)] == [
        "0%",
        "under\u00a00.1%",
        "0.4%",
        "over\u00a099.9%",
        "100%",
    ]
