from pathlib import Path

import pytest

from engine.data.sources import SOURCES, read_source, source_table
from engine.errors import DataError


def test_an_unknown_source_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"unknown source 'lastfm'; choose one of tables, .*lastfm-360k"):
        read_source("lastfm", tmp_path)


@pytest.mark.parametrize("name", SOURCES)
def test_a_path_that_is_not_there_is_answered_with_what_the_source_reads(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"no such file or folder; {name} reads"):
        read_source(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", SOURCES)
def test_an_empty_folder_is_one_sentence_that_names_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_source(name, tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_source_says_what_it_reads_where_to_get_it_and_on_what_terms() -> None:
    table = source_table()
    assert [row["name"] for row in table] == list(SOURCES)
    assert all(row[column] for row in table for column in ("reads", "where", "terms"))
