"""Songs as they look on every page: a row of two lines, and the card of one song."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine import Engine
from engine.data.features import genre_list
from engine.ui.address import link
from engine.ui.glyph import glyph, sound_levels
from engine.ui.marks import Marks
from engine.ui.routing import page_named
from engine.ui.text import plain

MOST_CHIPS = 3


@dataclass(frozen=True)
class Song:
    """What a row shows of a song; `glyph` is its sound as Markdown, "" where that is not known."""

    song_id: str
    title: str
    artist: str
    genres: tuple[str, ...]
    year: int | None
    glyph: str = ""


def songs(engine: Engine, song_ids: Sequence[str]) -> list[Song]:
    """Give what a row shows for each of these songs."""
    places = [engine.song_position(song_id) for song_id in song_ids]
    names = ("song_id", "title", "artist", "genres", "release_year")
    arrays = (engine.songs[name].array for name in names)
    columns = ([array[place] for place in places] for array in arrays)
    levels = sound_levels(engine.bundle.version, engine)[places]
    return [
        Song(str(i), str(t), str(a), tuple(genre_list(g)), None if pd.isna(y) else int(y), glyph(of))
        for i, t, a, g, y, of in zip(*columns, levels, strict=True)
    ]


def words(engine: Engine, song_id: str) -> tuple[str, str]:
    """Title and artist of a known song; not escaped."""
    song = engine.song(song_id)
    return str(song["title"]), str(song["artist"])


def row(
    song: Song,
    where: str,
    *,
    note: str = "",
    value: str = "",
    wide: bool = False,
    marks: Marks | None = None,
    more: str = "",
    on_more: Callable[[str], None] | None = None,
    bundle: str | None = None,
    on_open: Callable[[str], None] | None = None,
    also: Callable[[str], None] | None = None,
) -> None:
    """Draw a song: its title to open, artist, year and genres, and what it is worth at the end of the row.

    Parameters
    ----------
    where
        Name of the list, one a page.
    note
        What to say quietly in a line below; escaped here.
    value
        Markdown at the end of the row.
    wide
        Leave more room for the value.
    marks
        Its rank before the row, and what it is worth at the end in place of a value.
    more, on_more
        Words of a quiet button below, and what it calls with the song's id.
    bundle
        Name of the bundle that the title's link opens; None for the one that is shown.
    on_open
        Called with the song's id; without it the title is a link to the song on Discover.
    also
        Draws what else there is to do with the song, called with its id, at the end of the row.
    """
    name = f"{where}-{song.song_id}"
    # One container, laid out by the style sheet: every element of a row costs server and browser some milliseconds.
    with st.container(key=f"row-{name}", horizontal=True, gap=None, wrap=False):
        if marks is not None:
            st.html(marks.html())
        if on_open is not None:
            label = plain(song.title)
            st.button(label, key=f"open-{name}", type="tertiary", wrap=True, on_click=on_open, args=(song.song_id,))
        else:
            to = link(d_song=song.song_id) | ({} if bundle is None else {"bundle": bundle})
            st.page_link(page_named("discover"), label=plain(song.title), query_params=to)
        st.markdown(_below(song, note), width="stretch")
        if on_more is not None:
            st.button(more, key=f"more-{name}", type="tertiary", on_click=on_more, args=(song.song_id,))
        if value:
            st.markdown(value, width=104 if wide else 72, text_alignment="right")
        if also is not None:
            also(song.song_id)


def quiet_row(song: Song, where: str, more: str) -> None:
    """Draw a song as a link to it, and in the line below what `more` there is to say: little beside a list of rows.

    `where` is the name of the list, one a page.
    """
    with st.container(key=f"row-{where}-{song.song_id}", gap=None):
        st.page_link(page_named("discover"), label=plain(song.title), query_params=link(d_song=song.song_id))
        st.markdown(_below(song, more=more))


def recommend_from(song_id: str) -> None:
    """Draw the link to what somebody who plays this song would be recommended."""
    st.page_link(
        page_named("recommend"),
        label="Recommend from this song",
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params=link(r_mode="persona", r_songs=song_id),
        width="content",
    )


def line(called: str, more: str, key: str, on_open: Callable[[str], None], opens: str) -> None:
    """Draw a row that is one button: what it opens is called, and below that what else there is to say of it.

    For lists that are drawn anew at each key: every element of a page costs server and browser some milliseconds.

    Parameters
    ----------
    called, more
        The two lines, Markdown.
    opens
        What `on_open` is called with.
    """
    label = f"**{called}** {more}"
    st.button(label, key=key, type="tertiary", wrap=True, width="stretch", on_click=on_open, args=(opens,))


def song_line(song: Song, where: str, on_open: Callable[[str], None]) -> None:
    """Draw a song as a row that opens it; `where` is the name of the list, one a page."""
    more = f":gray[{plain(song.artist, 80)}{'' if song.year is None else f' · {song.year}'}]"
    line(
        plain(song.title),
        f"{more} {chips(song.genres)} {song.glyph}",
        f"open-{where}-{song.song_id}",
        on_open,
        song.song_id,
    )


def chips(genres: Sequence[str]) -> str:
    """Genres as grey badges, in Markdown."""
    return " ".join(f":gray-badge[{plain(genre, 30)}]" for genre in genres[:MOST_CHIPS])


def chosen(song: Song, take_away: Callable[[str], None]) -> None:
    """Draw a song that has been chosen, with a button that takes it away."""
    with st.container(
        key=f"row-chosen-{song.song_id}", horizontal=True, vertical_alignment="center", gap="small", wrap=False
    ):
        with st.container(key=f"text-chosen-{song.song_id}", gap=None):
            st.markdown(f"**{plain(song.title)}**")
            with st.container(key=f"meta-chosen-{song.song_id}"):
                st.markdown(_below(song))
        st.button("Remove", key=f"remove-{song.song_id}", type="tertiary", on_click=take_away, args=(song.song_id,))


def _below(song: Song, note: str = "", more: str = "") -> str:
    line = plain(song.artist, 80)
    if song.year is not None:
        line += f" · {song.year}"
    if more:
        line += f" · {more}"
    if song.genres:
        line += f" &nbsp;{chips(song.genres)}"
    line += f" {song.glyph}"
    return line + (f"  \n{plain(note, 90)}" if note else "")
