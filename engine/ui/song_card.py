"""The card of one song: facts, and how it sounds beside its genre."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from engine import Engine
from engine.data.features import genre_list
from engine.reporting import song_charts
from engine.reporting.words import count
from engine.ui.cards import chips
from engine.ui.glyph import SOUND
from engine.ui.pictures import downloads, draw
from engine.ui.text import clock, key_name, plain


def song_card(engine: Engine, song_id: str, open_artist: Callable[[str], None]) -> None:
    """Draw a song's title, facts and sound; raises UnknownSong."""
    song = engine.song(song_id)
    genres, artist = genre_list(song["genres"]), str(song["artist"] or "")
    with st.container(key="song", gap=None):
        st.header(plain(song["title"]), anchor=False)
        with st.container(key="by", horizontal=True, vertical_alignment="center", gap="small"):
            st.button(plain(artist), key="song-artist", type="tertiary", on_click=open_artist, args=(artist,))
            if genres:
                st.markdown(chips(genres), width="content")
    facts = {
        "Year": "–" if song["release_year"] is None else str(int(song["release_year"])),
        "Length": "–" if song["duration_ms"] is None else clock(song["duration_ms"]),
        "Tempo": "–" if song["tempo"] is None else f"{song['tempo']:.0f} bpm",
        "Key": "–" if song["key"] is None else key_name(song["key"], song["mode"]),
        "Listeners": count(int(song["listeners"])),
        "Plays": count(float(song["plays"])),
    }
    left, right = st.columns([2, 3], gap="large")
    with left, st.container(key="facts"), st.grid(2, min_column_width=110, gap="small"):
        for name, value in facts.items():
            st.markdown(f":gray[{name}]  \n**{value}**")
    with right, st.container(key="sounds", gap="small"):
        st.subheader("How it sounds", anchor=False)
        _sound(engine, {name: song[name] for name in SOUND if song.get(name) is not None}, genres)


def _sound(engine: Engine, sound: dict[str, float], genres: list[str]) -> None:
    if not sound:
        st.caption("How it sounds is not known.")
        return
    genre = genres[0] if genres else None
    average = genre_sounds(engine.bundle.version, engine).loc[genre] if genre else {}
    others = [float(average.get(name, float("nan"))) for name in sound]
    says = [
        f"{value:.0%}" + (f", average of {genre} {other:.0%}" if other == other else "")
        for value, other in zip(sound.values(), others, strict=True)
    ]
    rows = song_charts.rows_of(list(sound), list(sound.values()), others, says)
    words = "; ".join(f"{name} {word}" for name, word in zip(sound, says, strict=True))
    draw(song_charts.beside(rows, "sound", whole=True), f"How the song sounds: {words}.", "sound")
    caption = f"Bars are this song, ticks the average of {plain(genre, 30)}." if genre else ""
    downloads("sound", lambda: rows, lambda: song_charts.beside(rows, "sound", whole=True), caption)


@st.cache_resource(max_entries=20, show_spinner=False)
def genre_sounds(version: str, _engine: Engine) -> pd.DataFrame:
    """Average sound of the songs of each first genre, a row a genre; kept by the bundle's version, read-only."""
    songs = _engine.songs
    codes, texts = pd.factorize(songs["genres"])  # many songs share their genres: each text is split once
    first = np.array([next(iter(genre_list(text)), "") for text in (*texts, "")], dtype=object)
    return songs[[name for name in SOUND if name in songs]].groupby(first[codes]).mean()
