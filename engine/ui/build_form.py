"""Bring your own data: say what it is, upload it or name its folder, and see it before anything is trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from engine.data.schema import TABLES
from engine.errors import DataError
from engine.ui import access, builds, states, uploads
from engine.ui.address import choice
from engine.ui.builds import Order
from engine.ui.files import static_text
from engine.ui.segments import one_of
from engine.ui.text import plain

FROM = {"files": "Upload files", "folder": "Name a folder of this machine"}
_OWN = "tables"
_TURN = "_form_turn"
_dropzones = st.components.v2.component("lhydra_dropzones", html="<span hidden></span>", js=static_text("dropzones.js"))
_COLUMNS = {
    "songs": "**song_id**, **title**, **artist**; genres, release_year, duration_ms and sound where known",
    "plays": "**user_id**, **song_id**; play_count and played_at where known",
    "users": "**user_id**; age, gender, country and signed_up_at where known",
}


def sources() -> dict[str, Any]:
    """Give the sources to choose from; a simulated world is read as tables."""
    from engine.data.sources import SOURCES  # brings DuckDB, which nobody needs who only looks

    return {name: source for name, source in SOURCES.items() if name != "simulated"}


def checks() -> dict[str, Callable[[str], bool]]:
    """How what this part keeps in the address is checked."""
    return {"b_source": sources().__contains__, "b_from": FROM.__contains__}


def form(artifacts: Path) -> None:
    """Draw what there is to say of new data, and the button that has it looked at."""
    if not access.may_build():
        st.markdown(access.WHO_BUILDS)
        return
    found = sources()
    key, keep = choice("b_source", list(found), _OWN)
    source = str(
        st.selectbox(
            "What it is",
            list(found),
            key=key,
            on_change=keep,
            format_func=lambda name: "Three tables: songs, plays, users" if name == _OWN else name,
            width=420,
        )
    )
    if source != _OWN:
        st.caption(plain(f"{found[source].about}. Terms: {found[source].terms}.", 400))
    how = one_of("Where it is", "b_from", FROM) if access.may_name_folders() else "files"
    given = _folder() if how == "folder" else _files(source)
    name = st.text_input("What to call it", key=_key("b_name"), max_chars=40, placeholder="my-music", width=420)
    busy = builds.running(artifacts)
    if st.button("Look at the data", key="check", disabled=busy is not None):
        with states.calm():
            _check(artifacts, source, given, (name or "").strip().lower())
            st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
            st.rerun()
    st.caption(
        f"{plain(busy)} is being built; one is built at a time."
        if busy
        else "Rows are read, cleaned and counted. You see what became of them before anything is trained."
    )


def _key(name: str) -> str:
    """Key of a field that is empty again once its order has been taken down."""
    return f"{name}-{st.session_state.get(_TURN, 0)}"


def _folder() -> str:
    inside = access.bundles.folders()
    return st.text_input(
        "Folder or file",
        key=_key("b_folder"),
        max_chars=1_000,
        placeholder="/home/you/music" if inside is None else "a folder that was set apart for this",
        width=620,
    )


def _files(source: str) -> Any:
    _dropzones(key="b_dropzones", height="content")
    if source == _OWN:
        found = {}
        for column, table in zip(st.columns(3, gap="medium"), ("songs", "plays", "users"), strict=True):
            with column:
                found[table] = st.file_uploader(
                    table.capitalize() + (", if known" if table == "users" else ""),
                    type=["csv", "gz", "parquet"],
                    key=_key(f"b_file_{table}"),
                    max_upload_size=uploads.MOST_MEGABYTES,
                )
                st.caption(_COLUMNS[table])
        return found
    return st.file_uploader(
        "Its files",
        type=[suffix.removeprefix(".") for suffix in uploads.PUBLISHED],
        accept_multiple_files=True,
        key=_key("b_file_published"),
        max_upload_size=uploads.MOST_MEGABYTES,
    )


def _check(artifacts: Path, source: str, given: Any, name: str) -> None:
    """Take the order down and have its data looked at."""
    fault = builds.fault_of_name(artifacts, name)
    if fault:
        raise DataError(fault)
    if isinstance(given, str):
        path = access.folder_named(given)
        if path is None:
            raise DataError("there is nothing at this path that may be read; name a folder that is there")
        order = Order(name, source, str(path))
    else:
        folder = builds.place(artifacts, name) / "upload"
        try:
            path = _upload(source, given, folder)
        except DataError:
            builds.throw_away(artifacts, name)
            raise
        order = Order(name, source, str(path.resolve()), uploaded=True)
    builds.write_order(artifacts, order)
    if not builds.start(artifacts, name, "check"):
        raise DataError("another build has just begun; one is built at a time")


def _upload(source: str, given: Any, folder: Path) -> Path:
    if source == _OWN:
        there = {table: file for table, file in given.items() if file is not None}
        for table in TABLES:
            if table not in there and table != "users":
                raise DataError(f"the {table} are missing; choose a file for them")
        uploads.write_tables(there, folder)
        return folder
    if not given:
        raise DataError("no file was chosen; choose those of the data set")
    return uploads.write_published(given, folder)
