"""Turn raw tables into typed ones; every rejected row is kept with its reason.

A row is *rejected* when it can't be used (no id, an unknown song, a play count that is no count). A value is
*repaired*, that is made unknown, when only that value is wrong (an age of 300, a tempo of "fast").
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from engine.data.schema import PLAYS, SONGS, TABLES, USERS
from engine.errors import DataError

MOST_PLAYS = 1e9  # a larger play_count is a mistake: a play a second for thirty years
FIRST_TIME = pd.Timestamp("1970-01-01", tz="UTC")


@dataclass
class RawTable:
    """A table as read: cells of any type, indexed by line, with the rows that were malformed."""

    frame: pd.DataFrame
    file: str
    malformed: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass
class RawTables:
    """What a source yields. `users` may be missing: then the users are those that plays name."""

    songs: RawTable
    plays: RawTable
    users: RawTable | None = None


@dataclass
class Tables:
    """Typed tables. `plays.user_id` and `plays.song_id` are all in `users` and `songs`."""

    users: pd.DataFrame
    songs: pd.DataFrame
    plays: pd.DataFrame
    rejects: pd.DataFrame
    quality: dict[str, Any]


class _Record:
    """Collects rejected rows and counts repairs for one table."""

    def __init__(self, table: str, raw: RawTable) -> None:
        self.table, self.raw = table, raw
        self.repaired: Counter[str] = Counter()
        self.rejects: list[pd.DataFrame] = []
        if raw.malformed:
            lines, reasons, texts = zip(*raw.malformed, strict=True)
            self.rejects.append(self._rows(list(lines), list(reasons), list(texts)))

    def reject(self, bad: pd.Series, reason: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Set the rows of `frame` where `bad` aside and return the others."""
        if not bad.any():
            return frame
        lines = frame.index[bad.to_numpy()]
        rows = self.raw.frame.loc[lines].astype(object).to_dict("records")
        content = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
        self.rejects.append(self._rows(list(lines), [reason] * len(lines), content))
        return frame[~bad.to_numpy()]

    def _rows(self, lines: list[int], reasons: list[str], content: list[str]) -> pd.DataFrame:
        columns = {"line": lines, "reason": reasons, "content": content}
        return pd.DataFrame({"table": self.table, "file": self.raw.file, **columns})

    def quality(self, kept: pd.DataFrame) -> dict[str, Any]:
        rejected: Counter[str] = Counter()
        for rows in self.rejects:
            rejected.update(rows["reason"].tolist())
        return {
            "file": self.raw.file,
            "rows_in": len(self.raw.frame) + len(self.raw.malformed),
            "kept": len(kept),
            "rejected": sum(rejected.values()),
            "rejected_by_reason": dict(rejected.most_common(50)),
            "repaired": dict(self.repaired),
            "unknown_columns": [c for c in self.raw.frame.columns if c not in TABLES[self.table].names],
            "missing_share": {c: round(float(kept[c].isna().mean()), 4) if len(kept) else 0.0 for c in kept.columns},
        }


def clean(raw: RawTables) -> Tables:
    """Type, check and join the tables of a source.

    Raises
    ------
    DataError
        A required column is missing, or nothing usable is left.
    """
    users_record = _Record("users", raw.users) if raw.users is not None else None
    songs_record, plays_record = _Record("songs", raw.songs), _Record("plays", raw.plays)

    songs = _typed("songs", raw.songs, songs_record)
    songs = songs_record.reject(songs["song_id"].duplicated(), "song_id was there before", songs)
    songs["title"] = songs["title"].fillna("")
    songs["artist"] = songs["artist"].fillna("")

    if raw.users is not None and users_record is not None:
        users = _typed("users", raw.users, users_record)
        users = users_record.reject(users["user_id"].duplicated(), "user_id was there before", users)
    else:
        users = pd.DataFrame({c.name: pd.Series(dtype="str") for c in USERS.columns})

    plays = _typed("plays", raw.plays, plays_record)
    named = pd.Index(plays["user_id"].unique())
    plays = _clean_plays(plays, songs, plays_record)

    # A user whom only plays name is a user like any other, without demographics, even if no play of theirs is usable.
    only_played = named[~named.isin(users["user_id"])]
    if len(only_played):
        users = pd.concat([users, pd.DataFrame({"user_id": only_played}).astype("str")], ignore_index=True)
        users = _with_types("users", users)
    if songs.empty:
        raise DataError(f"{raw.songs.file}: no usable song is left{_why(songs_record)}")
    if plays.empty:
        raise DataError(f"{raw.plays.file}: no usable play is left{_why(plays_record)}")

    records = [r for r in (users_record, songs_record, plays_record) if r is not None]
    rejects = [rows for record in records for rows in record.rejects]
    empty = pd.DataFrame({"table": [], "file": [], "line": [], "reason": [], "content": []})
    quality: dict[str, Any] = {"songs": songs_record.quality(songs), "plays": plays_record.quality(plays)}
    if users_record is not None:
        quality = {"users": users_record.quality(users[~users["user_id"].isin(only_played)]), **quality}
    quality["users_named_only_in_plays"] = len(only_played)
    return Tables(
        users=users.reset_index(drop=True),
        songs=songs.reset_index(drop=True),
        plays=plays.reset_index(drop=True),
        rejects=pd.concat(rejects, ignore_index=True) if rejects else empty,
        quality=quality,
    )


def _why(record: _Record) -> str:
    reasons: Counter[str] = Counter()
    for rows in record.rejects:
        reasons.update(rows["reason"].tolist())
    if not reasons:
        return "; the file has a header and no rows"
    (reason, n), *_ = reasons.most_common(1)
    return f"; {n:,} row{'s were' if n > 1 else ' was'} rejected because: {reason}"


def _clean_plays(plays: pd.DataFrame, songs: pd.DataFrame, record: _Record) -> pd.DataFrame:
    plays = record.reject(~plays["song_id"].isin(songs["song_id"]), "song_id is not in songs", plays)
    plays = record.reject(plays["play_count"].isna(), "play_count is not a number", plays)
    plays = record.reject(plays["play_count"] <= 0, "play_count is not positive", plays)
    plays = record.reject(plays["play_count"] > MOST_PLAYS, "play_count is impossibly large", plays)
    plays = record.reject(plays.pop("played_at_unread"), "played_at is no time", plays)
    tomorrow = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    plays = record.reject(plays["played_at"] > tomorrow, "played_at is in the future", plays)
    return record.reject(plays["played_at"] < FIRST_TIME, "played_at is before 1970", plays)


def _typed(name: str, raw: RawTable, record: _Record) -> pd.DataFrame:
    """Type every known column; rows without an id are rejected."""
    table, frame = TABLES[name], raw.frame
    for required in table.required:
        if required not in frame.columns:
            found = ", ".join(map(str, frame.columns[:12]))
            raise DataError(f"{raw.file}: required column {required!r} is missing; found {found[:200]}")
    out: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name not in frame.columns:
            out[column.name] = _absent(column.name, column.kind, frame.index)
            continue
        cells = frame[column.name]
        if column.kind in ("id", "text"):
            out[column.name] = _text(cells)
        elif column.kind == "number":
            given = _given(cells)
            numbers = _number(cells)
            if name == PLAYS.name:  # a wrong play_count rejects its row, so the distinction is kept for later
                out[column.name] = numbers.where(given, 1.0)
            else:
                sensible = numbers.between(column.low, column.high)
                record.repaired[f"{column.name} unreadable or outside {column.low:g}–{column.high:g}"] += int(
                    (given & ~sensible).sum()
                )
                out[column.name] = numbers.where(sensible)
        else:
            out[column.name] = _time(cells)
            unread = _given(cells) & out[column.name].isna()
            if name == PLAYS.name:
                out["played_at_unread"] = unread
            else:
                record.repaired[f"{column.name} unreadable"] += int(unread.sum())
    if name == PLAYS.name and "played_at_unread" not in out:
        out["played_at_unread"] = pd.Series(False, index=frame.index)
    record.repaired = +record.repaired  # drop zeros
    typed = pd.DataFrame(out, index=frame.index)
    for spec in table.columns:
        if spec.kind == "id":
            typed = record.reject(typed[spec.name].isna(), f"{spec.name} is empty", typed)
    return typed


def _absent(name: str, kind: str, index: pd.Index) -> pd.Series:
    if name == "play_count":
        return pd.Series(1.0, index=index)
    dtype = {"number": "float64", "time": "datetime64[us, UTC]"}.get(kind, "str")
    return pd.Series(np.nan if dtype != "datetime64[us, UTC]" else pd.NaT, index=index, dtype=dtype)


def _with_types(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    for column in TABLES[name].columns:
        if column.kind == "number":
            frame[column.name] = pd.to_numeric(frame[column.name]).astype("float64")
        elif column.kind == "time":
            frame[column.name] = pd.to_datetime(frame[column.name], utc=True).astype("datetime64[us, UTC]")
        else:
            frame[column.name] = frame[column.name].astype("str")
    return frame


def _given(cells: pd.Series) -> pd.Series:
    """Tell the cells that hold anything, readable or not."""
    given = cells.notna()
    if not pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_datetime64_any_dtype(cells):
        given &= cells.astype("str").str.strip() != ""
    return given


def _text(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(cells) and (cells.dropna() % 1 == 0).all():
        cells = cells.astype("Int64")  # an integer id column with a gap arrives as floats
    text = cells.astype("str").str.strip()
    return text.mask(text.eq("") | cells.isna())


def _number(cells: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(cells.astype("str").str.strip() if cells.dtype == object else cells, errors="coerce")
    return numbers.astype("float64").where(np.isfinite(numbers.astype("float64")))


def _time(cells: pd.Series) -> pd.Series:
    """Read ISO 8601 text, Unix seconds or timestamps; what can't be read is missing."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True).astype("datetime64[us, UTC]")
    seconds = pd.to_numeric(cells, errors="coerce")
    # A year alone ("2019") is ISO 8601 too; no play was heard in the first hours of 1970.
    seconds = seconds.where((seconds.abs() > 9999) & (seconds.abs() < 1e11))
    times = pd.to_datetime(seconds, unit="s", utc=True, errors="coerce").astype("datetime64[us, UTC]")
    if times.isna().any() and not pd.api.types.is_numeric_dtype(cells):
        text = cells.astype("str").where(seconds.isna())
        read = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
        times = times.fillna(read.astype("datetime64[us, UTC]"))
    return times


__all__ = ["PLAYS", "SONGS", "USERS", "RawTable", "RawTables", "Tables", "clean"]
