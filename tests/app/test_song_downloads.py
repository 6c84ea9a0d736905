"""Lists of songs as files: each is offered below its list, says what it is, holds all of it, and is safe to open."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from evaluation_files import rehash
from reading_pages import Open

from engine import Engine
from engine.serving.bundle import SONGS
from engine.ui.below_list import file_words, song_rows

KNOWN = ["rank", "song_id", "title", "artist", "genres", "release_year", "listeners"]


@dataclass(frozen=True)
class Saved:
    """What a download button would save."""

    file_name: str
    data: Callable[[], bytes]

    @property
    def rows(self) -> pd.DataFrame:
        return pd.read_csv(io.BytesIO(self.data()), encoding="utf-8-sig", dtype={"song_id": str})


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Saved]]:
    """The downloads of the pages that are opened, by key."""
    found: dict[str, Saved] = {}
    draw = st.download_button

    def drawn(label: str, **how):
        found[how["key"]] = Saved(how["file_name"], how["data"])
        return draw(label, **how)

    monkeypatch.setattr(st, "download_button", drawn)
    return found


def test_what_a_search_finds(open_app: Open, artifacts: Path, engine: Engine, saved: dict[str, Saved]):
    open_app(artifacts, d_q="Love  me")
    expected = engine.search("Love  me", 10)
    file = saved["csv-found"]
    assert file.file_name == "lhydra-search-love-me.csv"
    assert file.rows["song_id"].tolist() == expected["song_id"].tolist()
    assert list(file.rows.columns) == [*KNOWN, "score", "field", "confidence"]


def test_all_songs_of_an_artist_not_only_those_listed(
    open_app: Open, artifacts: Path, engine: Engine, saved: dict[str, Saved], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("engine.ui.discoveries.MOST_OF_ARTIST", 2)
    artist = str(engine.songs["artist"].value_counts().index[0])
    app = open_app(artifacts, d_artist=artist)
    assert len([b for b in app.button if str(b.key).startswith("open-by-")]) == 2
    file = saved["csv-by"]
    assert file.file_name == f"lhydra-songs-by-{file_words(artist)}.csv"
    assert file.rows["song_id"].tolist() == engine.songs_by(artist, 1_000)["song_id"].tolist()
    assert len(file.rows) > 2


def test_songs_like_another_with_how_alike(open_app: Open, artifacts: Path, engine: Engine, saved: dict[str, Saved]):
    song_id = str(engine.popular(1)["song_id"].iloc[0])
    open_app(artifacts, d_song=song_id)
    expected = engine.similar(song_id, 10)
    file = saved["csv-similar"]
    assert file.file_name == f"lhydra-like-{file_words(engine.song(song_id)['title'])}.csv"
    assert file.rows["song_id"].tolist() == expected["song_id"].tolist()
    assert file.rows["alike"].tolist() == pytest.approx(expected["score"].tolist())


def test_what_is_heard_most_of_the_genre_chosen(
    open_app: Open, artifacts: Path, engine: Engine, saved: dict[str, Saved]
):
    genre = engine.genres[1]
    open_app(artifacts, d_genres=genre)
    file = saved["csv-popular"]
    assert file.file_name == "lhydra-most-heard.csv"
    assert file.rows["song_id"].tolist() == engine.popular(100, genres=[genre])["song_id"].tolist()
    assert file.rows["listeners"].is_monotonic_decreasing


def test_all_that_a_listener_plays(
    open_app: Open, artifacts: Path, engine: Engine, listener: str, saved: dict[str, Saved]
):
    open_app(artifacts, "recommend", r_user=listener)
    file = saved["csv-heard"]
    assert file.file_name == f"lhydra-history-{listener}.csv"
    assert file.rows["song_id"].tolist() == engine.history(listener)["song_id"].tolist()


def test_nothing_is_offered_where_nothing_is_listed(open_app: Open, artifacts: Path, saved: dict[str, Saved]):
    open_app(artifacts, d_q="zzqqxxjjkkvv")
    assert saved == {}


def test_formulas_in_titles_are_text(open_app: Open, hostile: Path, saved: dict[str, Saved]):
    songs = pd.read_parquet(hostile / "small" / SONGS)
    first = songs.nlargest(2, "listeners").index
    songs.loc[first, "title"] = ["=1+1", "@SUM(A1)"]
    songs.to_parquet(hostile / "small" / SONGS)
    rehash(hostile / "small")
    open_app(hostile)
    assert saved["csv-popular"].rows["title"].tolist()[:2] == ["'=1+1", "'@SUM(A1)"]
    open_app(hostile, d_song=str(songs.loc[first[0], "song_id"]))
    assert saved["csv-similar"].file_name == "lhydra-like-1-1.csv"


def test_rows_are_ranked_and_hold_what_is_known(engine: Engine):
    ids = engine.songs["song_id"].iloc[[5, 2]].tolist()
    rows = song_rows(engine, ids, alike=[0.5, 0.25])
    assert list(rows.columns) == [*KNOWN, "alike"]
    assert rows["rank"].tolist() == [1, 2]
    assert rows["song_id"].tolist() == ids
    assert rows["title"].tolist() == engine.songs["title"].iloc[[5, 2]].tolist()
    assert song_rows(engine, []).empty


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AC/DC", "ac-dc"),
        ("../../etc/passwd", "etc-passwd"),
        ("Beyoncé  ‮x", "beyoncé-x"),
        ("椎名林檎", "椎名林檎"),
        ("?!", ""),
        ("a" * 60, "a" * 40),
        ("under_score", "under-score"),
    ],
)
def test_text_from_data_is_safe_in_a_files_name(text: str, words: str):
    assert file_words(text) == words
