"""The prepared folder: what is in it, what never reaches it, and that a kill doesn't change it."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.config import load_settings
from engine.data import prepare as line
from engine.data import prepared as names
from engine.data import shards
from engine.data.clean import clean_songs
from engine.data.files import open_table
from engine.data.prepare import prepare
from engine.data.prepared import load_prepared, read_quality
from engine.data.split import TEST, TRAIN, VALID
from engine.data.sql import connect
from engine.errors import DataError, SettingsError

ROOT = Path(__file__).resolve().parents[2]
FITTED = (names.FEATURES, names.SONG_STATS, names.USER_STATS)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and shards so small that a test has many."""
    monkeypatch.setattr(shards, "SHARD_PLAYS", 2_000)
    monkeypatch.setattr(line, "MOST_CHUNK_ROWS", 3_000)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_demo_world_is_prepared_by_time_and_labelled_simulated(small_world: Path, tmp_path: Path) -> None:
    quality = prepare("tables", small_world, tmp_path / "p", load_settings())
    prepared = load_prepared(tmp_path / "p")
    assert prepared.info["split"] == "temporal"
    assert prepared.info["simulated"]  # whichever source reads it
    assert quality["plays"]["kept"] + quality["plays"]["rejected"] == quality["plays"]["rows_in"]
    assert quality == read_quality(tmp_path / "p")
    train, valid, test = (prepared.part(part)["played_at"] for part in (TRAIN, VALID, TEST))
    assert train.max() < valid.max() <= test.min()
    shares = prepared.plays["part"].value_counts(normalize=True)
    np.testing.assert_allclose([shares[TRAIN], shares[VALID], shares[TEST]], [0.8, 0.1, 0.1], atol=0.001)
    assert not prepared.plays.duplicated(["user_index", "song_index", "played_at"]).any()
    assert [p.name for p in tmp_path.iterdir()] == ["p"]


def test_chunks_and_shards_do_not_show_in_the_result(
    small_world: Path, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(None, ["split.folds=4"])
    prepare("simulated", small_world, tmp_path / "many", settings)
    assert len(list((tmp_path / "many" / "plays").iterdir())) == 16
    monkeypatch.undo()
    prepare("simulated", small_world, tmp_path / "one", settings)
    many, one = (load_prepared(tmp_path / name) for name in ("many", "one"))
    keys = ["user_index", "song_index", "played_at"]
    pd.testing.assert_frame_equal(
        many.plays.sort_values(keys, ignore_index=True), one.plays.sort_values(keys, ignore_index=True)
    )
    # Sums of fractions, such as ages in years, differ in the last digit with the order of the shards.
    assert many.features.activity == {name: pytest.approx(v) for name, v in one.features.activity.items()}
    assert replace(many.features, activity={}) == replace(one.features, activity={})
    for name in (*FITTED[1:], names.USERS, names.SONGS, names.COVERAGE, names.DISTRIBUTIONS, names.FOLDS):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name


def test_the_same_input_prepares_to_the_same_bytes(small_world: Path, tmp_path: Path, small_parts: None) -> None:
    for name in ("one", "two"):
        prepare("simulated", small_world, tmp_path / name, load_settings())
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


_SMALL = """
import sys
from pathlib import Path
from engine.config import load_settings
from engine.data import prepare, shards
shards.SHARD_PLAYS, prepare.MOST_CHUNK_ROWS = 500, 1_500
print("ready", flush=True)
prepare.prepare("simulated", Path(sys.argv[1]), Path(sys.argv[2]), load_settings(None, ["split.folds=3"]))
"""


def test_a_run_killed_at_any_moment_goes_on_and_ends_with_the_same_bytes(small_world: Path, tmp_path: Path) -> None:
    def start(out: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _SMALL, str(small_world), str(out)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    began = time.monotonic()
    assert start(tmp_path / "undisturbed").wait() == 0
    whole = time.monotonic() - began
    killed = 0
    chance = random.Random(4)
    for attempt in range(12):
        process = start(tmp_path / "killed")
        time.sleep(whole * chance.uniform(0.02, 0.5))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        if (tmp_path / "killed").exists():
            break
        assert attempt < 11 or start(tmp_path / "killed").wait() == 0
    assert killed > 0
    if (tmp_path / ".killed.prepare").exists():  # killed between its last two steps: the next run sweeps up
        assert start(tmp_path / "killed").wait() == 0
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "undisturbed")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["killed", "undisturbed"]


def cut_off_at_the_fourth_chunk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the fourth chunk end the run, once; gives the rows of each chunk that is cleaned from now on."""
    cleaned: list[int] = []
    clean = shards.PlayCleaner.clean

    def counting(self, chunk):
        cleaned.append(len(chunk.table))
        if len(cleaned) == 4:
            raise KeyboardInterrupt
        return clean(self, chunk)

    monkeypatch.setattr(shards.PlayCleaner, "clean", counting)
    return cleaned


def test_work_done_before_a_kill_is_not_done_again(
    small_world: Path, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned = cut_off_at_the_fourth_chunk(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        prepare("simulated", small_world, tmp_path / "p", load_settings())
    prepare("simulated", small_world, tmp_path / "p", load_settings())
    assert sum(cleaned) == 25_000 + cleaned[3]


def changed_after_the_cut(world: Path, out: Path, by_time: bool) -> None:
    """Copy a world, but with other held-out plays: other songs and counts at the same times."""
    prepared = load_prepared(out)
    held = prepared.plays[prepared.plays["part"] != TRAIN]
    copy = world.parent / f"{world.name}-changed-{by_time}"
    copy.mkdir(exist_ok=True)
    for name in ("users", "songs"):
        (copy / f"{name}.parquet").write_bytes((world / f"{name}.parquet").read_bytes())
    plays = pd.read_parquet(world / "plays.parquet")
    if by_time:
        cut = prepared.plays.loc[prepared.plays["part"] == TRAIN, "played_at"].max().tz_localize("UTC")
        late = plays["played_at"] > cut
        plays.loc[late, "song_id"] = prepared.songs["song_id"].iloc[-1]
        plays.loc[late, "play_count"] = 999
    else:
        pairs = pd.MultiIndex.from_arrays([held["user_index"], held["song_index"]])
        mine = pd.MultiIndex.from_arrays(
            [
                pd.Index(prepared.users["user_id"]).get_indexer(plays["user_id"]),
                pd.Index(prepared.songs["song_id"]).get_indexer(plays["song_id"]),
            ]
        )
        plays.loc[mine.isin(pairs), ["play_count", "played_at"]] = [999, pd.Timestamp("2001-01-01", tz="UTC")]
    plays.to_parquet(copy / "plays.parquet", index=False)


@pytest.mark.parametrize("kind", ["temporal", "random"])
def test_no_held_out_play_reaches_any_fitted_statistic(small_world: Path, tmp_path: Path, kind: str) -> None:
    settings = load_settings(None, [f"split.kind={kind}", "split.cold_users=0.05", "split.cold_songs=0.1"])
    world = tmp_path / "world"
    world.mkdir()
    for name in ("users", "songs", "plays"):
        (world / f"{name}.parquet").write_bytes((small_world / f"{name}.parquet").read_bytes())
    prepare("tables", world, tmp_path / "p", settings)
    changed_after_the_cut(world, tmp_path / "p", by_time=kind == "temporal")
    prepare("tables", tmp_path / f"world-changed-{kind == 'temporal'}", tmp_path / "q", settings)
    assert (tmp_path / "p" / names.DISTRIBUTIONS).read_bytes() != (tmp_path / "q" / names.DISTRIBUTIONS).read_bytes()
    for name in FITTED:
        assert (tmp_path / "p" / name).read_bytes() == (tmp_path / "q" / name).read_bytes(), name


def test_a_song_played_only_in_the_held_out_part_is_unknown_to_every_fitted_statistic(tmp_path: Path) -> None:
    songs = "song_id,title,artist,genres,tempo\n" + "".join(f"s{n},S{n},A{n % 5},rock,{100 + n}\n" for n in range(20))
    plays = "".join(f"u{u},s{(u + n) % 20},2024-01-{n + 1:02d}\n" for u in range(40) for n in range(8))
    late = "".join(f"u{u},new,2024-03-0{n + 1}\n" for u in range(39) for n in range(2))  # just under a fifth
    (tmp_path / "songs.csv").write_text(songs + "new,New,Newcomer,futurism,399\n")
    (tmp_path / "plays.csv").write_text("user_id,song_id,played_at\n" + plays + late + "newbie,new,2024-03-05\n")
    (tmp_path / "users.csv").write_text("user_id,gender,country\nnewbie,martian,Atlantis\n")
    prepare("tables", tmp_path, tmp_path / "p", load_settings())
    prepared = load_prepared(tmp_path / "p")
    text = (tmp_path / "p" / names.FEATURES).read_text()
    assert all(word not in text for word in ("newcomer", "futurism", "martian", "Atlantis"))
    assert prepared.features.sound_mean == [np.mean([100 + n for n in range(20)])]
    stats = pd.read_parquet(tmp_path / "p" / names.SONG_STATS)
    assert stats["plays"].iloc[-1] == 0
    assert stats["last_played_at"].max() <= pd.Timestamp("2024-01-08")


def test_a_fold_is_fitted_on_its_own_train_plays_alone(small_world: Path, tmp_path: Path) -> None:
    prepare("tables", small_world, tmp_path / "p", load_settings(None, ["split.folds=5"]))
    whole = load_prepared(tmp_path / "p")
    for by in ("users", "time"):
        fold = whole.fold(0, by)
        train = fold.plays[fold.plays["part"] == TRAIN]
        artists = set(whole.songs["artist"].iloc[train["song_index"].unique()].str.casefold())
        assert set(fold.features.artists) <= artists
        assert fold.features != whole.features
        assert (fold.plays.drop(columns="part") == whole.plays.drop(columns="part")).all(axis=None)
    with pytest.raises(SettingsError, match="no fold 5 by users, it has 5"):
        whole.fold(5)


def test_rejects_are_written_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("song_id,title,artist\na,A,X\nb,B,Y\n")
    (tmp_path / "plays.csv").write_text("user_id,song_id,play_count\n1,a,1\n2,b,x\n\n3,zzz,1\n1,b,2\n4\n1,a,3\n")
    quality = prepare("tables", tmp_path, tmp_path / "p", load_settings())
    rejects = pd.read_parquet(tmp_path / "p" / names.REJECTS)
    assert rejects["line"].tolist() == [7, 3, 5]  # malformed rows of a chunk first
    assert set(rejects["file"]) == {"plays.csv"}
    assert (quality["plays"]["rows_in"], quality["plays"]["kept"], quality["plays"]["summed"]) == (6, 3, 1)
    assert load_prepared(tmp_path / "p").plays["play_count"].tolist() == [4, 2]


@pytest.mark.parametrize(
    ("plays", "says"),
    [
        ("user_id,play_count\n1,1\n", "plays.csv: required column 'song_id' is missing"),
        ("user_id,song_id\n1,zzz\n", "no usable play is left; 1 row was rejected because: song_id is not in songs"),
        ("user_id,song_id\n", "no usable play is left; the file has a header and no rows"),
    ],
)
def test_plays_without_anything_usable_are_refused_in_one_sentence(plays: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("song_id,title,artist\na,A,X\n")
    (tmp_path / "plays.csv").write_text(plays)
    with pytest.raises(DataError, match=says):
        prepare("tables", tmp_path, tmp_path / "p", load_settings())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plays.csv", "songs.csv"]


def test_the_same_data_in_another_format_are_the_same_data(small_world: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.mkdir()
    for name in ("users", "songs", "plays"):
        pd.read_parquet(small_world / f"{name}.parquet").to_csv(text / f"{name}.csv.gz", index=False)
    for data, out in ((small_world, "p"), (text, "q")):
        prepare("tables", data, tmp_path / out, load_settings())
    one, two = (load_prepared(tmp_path / out) for out in "pq")
    assert one.info["data_sha256"] == two.info["data_sha256"]
    assert one.features == two.features


def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "it's [1] * ?"
    folder.mkdir()
    (folder / "songs.csv").write_text("song_id,title,artist\na,A,X\n")
    pq.write_table(pa.table({"user_id": [1, 2], "song_id": ["a", "a"]}), folder / "plays.parquet")
    prepare("tables", folder, folder / "out [x]", load_settings())
    assert len(load_prepared(folder / "out [x]").plays) == 2


def test_a_prepared_folder_of_another_version_is_refused(small_world: Path, tmp_path: Path) -> None:
    prepare("tables", small_world, tmp_path / "p", load_settings())
    info = json.loads((tmp_path / "p" / names.INFO).read_text())
    (tmp_path / "p" / names.INFO).write_text(json.dumps({**info, "format": 1}))
    with pytest.raises(DataError, match="another version"):
        load_prepared(tmp_path / "p")
    with pytest.raises(SettingsError, match=r"split\.folds"):
        prepare("tables", small_world, tmp_path / "q", load_settings(None, ["split.folds=2"]))


REAL = [
    ("tables", "hetrec2k", 92_834),
    ("tables", "lastfm15k", 289_953),
    ("tables", "playlists", 114_979),
    ("hetrec", "hetrec2011-raw/hetrec2011-lastfm-2k.zip", 92_834),
    ("lastfm-1k", "lastfm1k-raw", 5_000),
]


@pytest.mark.real_data
@pytest.mark.parametrize(("source", "place", "plays"), REAL)
def test_real_data_prepare_and_add_up(real_data: Path, tmp_path: Path, source: str, place: str, plays: int) -> None:
    quality = prepare(source, real_data / place, tmp_path / "p", load_settings())
    tables = [quality[name] for name in ("users", "songs", "plays") if name in quality]
    assert all(table["kept"] + table["rejected"] == table["rows_in"] for table in tables)
    assert quality["plays"]["kept"] == plays
    prepared = load_prepared(tmp_path / "p")
    assert prepared.plays["play_count"].gt(0).all()
    assert len(pd.read_parquet(tmp_path / "p" / names.REJECTS)) == sum(table["rejected"] for table in tables)


CATALOGUE = {
    "spotify_tracks_88k.csv.gz": {
        "song_id": "id",
        "title": "title",
        "artist": "artist",
        "energy": "energy",
        "key": '"key"',
    }
    | {"tempo": "tempo", "loudness": "loudness", "duration_ms": "duration_ms", "release_year": "release_date"},
    "song_titles_artists.csv.gz": {"song_id": "artist || title", "title": "title", "artist": "artist"},
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_catalogue_without_plays_is_cleaned_and_adds_up(real_data: Path, name: str) -> None:
    raw = open_table(real_data / "catalogue" / name).select(CATALOGUE[name])
    with connect() as con:
        cleaned = clean_songs(raw, con)
    record = cleaned.record
    assert record.kept + sum(record.rejected.values()) == record.rows_in == len(cleaned.frame) + len(cleaned.rejects)
    assert record.kept > 0.85 * record.rows_in  # one of the sources of the first file has no ids
    assert cleaned.frame["title"].str.contains(r"[\x00-\x1f]").sum() == 0


def test_a_run_whose_output_lies_in_the_data_folder_goes_on_too(
    small_world: Path, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("users", "songs", "plays"):
        (data / f"{name}.parquet").write_bytes((small_world / f"{name}.parquet").read_bytes())
    cleaned = cut_off_at_the_fourth_chunk(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        prepare("tables", data, data / "p", load_settings())
    prepare("tables", data, data / "p", load_settings())
    assert sum(cleaned) == 25_000 + cleaned[3]
    assert line.is_prepared_from(data / "p", "tables", data, load_settings())


def test_a_place_that_is_taken_is_refused_before_the_work(
    small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    monkeypatch.setattr(line, "clean_songs", lambda *_: pytest.fail("worked first"))
    with pytest.raises(DataError, match="holds something else"):
        prepare("tables", small_world, tmp_path, load_settings())


def test_a_full_disk_costs_no_work(
    small_world: Path, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(line.os, "link", full)
    with pytest.raises(DataError, match="No space left"):
        prepare("simulated", small_world, tmp_path / "p", load_settings())
    monkeypatch.undo()
    monkeypatch.setattr(shards.PlayCleaner, "clean", lambda *_: pytest.fail("cleaned again"))
    prepare("simulated", small_world, tmp_path / "p", load_settings())
    assert [p.name for p in tmp_path.iterdir()] == ["p"]
