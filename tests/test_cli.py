"""The command line as a user meets it: what works in a process of its own, what is refused mostly in this one."""

import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pandas as pd
import pytest

from engine.cli import main
from engine.config import SOURCE_NAMES
from engine.data.sources import SOURCES

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ["simulate", "sources", "prepare", "train", "crossval", "tune", "build"]
COMMANDS += ["recommend", "add-songs", "search", "similar", "explain", "verify", "export"]
FAST = ["--set", "model.dim=4", "--set", "model.members=1", "--set", "train.epochs=2", "--set", "map.iterations=350"]
ONCE = ["--set", "train.refit=false"]


def engine(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def refused(*arguments: object) -> str:
    """Run a command that has to fail as the contract says, and give its one line."""
    out, error = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(error), pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    assert ended.value.code == 2, error.getvalue() + out.getvalue()
    return only_line(error.getvalue(), out.getvalue())


def only_line(error: str, out: str) -> str:
    lines = error.strip().splitlines()
    assert "Traceback" not in error + out
    assert [line for line in lines if line.startswith("error: ")] == lines[-1:], error
    return lines[-1]


def test_a_process_that_is_refused_ends_with_exit_code_2_and_one_line(tmp_path: Path) -> None:
    done = engine("build", "--source", "tables", "--data", tmp_path / "none", "--out", tmp_path / "x")
    assert done.returncode == 2
    assert "no such file or folder" in only_line(done.stderr, done.stdout)


def test_help_is_there_for_every_command() -> None:
    assert all(command in engine("--help").stdout for command in COMMANDS)
    for command in ("build", "search"):
        assert "--json" in engine(command, "--help").stdout


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    songs = "".join(f"s{i},Song {i},Artist {i % 5}\n" for i in range(40))
    plays = "".join(f"u{u},s{(u * 7 + i * i) % 40},{i + 1}\n" for u in range(30) for i in range(9))
    (folder / "songs.csv").write_text("song_id,title,artist\n" + songs)
    (folder / "plays.csv").write_text("user_id,song_id,play_count\n" + plays)
    (folder / "users.csv").write_text("user_id,age\n" + "".join(f"u{u},{20 + u}\n" for u in range(31)))
    return folder


def test_the_whole_line_by_hand(tables: Path, tmp_path: Path) -> None:
    done = engine("prepare", "--source", "tables", "--data", tables, "--out", tmp_path / "prepared")
    assert done.returncode == 0, done.stderr
    assert "rejected" in done.stdout
    done = engine("train", "--prepared", tmp_path / "prepared", "--out", tmp_path / "run", "--json", *FAST)
    assert json.loads(done.stdout)["best"]["epoch"] in (1, 2)
    done = engine("build", "--source", "tables", "--data", tables, "--out", tmp_path / "b" / "mine", *FAST, *ONCE)
    assert done.returncode == 0, done.stderr
    assert "ease" in done.stdout
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["mine"]

    out = tmp_path / "recs.parquet"
    assert engine("recommend", "--bundle", tmp_path / "b/mine", "--users", "all", "-k", 5, "--out", out).returncode == 0
    frame = pd.read_parquet(out)
    assert frame.groupby("user_id").size().to_dict() == {f"u{u}": 5 for u in range(31)}

    found = json.loads(engine("search", "sogn 7", "--bundle", tmp_path / "b/mine", "--json").stdout)
    assert found[0]["song_id"] == "s7"
    near = json.loads(engine("similar", "--bundle", tmp_path / "b/mine", "--song", "s7", "-k", 3, "--json").stdout)
    assert len(near) == 3
    assert json.loads(engine("verify", "--bundle", tmp_path / "b/mine", "--json").stdout)["user_tower"] < 1e-4
    assert engine("export", "--bundle", tmp_path / "b/mine", "--quiet").stdout == ""
    assert "s7" in refused("similar", "--bundle", tmp_path / "b/mine", "--song", "s77777")


def test_the_sources_are_listed_with_their_terms_and_every_one_is_offered() -> None:
    listed = json.loads(engine("sources", "--json").stdout)
    assert tuple(source["name"] for source in listed) == SOURCE_NAMES == tuple(SOURCES)
    assert all(source["where"] and source["terms"] and source["reads"] for source in listed)
    assert "non-commercial" in engine("sources").stdout
    assert all(name in engine("prepare", "--help").stdout.replace("\n", " ") for name in ("lastfm-360k", "--folds"))


def test_preparing_holds_out_what_is_asked_for_within_the_memory_given(tables: Path, tmp_path: Path) -> None:
    options = ["--folds", 4, "--cold-users", 0.2, "--cold-songs", 0.1, "--memory", "512MB", "--json"]
    done = engine("prepare", "--source", "tables", "--data", tables, "--out", tmp_path / "p", *options)
    assert done.returncode == 0, done.stderr
    quality = json.loads(done.stdout)
    assert quality["plays"]["kept"] == quality["plays"]["rows_in"] == 270
    info = json.loads((tmp_path / "p" / "prepared.json").read_text())
    assert info["folds"] == {"count": 4, "windows": []}
    assert (info["held_out"]["cold_users"], info["held_out"]["cold_songs"]) == (0.2, 0.1)
    stats = pd.read_parquet(tmp_path / "p" / "user_stats.parquet")
    assert 0 < (stats["plays"].head(30) == 0).sum() < 15
    assert len(pd.read_parquet(tmp_path / "p" / "folds.parquet")) == 31


def test_folds_are_judged_and_settings_are_searched_from_the_command_line(tables: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "p"
    assert engine("prepare", "--source", "tables", "--data", tables, "--out", prepared, "--quiet").returncode == 0
    done = engine("crossval", "--prepared", prepared, "--folds", 3, *FAST)
    assert done.returncode == 0, done.stderr
    assert "Bengio" in done.stdout
    assert "lead over popularity" in done.stdout
    again = json.loads(engine("crossval", "--prepared", prepared, "--folds", 3, "--json", *FAST).stdout)
    assert [row["fold"] for row in again["table"]] == [1, 2, 3]
    assert len(pd.read_parquet(tmp_path / "p.crossval-users" / "crossval.parquet")) == 3

    done = engine("tune", "--prepared", prepared, "--out", tmp_path / "t", "--trials", 2, "--json", *FAST)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["trial"] for row in found["table"]] == [1, 2]
    assert "train.learning_rate" in found["best"]
    assert not {"model.dim", "train.epochs"} & set(found["best"])  # what --set names stays as it is
    options = ["--config", tmp_path / "t" / "best.yaml", "--quiet"]
    assert engine("train", "--prepared", prepared, "--out", tmp_path / "run", *options).returncode == 0
    assert "holds something else" in refused("crossval", "--prepared", prepared, "--folds", 3, "--out", tables)


def test_a_file_of_queries_is_answered_without_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("song_id,title,artist\n007,Bohemian Echo,The Kings\n008,Other,Someone\n")
    (tmp_path / "q.csv").write_text("query_id,query\nq1,bohemain eco\nq2,\nq3,one, two\n")
    files = ["--songs", tmp_path / "s.csv", "--queries", tmp_path / "q.csv", "--out", tmp_path / "h.csv"]
    done = engine("search", *files, "-k", 1)
    assert done.returncode == 0
    assert "h.rejects.csv" in done.stderr
    assert "q3,one, two" in pd.read_csv(tmp_path / "h.rejects.csv")["content"].tolist()
    hits = pd.read_csv(tmp_path / "h.csv", dtype=str, keep_default_na=False)
    assert hits.columns.tolist() == ["query_id", "rank", "song_id", "score", "ms"]
    assert hits[["query_id", "rank", "song_id"]].to_numpy().tolist() == [["q1", "1", "007"], ["q2", "0", ""]]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("plays.csv", b"user_id,play_count\nu1,1\n", "'song_id' is missing"),
        ("plays.csv", b"", "empty"),
        ("plays.csv", b"user_id,song_id\n", "no rows"),
        ("songs.csv", "song_id,title,artist\ns1,Caf\u00e9,x\n".encode("latin-1"), "not UTF-8"),
        pytest.param(
            "users.csv.gz", gzip.compress(b"user_id\n" + os.urandom(5000).hex().encode())[:-900], "cut short", id="cut"
        ),
    ],
)
def test_an_unusable_table_is_one_sentence_and_leaves_nothing(
    tables: Path, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tables / name.removesuffix(".gz")).unlink(missing_ok=True)
    (tables / name).write_bytes(data)
    message = refused("build", "--source", "tables", "--data", tables, "--out", tmp_path / "b" / "x", *FAST)
    assert says in message
    assert name in message
    assert not (tmp_path / "b" / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "--source", "spotify", "--data", ".", "--out", "{tmp}/x"], "choose one of"),
        (["build", "--source", "tables", "--out", "{tmp}/x"], "--data"),
        (["build", "--source", "tables", "--data", "{tmp}/none", "--out", "{tmp}/x"], "no such file or folder"),
        (["build", "--source", "simulated", "--out", "{tmp}/x", "--set", "model.dimm=3"], "model.dimm"),
        (["build", "--source", "simulated", "--out", "{tmp}/x", "--set", "model.dim=big"], "model.dim"),
        (["build", "--source", "simulated", "--out", "{tmp}/x", "--config", "{tmp}/none.yaml"], "none.yaml"),
        (["simulate", "--out", "{tmp}/w", "--users", "0"], "users"),
        (["simulate", "--out", "{tmp}/w", "--users", "many"], "--users"),
        (["recommend", "--bundle", "{tmp}", "--users", "all", "--out", "{tmp}/r.csv"], "no bundle here"),
        (["recommend", "--bundle", "{tmp}", "--users", "all", "--out", "{tmp}/r.docx"], ".parquet"),
        (["search", "love"], "--bundle"),
        (["search", "love", "--bundle", "{tmp}", "-k", "0"], "-k"),
        (["train", "--prepared", "{tmp}", "--out", "{tmp}/run"], "not a prepared folder"),
        (["crossval", "--prepared", "{tmp}"], "not a prepared folder"),
        (["crossval", "--prepared", "{tmp}", "--kind", "moon"], "--kind"),
        (["tune", "--prepared", "{tmp}", "--out", "{tmp}/t"], "not a prepared folder"),
        (["prepare", "--source", "tables", "--data", ".", "--out", "{tmp}/p", "--memory", "lots"], "--memory 'lots'"),
        (["prepare", "--source", "tables", "--data", ".", "--out", "{tmp}/p", "--memory", "1MB"], "too little"),
        (["prepare", "--source", "tables", "--data", ".", "--out", "{tmp}/p", "--folds", "-1"], "split.folds"),
        (["prepare", "--source", "kkbox", "--data", "{tmp}", "--out", "{tmp}/p"], "train.csv"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_arguments_are_one_sentence_and_exit_code_2(arguments: list[str], says: str, tmp_path: Path) -> None:
    assert says in refused(*(a.replace("{tmp}", str(tmp_path)) for a in arguments))


def test_a_bundle_with_one_byte_changed_is_refused(small_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    data = bytearray((copy / "song_vectors.npy").read_bytes())
    data[-9] ^= 1
    (copy / "song_vectors.npy").write_bytes(data)
    for command in (["search", "love"], ["verify"], ["similar", "--song", "x"]):
        assert "song_vectors.npy: changed" in refused(*command, "--bundle", copy)


def test_someone_elses_folder_is_not_overwritten(tables: Path) -> None:
    message = refused("build", "--source", "tables", "--data", tables, "--out", tables, *FAST)
    assert "holds something else" in message
    assert (tables / "plays.csv").exists()


def test_a_killed_build_leaves_no_half_bundle_and_the_next_one_goes_on(small_world: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundles" / "killed"
    settings = ["--set", "model.dim=8", "--set", "train.epochs=60", "--set", "train.patience=60"]
    settings += ["--set", "train.checkpoint_seconds=0", "--set", "model.members=1"]
    command = [sys.executable, "-m", "engine", "build", "--source", "tables", "--data", small_world, "--out", out]
    state = out.parent / ".killed.build" / "checkpoints" / "last" / "state.json"
    with subprocess.Popen([*map(str, command), *settings], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        began = time.monotonic()
        while not state.exists() and time.monotonic() - began < 120:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert state.exists()
    assert not out.exists()
    reached = json.loads(state.read_text())["epoch"]
    done = engine(*command[3:], *settings, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["training"]["epochs"] == 60
    assert reached < 60
    assert [p.name for p in out.parent.iterdir()] == ["killed"]
