"""What Discover shows of a search: songs, the artists beside them, the songs of one artist, and where to begin."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from engine import Engine
from engine.errors import UnknownArtist
from engine.reporting.words import count
from engine.search.confidence import SURE
from engine.ui import cards, recent, states
from engine.ui.below_list import below_list, file_words, song_rows
from engine.ui.examples import examples
from engine.ui.filters import SongChoice
from engine.ui.text import plain

MOST_OF_ARTIST = 30
MOST_POPULAR = 100
_WIDER = "Widen the years or take a genre away."

Open = Callable[[str], None]


def results(engine: Engine, query: str, wanted: SongChoice, open_song: Open, open_artist: Open) -> None:
    """List the songs that a search finds, and beside them the artists that it may mean."""
    found = engine.search(query, 10, genres=wanted.genres, years=wanted.years)
    artists = engine.artists(query, genres=wanted.genres, years=wanted.years)
    if found.empty:
        st.markdown(f"Nothing matches “{plain(query, 80)}”{' under these filters' * wanted.narrows}.")
        st.caption(_WIDER if wanted.narrows else "Try fewer letters, or the artist.")
        return
    first = found.iloc[0]
    if first["confidence"] < SURE:
        st.markdown(f"Nothing close to “{plain(query, 80)}”. The nearest are:")
    elif first["corrected"]:
        st.markdown(f"Showing results for **{plain(first['corrected'], 120)}**")
    songs, beside = two_columns()
    with songs:
        song_lines(engine, list(found["song_id"]), "found", open_song)
        below_list(lambda: found_rows(engine, found), f"search-{file_words(query)}", "found")
    if len(artists):
        with beside, st.container(key="artists"):
            st.header("Artists", anchor=False)
            artist_lines(artists, open_artist)


def found_rows(engine: Engine, found: pd.DataFrame) -> pd.DataFrame:
    """Give what a search found as rows to download, each with what it matched and how surely it is meant."""
    return song_rows(engine, list(found["song_id"]), **found[["score", "field", "confidence"]])


def artist_lines(artists: pd.DataFrame, open_artist: Open) -> None:
    """List artists to click, each with how many songs they have."""
    with st.container(key="lines-artists", gap=None):
        for place, (name, songs) in enumerate(artists[["artist", "songs"]].itertuples(index=False)):
            cards.line(plain(name), f":gray[{_songs(songs)}]", f"artist-{place}", open_artist, name)


def song_lines(engine: Engine, song_ids: Sequence[str], where: str, open_song: Open) -> None:
    """List songs to click; `where` is the name of the list."""
    with st.container(key=f"lines-{where}", gap=None):
        for song in cards.songs(engine, song_ids):
            cards.song_line(song, where, open_song)


def artist_songs(engine: Engine, artist: str, wanted: SongChoice, open_song: Open, open_artist: Open) -> None:
    """List the songs of an artist, the most played first."""
    try:
        found = engine.songs_by(artist, 1_000, genres=wanted.genres, years=wanted.years)
    except UnknownArtist as error:
        states.notice(f"No artist here is called “{artist[:80]}”.")
        if error.nearest:
            states.offer("The nearest", error.nearest, "near-artist", lambda name: (name, "artist"), open_artist)
        return
    with st.container(key="song"):
        st.header(plain(artist), anchor=False)
    if found.empty:
        st.markdown("None of their songs is left under these filters.")
        st.caption(_WIDER)
        return
    top = found.head(MOST_OF_ARTIST)
    more = ", the most played first"
    if len(found) > len(top):
        more = f"; these are the {MOST_OF_ARTIST} most played, and the file has all"
    st.caption(f"{_songs(len(found))}{more if len(found) > 1 else ''}")
    song_lines(engine, list(top["song_id"]), "by", open_song)
    below_list(lambda: song_rows(engine, list(found["song_id"])), f"songs-by-{file_words(artist)}", "by")


def beginning(engine: Engine, wanted: SongChoice, open_song: Open, search_for: Open, with_tour: bool) -> None:
    """Offer searches, unless the tour above does, and popular songs; beside them what was searched for before."""
    start = examples(engine.bundle.version, engine)
    if not with_tour:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="examples"):
            st.caption("Try", width="content")
            for text in start.searches:
                st.button(plain(text), key=f"try-{text}", on_click=search_for, args=(text,))
    songs, beside = two_columns()
    with songs:
        st.header("Popular here", anchor=False)
        popular: Sequence[str] = start.popular
        if wanted.narrows:
            popular = list(engine.popular(len(start.popular), genres=wanted.genres, years=wanted.years)["song_id"])
        if not popular:
            st.markdown("No songs are left.")
            st.caption(_WIDER)
        else:
            song_lines(engine, popular, "popular", open_song)
            below_list(
                lambda: popular_rows(engine, wanted), "most-heard", "popular", label="Download the most heard as CSV"
            )
    texts = recent.recent()
    if texts:
        with beside:
            st.header("Recent searches", anchor=False)
            for place, text in enumerate(texts):
                st.button(
                    plain(text, 60),
                    key=f"recent-{place}",
                    type="tertiary",
                    icon=":material/history:",
                    wrap=True,
                    on_click=search_for,
                    args=(text,),
                )
            st.button("Clear", key="forget", on_click=recent.forget)


def popular_rows(engine: Engine, wanted: SongChoice) -> pd.DataFrame:
    """Give what is heard most as rows to download, more of it than the page lists."""
    return song_rows(engine, list(engine.popular(MOST_POPULAR, genres=wanted.genres, years=wanted.years)["song_id"]))


def two_columns() -> list[st.delta_generator.DeltaGenerator]:
    """Lay out a wide column and a narrow one; on a phone the narrow one comes first."""
    with st.container(key="beside"):
        return st.columns([3, 1], gap="large")


def _songs(number: int) -> str:
    return f"{count(int(number))} {'song' if number == 1 else 'songs'}"
