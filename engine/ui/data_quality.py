"""What was loaded and what became of it: rows kept, rejected and repaired, songs under two ids."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from engine.reporting.words import count, listed, one_line
from engine.serving.bundle import QUALITY, REJECTS, SAME_SONGS
from engine.serving.data_record import DataRecord
from engine.ui import states
from engine.ui.address import choice
from engine.ui.export import MOST_PLAIN_ROWS, to_long_csv
from engine.ui.tables import shown, table
from engine.ui.text import plain, share

MOST_PREVIEWED = 200
_EXPORTED = ["table", "file", "line", "reason", "content"]
_SHOWN = ["table", "line", "reason", "content", "file"]


def lead(record: DataRecord) -> str:
    """Say in plain words what was loaded and whether anything was lost."""
    if not record.tables:
        return "What was loaded to build this bundle."
    loaded = listed([f"{count(t.kept)} {t.name}" for t in record.tables])
    if not record.rejected:
        return f"Loaded {loaded}. Nothing was lost: all {count(record.rows_in)} rows were kept."
    were = "was" if record.rejected == 1 else "were"
    part = share(record.rejected, record.rows_in)
    return (
        f"Loaded {loaded}. Of {count(record.rows_in)} rows, {count(record.rejected)} {were} rejected ({part}), each "
        "with its reason; all others were kept."
    )


def loaded(record: DataRecord, name: str = "loaded") -> None:
    """Draw what became of each table that was loaded, a row a table; `name` is the file's to download."""
    if QUALITY in record.faults:
        states.notice(f"{record.faults[QUALITY]}.")
        return
    frame = pd.DataFrame(
        {
            "Table": [t.name for t in record.tables],
            "Rows read": [t.rows_in for t in record.tables],
            "Kept": [t.kept for t in record.tables],
            "Rejected": [t.rejected for t in record.tables],
            "Repaired": [sum(t.repaired.values()) for t in record.tables],
            "Summed": pd.array([t.summed for t in record.tables], dtype="Int64"),
            "Files": [", ".join(t.files) for t in record.tables],
        }
    )
    summed = "" if frame["Summed"].isna().all() else _SUMMED
    table(
        frame.drop(columns=[] if summed else "Summed"),
        name,
        "Rows read, kept and rejected, by table",
        columns={"Table": st.column_config.TextColumn(pinned=True)},
        caption=f"Kept and rejected add up to the rows read: no row goes missing. Repaired counts values.{summed}",
    )
    for sentence in _about_users(record):
        st.caption(sentence)


_SUMMED = " Summed rows are kept too: their plays were added to another row that says the same."


def checks(record: DataRecord) -> dict[str, Callable[[str], bool]]:
    """How what this section keeps in the address is checked."""
    return {"data_rejects": reject_choices(record).__contains__}


def quality(record: DataRecord, version: str) -> None:
    """Draw rejected rows, repaired values, songs under two ids and what else there is to note."""
    st.header("Rejected rows", anchor=False)
    rejects(record, version)
    st.header("Repaired values", anchor=False)
    _repairs(record)
    st.header("Songs under two ids", anchor=False)
    _same_songs(record)
    _notes(record)


def reject_choices(record: DataRecord) -> dict[str, tuple[str, str | None, int]]:
    """Which rejected rows can be chosen: by name in the address, their table, reason (None: any) and number."""
    choices: dict[str, tuple[str, str | None, int]] = {}
    for t in record.tables:
        if t.rejected:
            choices[t.name] = (t.name, None, t.rejected)
            choices |= {f"{t.name}: {reason}": (t.name, reason, n) for reason, n in t.rejected_by_reason.items()}
    return choices


def rejects(record: DataRecord, version: str, name: str = "rejects") -> None:
    """Draw why rows were rejected, and the rows themselves; `name` is the file's to download."""
    if not record.rejected:
        st.markdown("No row was rejected.")
        return
    reasons = pd.DataFrame(
        [(t.name, one_line(r), n, 100 * n / t.rows_in) for t in record.tables for r, n in t.rejected_by_reason.items()],
        columns=["Table", "Reason", "Rows", "% of the table"],
    )
    reasons = reasons.sort_values("Rows", ascending=False, kind="stable")
    table(
        reasons,
        f"{name}-reasons" if name != "rejects" else "reasons",
        "Why rows were rejected, with counts",
        columns={
            "% of the table": st.column_config.NumberColumn(format="%.3f", width="small"),
        },
    )
    if REJECTS in record.faults:
        states.notice(f"{record.faults[REJECTS]}.")
        return
    choices = reject_choices(record)
    key, keep = choice(f"data_{name.replace('-', '_')}", list(choices))
    chosen = st.selectbox(
        "The rows themselves",
        list(choices),
        key=key,
        on_change=keep,
        index=None,
        placeholder="All rejected rows",
        format_func=lambda name: _choice_words(*choices[name]),
        width=520,
    )
    of, reason, n = choices[chosen] if chosen else (None, None, record.rejected)
    with states.calm():
        _reject_rows(record, version, of, reason, n, name)


def _choice_words(name: str, reason: str | None, n: int) -> str:
    return f"{name} · {one_line(reason, 80) if reason is not None else 'any reason'} ({count(n)})"


def _reject_rows(record: DataRecord, version: str, of: str | None, reason: str | None, n: int, name: str) -> None:
    rows = _first_rejects(version, of, reason, record)
    st.dataframe(
        shown(rows[_SHOWN]),
        hide_index=True,
        placeholder="–",
        alt="Rejected rows, each with its line, its reason and what it held",
        column_config={
            "table": "Table",
            "line": st.column_config.NumberColumn("Line", format="%d"),
            "reason": "Reason",
            "content": st.column_config.TextColumn("What it held", width="large"),
            "file": "File",
        },
    )
    zipped = n > MOST_PLAIN_ROWS
    with st.container(horizontal=True, vertical_alignment="center", key=f"below-{name}"):
        st.caption(
            f"The first {count(len(rows))} of {count(n)}." if n > len(rows) else "",
            width="stretch",
        )
        st.download_button(
            f"Download {'all ' if n > 1 else ''}{count(n)} as CSV{' (zipped)' if zipped else ''}",
            data=lambda: to_long_csv(record.reject_batches(of, reason), _EXPORTED, zipped),
            file_name=f"lhydra-rejects.csv{'.gz' if zipped else ''}",
            mime="application/gzip" if zipped else "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
        )


@st.cache_data(max_entries=50, show_spinner="Reading rejected rows …")
def _first_rejects(version: str, name: str | None, reason: str | None, _record: DataRecord) -> pd.DataFrame:
    return _record.first_rejects(name, reason, MOST_PREVIEWED)


def _repairs(record: DataRecord) -> None:
    repairs = pd.DataFrame(
        [(t.name, one_line(what), n) for t in record.tables for what, n in t.repaired.items()],
        columns=["Table", "What", "Values"],
    )
    if repairs.empty:
        st.markdown("No value had to be repaired.")
        return
    table(
        repairs.sort_values("Values", ascending=False, kind="stable"),
        "repairs",
        "Which values were repaired, with counts",
        caption="Their rows are kept; only these values were put right or made unknown.",
    )


def _same_songs(record: DataRecord) -> None:
    if SAME_SONGS in record.faults:
        states.notice(f"{record.faults[SAME_SONGS]}.")
        return
    if record.same_songs.empty:
        st.markdown("No two songs look the same.")
        return
    st.markdown("These look like one song under two ids. They are reported, never merged: both can be recommended.")
    table(
        record.same_songs,
        "same-songs",
        "Songs that look the same under two ids",
        columns={"song_id": "Song id", "same_as": "Looks the same as", "title": "Title", "artist": "Artist"},
    )


def _about_users(record: DataRecord) -> list[str]:
    only_played = record.quality.get("users_named_only_in_plays") or 0
    if not any(t.name == "users" for t in record.tables):
        return [f"No table of users was given: the users are the {count(only_played)} that plays name."]
    if only_played:
        return [f"{count(only_played)} more users are named only in plays, so nothing else is known of them."]
    return []


def _notes(record: DataRecord) -> None:
    notes = [str(note) for note in record.quality.get("notes", ())]
    notes += [
        f"Columns of {t.name} that were not read: {', '.join(t.unknown_columns)}."
        for t in record.tables
        if t.unknown_columns
    ]
    if notes:
        st.header("Also noted", anchor=False)
        st.markdown("\n".join(f"- {plain(note, 400)}" for note in notes))
