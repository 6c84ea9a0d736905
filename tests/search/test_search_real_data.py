"""Search on real data, where it is at hand."""

import os
from pathlib import Path

import pandas as pd
import pytest

from engine.search import SongSearch

DATA = Path(os.environ.get("LHYDRA_DATA") or Path(__file__).parents[3] / "shared" / "data")
ARTISTS = DATA / "hetrec2k" / "songs.csv.gz"

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def artists() -> tuple[SongSearch, list[str]]:
    if not ARTISTS.is_file():
        pytest.skip(f"{ARTISTS} is missing: set LHYDRA_DATA to the folder of the real data sets")
    table = pd.read_csv(ARTISTS, dtype=str, keep_default_na=False)
    return SongSearch.build(table["title"].tolist(), table["artist"].tolist()), table["title"].tolist()


@pytest.mark.parametrize(
    ("typed", "artist"),
    [
        ("metalica", "Metallica"),
        ("bjork", "Björk"),
        ("beyonce", "Beyoncé"),
        ("the beetles", "The Beatles"),
        ("guns n roses", "Guns N' Roses"),
        ("ac dc", "AC/DC"),
        ("sigur ros", "Sigur Rós"),
        ("radiohed", "Radiohead"),
    ],
)
def test_a_misspelled_artist_comes_first(artists: tuple[SongSearch, list[str]], typed: str, artist: str):
    search, names = artists
    assert names[search.search(typed)[0].song_index] == artist
