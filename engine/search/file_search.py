"""Answer a file of queries from a file of songs, timing each query alone."""

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from engine.data.files import malformed_rows, read_table_with_rejects
from engine.data.frames import write_frame, write_rejects
from engine.errors import DataError
from engine.search.song_search import SongSearch

COLUMNS = ("query_id", "rank", "song_id", "score", "ms")
_STEP = 100  # queries between two progress reports


def search_file(
    songs: Path,
    queries: Path,
    k: int,
    out: Path,
    on_progress: Callable[[int, int], None] | None = None,
    confident: bool = False,
) -> pd.DataFrame:
    """Search for every query of a file, one at a time on one thread, and write the answers.

    Parameters
    ----------
    songs
        `song_id, title, artist`; CSV, CSV.gz or Parquet by suffix, as all three files.
    queries
        `query_id, query`; `text` is read where `query` is missing, and row numbers ("1", "2") where
        `query_id` is.
    k
        Most songs per query.
    out
        Where the answers go, whole or not at all. Rows with too many or too few fields go to `NAME.rejects.csv`
        beside it.
    on_progress
        Called with queries done and queries in all.
    confident
        A query whose best song is unsure (`Hit.sure`) finds nothing.

    Returns
    -------
    pandas.DataFrame
        What was written: `query_id, rank, song_id, score, ms`, the last the milliseconds that the query's
        search took. A query that finds nothing has one row with rank 0, an empty song_id and score 0.

    Raises
    ------
    DataError
        A file can't be read or written, or lacks a column.
    """
    catalogue, bad_songs = read_table_with_rejects(songs, ["song_id", "title", "artist"])
    query_ids, texts, bad_queries = _read_queries(queries)
    search = SongSearch.build(_as_text(catalogue["title"]), _as_text(catalogue["artist"]))
    search.warm()
    song_ids = _as_text(catalogue["song_id"])
    rows: list[tuple[str, int, str, float, float]] = []
    for done, (query_id, text) in enumerate(zip(query_ids, texts, strict=True)):
        if on_progress is not None and done % _STEP == 0:
            on_progress(done, len(texts))
        began = time.perf_counter()
        hits = search.search(text, k)
        if confident and hits and not hits[0].sure:
            hits = []
        ms = round((time.perf_counter() - began) * 1000, 3)
        if not hits:
            rows.append((query_id, 0, "", 0.0, ms))
        rows += [(query_id, rank, song_ids[hit.song_index], hit.score, ms) for rank, hit in enumerate(hits, start=1)]
    if on_progress is not None:
        on_progress(len(texts), len(texts))
    answers = pd.DataFrame(rows, columns=list(COLUMNS))
    write_frame(out, answers)
    write_rejects(out, [malformed_rows(songs, bad_songs), malformed_rows(queries, bad_queries)])
    return answers


def _read_queries(path: Path) -> tuple[list[str], list[str], list[tuple[int, str, str]]]:
    table, malformed = read_table_with_rejects(path)
    column = next((name for name in ("query", "text") if name in table.columns), None)
    if column is None:
        found = ", ".join(map(str, table.columns[:12]))
        raise DataError(f"{path}: required column 'query' is missing; found {found[:200]}")
    texts = _as_text(table[column])
    if "query_id" not in table.columns:
        return [str(number) for number in range(1, len(texts) + 1)], texts, malformed
    return _as_text(table["query_id"]), texts, malformed


def _as_text(column: pd.Series) -> list[str]:
    """Give a column as text, "" where missing: a Parquet file may hold ids and titles such as 1979 as numbers."""
    return ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
