"""The card of one song: facts, and how it sounds beside its genre."""

import altair as alt
import pandas as pd
import streamlit as st

from engine import Engine
from engine.data.features import genre_list
from engine.reporting.words import count
from engine.ui.cards import chips
from engine.ui.text import clock, key_name, plain

SOUND = ("danceability", "energy", "valence", "acousticness", "instrumentalness", "liveness", "speechiness")


def song_card(engine: Engine, song_id: str) -> None:
    """Draw a song's title, facts and sound; raises UnknownSong."""
    song = engine.song(song_id)
    genres = genre_list(song["genres"])
    with st.container(key="song", gap="small"):
        st.header(plain(song["title"]), anchor=False)
        st.markdown(f"{plain(song['artist'])} &nbsp;{chips(genres)}")
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
    with right:
        _sound(engine, {name: song[name] for name in SOUND if song.get(name) is not None}, genres)


def _sound(engine: Engine, sound: dict[str, float], genres: list[str]) -> None:
    if not sound:
        st.caption("How it sounds is not known.")
        return
    genre = genres[0] if genres else None
    average = genre_sound(engine.bundle.version, genre, engine) if genre else {}
    frame = pd.DataFrame(
        {"feature": list(sound), "song": list(sound.values()), "genre": [average.get(name) for name in sound]}
    )
    names = ["this song", f"average of {genre}"] if average else ["this song"]
    base = alt.Chart(frame).encode(
        y=alt.Y("feature:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    )
    axis = alt.Axis(values=[0, 0.5, 1], format=".0%", domain=False, ticks=False)
    scale = alt.Scale(domain=[0, 1])
    bars = base.mark_bar(height=9, opacity=1, cornerRadiusEnd=3).encode(
        x=alt.X("song:Q", scale=scale, title=None, axis=axis),
        color=alt.datum(names[0]),
        tooltip=[alt.Tooltip("feature:N"), alt.Tooltip("song:Q", format=".0%", title=names[0])],
    )
    chart: alt.Chart | alt.LayerChart = bars
    if average:
        chart = bars + base.mark_tick(thickness=3, opacity=1, height=18).encode(
            x=alt.X("genre:Q", scale=scale),
            color=alt.datum(names[1]),
            tooltip=[alt.Tooltip("feature:N"), alt.Tooltip("genre:Q", format=".0%", title=names[1])],
        )
    words = ", ".join(f"{name} {value:.0%}" for name, value in sound.items())
    chart = chart.properties(height=28 * len(sound) + 56).configure_legend(orient="bottom", title=None)
    st.altair_chart(chart, alt=f"How the song sounds: {words}.")


@st.cache_data(max_entries=500, show_spinner=False)
def genre_sound(version: str, genre: str, _engine: Engine) -> dict[str, float]:
    """Average sound of the songs whose first genre is `genre`; cached by the bundle's version."""
    first = _engine.songs["genres"].map(lambda text: next(iter(genre_list(text)), None))
    known = [name for name in SOUND if name in _engine.songs]
    means = _engine.songs.loc[first == genre, known].mean()
    return {str(name): float(value) for name, value in means.items() if value == value}
