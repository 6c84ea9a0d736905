"""Tables to a prepared folder: cleaned, indexed, split, with features fitted on the train plays.

Plays are never in memory as a whole. Each step is written whole to a working folder beside the result, so that a run
that was killed goes on where it was, and ends with the same bytes as one that was not.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.config import Settings
from engine.data import features as feature_module
from engine.data import prepared as names
from engine.data.clean import clean_songs, clean_users, nameless_users
from engine.data.clean_plays import PlayCleaner
from engine.data.distributions import PlayCounts, coverage, distributions
from engine.data.folds import LEAST, user_folds, window_ranks, windows
from engine.data.frames import write_frame
from engine.data.listening import Listening, Span
from engine.data.prepared import FORMAT, INFO, is_prepared
from engine.data.quality import REJECTS_SCHEMA, TableRecord
from engine.data.raw import RawTables
from engine.data.same_songs import same_songs
from engine.data.shards import Shard, gather_plays, read_shards, shards_of, split_shard
from engine.data.sources import is_simulated, read_source
from engine.data.split import SHARE_WITH_TIMES, TEST, TRAIN, Split
from engine.data.sql import connect
from engine.data.timeline import TimeLine
from engine.data.whole import (
    check_replaceable,
    clear_work,
    read_json,
    whole_file,
    whole_folder,
    working_folder,
    write_json,
)
from engine.errors import DataError, EngineError, SettingsError, WriteError

Progress = Callable[[str, float | None], None]

MOST_CHUNK_ROWS = 2_000_000
BYTES_A_ROW = 2_000  # of the budget for each row of a chunk: its cells and all that is made of them
FEW_USERS = 50  # with fewer to judge, the figures of a split say little
REQUEST = "request.json"


def prepare(
    source: str,
    data: Path,
    out: Path,
    settings: Settings,
    on_progress: Progress = lambda text, fraction: None,
    memory: int | None = None,
) -> dict[str, Any]:
    """Prepare the tables of `source` at `data` into the folder `out`; returns the quality record.

    Killed, it goes on where it was when called again with the same arguments.

    Parameters
    ----------
    on_progress
        Called with what is being done, and how far it is (0–1) where that is known.
    memory
        Bytes to use, about; None for half of the machine's.

    Raises
    ------
    DataError
        The tables can't be used, or `out` holds something else.
    """
    raw = read_source(source, data)
    about = {"source": source, "simulated": is_simulated(source, data)}
    return prepare_tables(raw, out, settings, about, _request(source, data, out, settings), on_progress, memory)


def is_prepared_from(out: Path, source: str, data: Path, settings: Settings) -> bool:
    """Tell whether `out` holds what `prepare` would write."""
    return is_prepared(out) and bool(read_json(out / REQUEST) == _request(source, data, out, settings))


def prepare_tables(
    raw: RawTables,
    out: Path,
    settings: Settings,
    about: dict[str, Any],
    request: dict[str, Any],
    on_progress: Progress = lambda text, fraction: None,
    memory: int | None = None,
) -> dict[str, Any]:
    """Prepare raw tables as `prepare` does.

    Parameters
    ----------
    about
        What to say of them in `prepared.json`: `source`, `simulated`.
    request
        What the result depends on; a killed run is gone on with only if it is the same.
    """
    if 0 < settings.split.folds < LEAST:
        raise SettingsError(f"split.folds must be {LEAST} or more, or 0 for none, not {settings.split.folds}")
    budget = memory or _half_of_memory()
    check_replaceable(Path(out), is_prepared)
    with working_folder(Path(out), "prepare") as work:
        try:
            plan = _plan(work, request, budget)
            spill = work / "spill"
            with connect(budget // 2, spill=spill) as con:
                run = _Run(raw, settings, about, work, plan, budget, con, spill, on_progress)
                return run.write(out)
        except WriteError:
            raise  # with room or rights the next run goes on from here
        except EngineError:
            shutil.rmtree(work, ignore_errors=True)  # nothing to go on with: the tables have to change first
            raise


@dataclass
class _Run:
    """One preparation; its methods in the order in which they run."""

    raw: RawTables
    settings: Settings
    about: dict[str, Any]
    work: Path
    plan: dict[str, Any]
    budget: int
    con: duckdb.DuckDBPyConnection
    spill: Path
    on_progress: Progress

    def write(self, out: Path) -> dict[str, Any]:
        """Do it all, and put the result at `out` in one step; returns the quality record."""
        songs, users = self.tables()
        latest = datetime.fromisoformat(self.plan["latest"])
        gathered = gather_plays(
            self.raw.plays,
            PlayCleaner(self.con, users["user_id"], songs["song_id"], latest),
            self.work / "chunks",
            self.plan["chunk_rows"],
            self.stage(0.1, 0.5),
        )
        if not gathered.record.kept:
            raise DataError(f"{self.raw.plays.file}: no usable play is left{gathered.record.why()}")
        named = gathered.named
        if named:
            users = pd.concat([users, nameless_users(pd.Series(named))], ignore_index=True)
        timeline = TimeLine.of(self.con, gathered.chunks)
        split = self.split(timeline)
        files = self.shards(gathered.chunks, split, timeline.plays)
        fitted = self.fit(files, users, songs)
        features = feature_module.fit(users, songs, fitted.train)
        alike = same_songs(songs)

        records = {**self.records(), "plays": gathered.record}
        quality: dict[str, Any] = {name: record.summary() for name, record in records.items() if record.files != [""]}
        quality["plays"]["summed"] = gathered.record.kept - fitted.rows
        quality |= {
            "users_named_only_in_plays": len(named),
            "same_songs": {"groups": int(alike["same_as"].nunique()), "songs": len(alike)},
            "features_off": features.off,
            "notes": self.notes(split, fitted),
        }
        info = {
            "format": FORMAT,
            **self.about,
            "data_sha256": fitted.digest,
            "split": split.kind,
            "seed": self.settings.seed,
            "users": len(users),
            "songs": len(songs),
            "plays": fitted.rows,
            "held_out": self.settings.split.model_dump(),
            "folds": self.folds(timeline, split),
        }
        self.on_progress("writing", 0.97)
        with whole_folder(out, is_prepared) as folder:
            write_frame(folder / names.USERS, users)
            write_frame(folder / names.SONGS, songs)
            write_frame(folder / names.SONG_STATS, fitted.train.song_frame())
            write_frame(folder / names.USER_STATS, fitted.train.user_frame(users["signed_up_at"]))
            write_frame(folder / names.SAME_SONGS, alike)
            write_frame(folder / names.DISTRIBUTIONS, distributions(users, songs, fitted.counts))
            dated = timeline.dated / max(timeline.plays, 1)
            write_frame(
                folder / names.COVERAGE, coverage(users, songs, features, fitted.train, dated, split.kind == "temporal")
            )
            if self.settings.split.folds:
                fold = user_folds(len(users), self.settings.split.folds, self.settings.seed)
                write_frame(folder / names.FOLDS, pd.DataFrame({"fold": fold}))
            _join(folder / names.REJECTS, [*self.table_rejects(), *gathered.rejects])
            (folder / names.PLAYS).mkdir()
            for file in files:
                os.link(file, folder / names.PLAYS / file.name)
            features.save(folder / names.FEATURES)
            write_json(folder / names.QUALITY, quality)
            write_json(folder / REQUEST, self.plan["request"])
            write_json(folder / INFO, info)
        return quality

    def stage(self, low: float, high: float) -> Progress:
        """Give a callback for a stage that takes the whole from `low` to `high`."""
        return lambda text, part: self.on_progress(text, None if part is None else low + (high - low) * part)

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Clean songs and users, or read what an earlier run has cleaned."""
        done = self.work / "tables.json"
        if not done.exists():
            self.on_progress("cleaning songs and users", 0.0)
            songs, users = clean_songs(self.raw.songs, self.con), clean_users(self.raw.users, self.con)
            for name, cleaned in (("songs", songs), ("users", users)):
                write_frame(self.work / f"{name}.parquet", cleaned.frame)
                with whole_file(self.work / f"{name}.rejects.parquet") as temporary:
                    pq.write_table(cleaned.rejects, temporary, compression="zstd")
            write_json(done, {"users": users.record.to_json(), "songs": songs.record.to_json()})
        return pd.read_parquet(self.work / "songs.parquet"), pd.read_parquet(self.work / "users.parquet")

    def records(self) -> dict[str, TableRecord]:
        """Give what was recorded of users and songs."""
        return {name: TableRecord.from_json(values) for name, values in read_json(self.work / "tables.json").items()}

    def table_rejects(self) -> list[Path]:
        """Give the files of rejected users and songs."""
        return [self.work / f"{name}.rejects.parquet" for name in ("users", "songs")]

    def split(self, timeline: TimeLine) -> Split:
        """Choose how to hold plays out, and where in time."""
        settings = self.settings.split
        kind = settings.kind
        if kind == "auto":
            mostly_dated = timeline.dated >= SHARE_WITH_TIMES * timeline.plays
            kind = "temporal" if mostly_dated and timeline.varies else "random"
        if kind == "random":
            return Split("random", settings, self.settings.seed)
        if not timeline.dated:
            raise DataError(f"{self.raw.plays.file}: a temporal split needs played_at; none can be read")
        shares = (1 - settings.valid_share - settings.test_share, 1 - settings.test_share)
        valid_after, test_after = timeline.moments([max(round(timeline.dated * s) - 1, 0) for s in shares])
        return Split("temporal", settings, self.settings.seed, valid_after, test_after)

    def shards(self, chunk_files: list[Path], split: Split, plays: int) -> list[Path]:
        """Write the shards, several at a time; those an earlier run has written are kept."""
        folder = self.work / "plays"
        folder.mkdir(exist_ok=True)
        workers = os.cpu_count() or 1
        done = 0
        report = self.stage(0.5, 0.85)

        def make(shard: Shard) -> Path:
            nonlocal done
            path = folder / f"part-{shard.number:05d}.parquet"
            if not path.exists():
                table = split_shard(chunk_files, shard, split, self.budget // 2 // workers, self.spill)
                with whole_file(path) as temporary:
                    pq.write_table(table, temporary, compression="zstd")
            done += 1
            report(f"splitting plays · shard {done} of {len(shards)}", done / len(shards))
            return path

        shards = shards_of(plays)
        if len(shards) == 1:
            return [make(shards[0])]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(make, shards))

    def fit(self, files: list[Path], users: pd.DataFrame, songs: pd.DataFrame) -> "_Fitted":
        """Count what the train plays say, and what all plays look like."""
        report = self.stage(0.85, 0.97)
        span = Span()
        for plays in read_shards(files, ["played_at", "part"]):
            span |= Span.of(plays[plays["part"] == TRAIN])
        train = Listening.empty(len(users), len(songs), span)
        fitted = _Fitted(train, PlayCounts(len(users), len(songs)), _digest(users, songs))
        years = songs["release_year"].to_numpy()
        for number, plays in enumerate(read_shards(files), start=1):
            part = plays["part"].to_numpy()
            train.add(plays[part == TRAIN], years)
            fitted.add(plays)
            report(f"fitting features · shard {number} of {len(files)}", number / len(files))
        return fitted

    def folds(self, timeline: TimeLine, split: Split) -> dict[str, Any] | None:
        """Say which folds there are: of users, and windows of time where plays have times."""
        count = self.settings.split.folds
        if not count:
            return None
        if split.kind != "temporal":
            return {"count": count, "windows": []}
        ends = [str(moment) for moment in timeline.moments(window_ranks(timeline.dated, count))]
        return {"count": count, "windows": windows(ends, count)}

    def notes(self, split: Split, fitted: "_Fitted") -> list[str]:
        """Say in sentences what someone should know before trusting the figures."""
        notes = []
        if fitted.judged < FEW_USERS:
            how = "by time" if split.kind == "temporal" else "at random"
            hint = "; --set split.kind=random splits otherwise" if split.kind == "temporal" else ""
            notes.append(
                f"The split {how} leaves only {fitted.judged:,} users with both train and test plays, "
                f"so figures will be uncertain{hint}."
            )
        return notes


@dataclass
class _Fitted:
    """What one pass over the shards counts."""

    train: Listening
    counts: PlayCounts
    sha256: Any
    rows: int = 0
    judged: int = 0

    def add(self, plays: pd.DataFrame) -> None:
        """Count a shard of plays."""
        self.counts.add(plays)
        self.rows += len(plays)
        part, user = plays["part"].to_numpy(), plays["user_index"].to_numpy()
        self.judged += len(np.intersect1d(user[part == TRAIN], user[part == TEST]))
        for column in ("user_index", "song_index", "play_count", "played_at"):
            self.sha256.update(np.ascontiguousarray(plays[column].to_numpy()).view(np.uint8))

    @property
    def digest(self) -> str:
        """Hash of what was kept: the same data in another file format are the same data."""
        return str(self.sha256.hexdigest())


def _plan(work: Path, request: dict[str, Any], budget: int) -> dict[str, Any]:
    """Read what an earlier run set out to do, if it was the same; else clear its work and set out anew."""
    plan = read_json(work / "plan.json")
    if plan is not None and plan["request"] == request:
        return dict(plan)
    clear_work(work)
    plan = {
        "request": request,
        "latest": (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat(timespec="seconds"),
        "chunk_rows": int(np.clip(budget // BYTES_A_ROW, 10_000, MOST_CHUNK_ROWS)),
    }
    write_json(work / "plan.json", plan)
    return plan


def _request(source: str, data: Path, out: Path, settings: Settings) -> dict[str, Any]:
    """Say what the result depends on: files by name, size and time, and the settings that matter.

    What is written beside the data doesn't count, or no run with its output there would ever be gone on with: hidden
    files and folders, and `out` itself.
    """
    files = [data] if data.is_file() else sorted(p for p in data.rglob("*") if p.is_file())
    own = out.resolve()
    hidden = {p for p in files if any(part.startswith(".") for part in p.relative_to(data).parts)}
    files = [p for p in files if p not in hidden and own not in p.resolve().parents]
    stats = [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in files]
    digest = hashlib.sha256(json.dumps([str(data.resolve()), stats]).encode()).hexdigest()
    split = settings.split.model_dump()
    return {"format": FORMAT, "source": source, "files": digest, "seed": settings.seed, "split": split}


def _digest(*frames: pd.DataFrame) -> Any:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest


def _join(path: Path, files: Sequence[Path]) -> None:
    """Put Parquet files of rejects one after another, never whole in memory."""
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, REJECTS_SCHEMA, compression="zstd") as writer:
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches():
                writer.write_table(pa.Table.from_batches([batch], schema=REJECTS_SCHEMA))


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
