"""The files of a bundle that the Data page draws, small and plausible for tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.data.features import genre_list
from engine.data.schema import AUDIO_COLUMNS
from engine.serving.bundle import COVERAGE, DISTRIBUTIONS, MANIFEST, QUALITY, REJECTS, SAME_SONGS, hash_files

REASONS = {"song_id is not in songs": 230, "played_at is in the future": 20}


def rehash(bundle: Path) -> None:
    """Bring the manifest of a bundle whose files were changed up to date."""
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(bundle)}))


def write_quality(bundle: Path, **changes: Any) -> None:
    """Write a quality record with some of everything; `changes` replace its parts."""
    songs, users = pd.read_parquet(bundle / "songs.parquet"), pd.read_parquet(bundle / "users.parquet")
    plays = pd.read_parquet(bundle / "history.parquet")
    nothing: dict[str, Any] = {"rejected_by_reason": {}, "repaired": {}, "unknown_columns": [], "missing_share": {}}
    record: dict[str, Any] = {
        "users": {
            "files": ["users.csv"],
            "rows_in": len(users),
            "kept": len(users),
            "rejected": 0,
            **nothing,
            "repaired": {"age outside 10–100, made unknown": 12},
        },
        "songs": {
            "files": ["songs.csv"],
            "rows_in": len(songs) + 1,
            "kept": len(songs),
            "rejected": 1,
            **nothing,
            "rejected_by_reason": {"song_id was there before": 1},
            "repaired": {"title mojibake repaired": 3},
            "unknown_columns": ["mood"],
        },
        "plays": {
            "files": ["plays-1.csv.gz", "plays-2.csv.gz"],
            "rows_in": len(plays) + 250,
            "kept": len(plays),
            "rejected": 250,
            **nothing,
            "rejected_by_reason": REASONS,
            "summed": 41,
        },
        "users_named_only_in_plays": 7,
        "same_songs": {"groups": 1, "songs": 2},
        "features_off": ["country"],
        "notes": ["plays-2.csv.gz ended in the middle of a row."],
        **changes,
    }
    record = {name: value for name, value in record.items() if value is not None}
    (bundle / QUALITY).write_text(json.dumps(record, ensure_ascii=False))
    rehash(bundle)


def write_rejects(bundle: Path, rows: list[tuple[str, str, int | None, str, str]]) -> None:
    """Write rejected rows: table, file, line, reason, content."""
    frame = pd.DataFrame(rows, columns=["table", "file", "line", "reason", "content"])
    frame.astype({"line": "Int64"}).to_parquet(bundle / REJECTS)
    rehash(bundle)


def some_rejects() -> list[tuple[str, str, int | None, str, str]]:
    """Rows that agree with `write_quality`."""
    plays = [
        ("plays", "plays-1.csv.gz", line, reason, json.dumps({"user_id": f"u{line}", "song_id": "s?"}))
        for reason, n in REASONS.items()
        for line in range(2, n + 2)
    ]
    return [("songs", "songs.csv", None, "song_id was there before", '{"song_id": "s1"}'), *plays]


def write_same_songs(bundle: Path, rows: list[tuple[str, str, str, str]]) -> None:
    """Write songs that look the same: song_id, same_as, title, artist."""
    pd.DataFrame(rows, columns=["song_id", "same_as", "title", "artist"], dtype="str").to_parquet(bundle / SAME_SONGS)
    rehash(bundle)


def write_coverage(bundle: Path) -> None:
    """Write the coverage of a bundle's own users and songs."""
    rows: list[tuple[str, str, float, float, bool]] = []
    for table, names in (("users", ["age", "gender", "country"]), ("songs", ["genres", *AUDIO_COLUMNS])):
        frame = pd.read_parquet(bundle / f"{table}.parquet")
        for name in names:
            known = 0.0 if name == "country" else float(frame[name].notna().mean())
            rows.append((table, name, known, known**0.5, name != "country"))
    rows.append(("plays", "played_at", 1.0, 1.0, True))
    pd.DataFrame(rows, columns=["table", "feature", "known", "known_plays", "used"]).to_parquet(bundle / COVERAGE)
    rehash(bundle)


def write_distributions(bundle: Path, extra: list[tuple[str, str, str, str, float, float, int]] | None = None) -> None:
    """Write distributions of a bundle's own users, songs and plays, and `extra` rows."""
    users, songs = pd.read_parquet(bundle / "users.parquet"), pd.read_parquet(bundle / "songs.parquet")
    plays = pd.read_parquet(bundle / "history.parquet")
    none = float("nan")
    rows: list[tuple[str, str, str, str, float, float, int]] = []
    counts: dict[str, tuple[str, pd.Series]] = {
        "gender": ("users", users["gender"].value_counts()),
        "country": ("users", users["country"].value_counts()),
        "genres": ("songs", songs["genres"].map(genre_list).explode().value_counts()),
    }
    rows += _bins("age", "users", users["age"], np.arange(10, 105, 5))
    for name, (table, values) in counts.items():
        rows += [(name, table, "category", str(label), none, none, int(n)) for label, n in values.head(30).items()]
        if len(values) > 30:
            rows.append((name, table, "category", "other", none, none, int(values.iloc[30:].sum())))
    rows += _bins("release_year", "songs", songs["release_year"], np.arange(1950, 2031, 2))
    for name in AUDIO_COLUMNS:
        known = songs[name].dropna()
        whole = name in ("key", "mode", "time_signature")
        edges = np.arange(known.min(), known.max() + 2) if whole else np.linspace(known.min(), known.max() + 1e-6, 31)
        rows += _bins(name, "songs", known, edges)
    for name, by in (("plays a user", "user_index"), ("plays a song", "song_index")):
        sums = plays.groupby(by)["play_count"].sum()
        rows += _bins(name, "plays", sums, np.round(np.geomspace(1, sums.max() + 1, 25), 6))
    times = plays["played_at"].dropna()
    months = times.dt.strftime("%Y-%m").value_counts().sort_index()
    rows += [("plays over time", "plays", "month", str(m), none, none, int(n)) for m, n in months.items()]
    hours = times.groupby([times.dt.day_of_week, times.dt.hour]).size()
    rows += [("listening hours", "plays", "week_hour", "", float(d), float(h), int(n)) for (d, h), n in hours.items()]
    columns = ["variable", "table", "kind", "label", "low", "high", "count"]
    frame = pd.DataFrame([*rows, *(extra or [])], columns=columns).astype({"count": "int64", "label": "str"})
    frame.to_parquet(bundle / DISTRIBUTIONS)
    rehash(bundle)


def write_all(bundle: Path) -> None:
    """Write every file that the Data page draws."""
    write_quality(bundle)
    write_rejects(bundle, some_rejects())
    first, second = pd.read_parquet(bundle / "songs.parquet").iloc[:2].to_dict("records")
    write_same_songs(bundle, [(second["song_id"], first["song_id"], first["title"], first["artist"])])
    write_coverage(bundle)
    write_distributions(bundle)


def _bins(
    name: str, table: str, values: pd.Series, edges: np.ndarray
) -> list[tuple[str, str, str, str, float, float, int]]:
    counts, _ = np.histogram(values.dropna(), edges)
    rows = zip(edges[:-1], edges[1:], counts, strict=True)
    return [(name, table, "number", "", float(low), float(high), int(n)) for low, high, n in rows]
