"""A file of queries in, a file of answers out."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from engine.errors import DataError
from engine.search.file_search import search_file

SONGS = 'song_id,title,artist\n007,Velvet Harmonograph,The Tin Lanterns\nNA,None,NA\n1e3,"Salt, Ember",Guns of Ferrow\n'
QUERIES = "query_id,query\nq1,velvet harmonograf\n02,none\nq3,xqzvkwj\nq4,\n"


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    path = tmp_path / "songs.csv"
    path.write_text(SONGS)
    return path


def queries_of(folder: Path, text: str) -> Path:
    path = folder / "queries.csv"
    path.write_text(text)
    return path


def test_each_query_has_ranked_rows_and_ids_stay_text(songs: Path, tmp_path: Path):
    out = tmp_path / "answers.csv"
    answers = search_file(songs, queries_of(tmp_path, QUERIES), 5, out)
    assert list(answers.columns) == ["query_id", "rank", "song_id", "score", "ms"]
    written = pd.read_csv(out, dtype=str, keep_default_na=False)
    best = written[written["rank"] == "1"].set_index("query_id")["song_id"]
    assert best.to_dict() == {"q1": "007", "02": "NA"}
    assert (answers["ms"] > 0).all()


def test_a_query_that_finds_nothing_has_one_row_of_rank_0(songs: Path, tmp_path: Path):
    answers = search_file(songs, queries_of(tmp_path, QUERIES), 5, tmp_path / "answers.csv")
    nothing = answers[answers["rank"] == 0]
    assert nothing["query_id"].tolist() == ["q3", "q4"]
    assert nothing["song_id"].tolist() == ["", ""]
    assert nothing["score"].tolist() == [0, 0]


def test_queries_may_lack_ids_and_be_called_text(songs: Path, tmp_path: Path):
    answers = search_file(songs, queries_of(tmp_path, "text\nsalt ember\nnone\n"), 1, tmp_path / "answers.csv")
    assert answers[["query_id", "rank", "song_id"]].values.tolist() == [["1", 1, "1e3"], ["2", 1, "NA"]]


def test_formats_go_by_suffix(songs: Path, tmp_path: Path):
    pd.DataFrame({"song_id": [7, 8], "title": ["Salt", None], "artist": ["Pell", "Rook"]}).to_parquet(
        tmp_path / "songs.parquet"
    )
    with gzip.open(tmp_path / "queries.csv.gz", "wt") as file:
        file.write("query_id,query\na,salt\n")
    out = tmp_path / "answers.parquet"
    search_file(tmp_path / "songs.parquet", tmp_path / "queries.csv.gz", 3, out)
    assert pd.read_parquet(out)["song_id"].tolist() == ["7"]


def test_a_missing_column_is_named_with_its_file(songs: Path, tmp_path: Path):
    with pytest.raises(DataError, match=r"queries\.csv.*'query'"):
        search_file(songs, queries_of(tmp_path, "query_id,words\n1,salt\n"), 3, tmp_path / "answers.csv")
    songs.write_text("song_id,title\n1,Salt\n")
    with pytest.raises(DataError, match=r"songs\.csv.*'artist'"):
        search_file(songs, queries_of(tmp_path, QUERIES), 3, tmp_path / "answers.csv")


def test_a_failed_run_leaves_no_answers_behind(songs: Path, tmp_path: Path):
    with pytest.raises(DataError):
        search_file(songs, tmp_path / "nowhere.csv", 3, tmp_path / "answers.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["songs.csv"]


def test_progress_ends_at_the_number_of_queries(songs: Path, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    queries = queries_of(tmp_path, QUERIES)
    search_file(songs, queries, 3, tmp_path / "answers.csv", lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (4, 4)]


def test_an_unsure_answer_is_nothing_if_so_wished(songs: Path, tmp_path: Path):
    queries = queries_of(tmp_path, "query_id,query\na,velvet harmonograf\nb,velvet tin opener sale\n")
    for confident, ranks in ((False, [1, 1]), (True, [1, 0])):
        answers = search_file(songs, queries, 1, tmp_path / "answers.csv", confident=confident)
        assert answers["rank"].tolist() == ranks
