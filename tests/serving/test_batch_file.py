"""A batch written to a file: the same whatever happens on the way, and only what has changed is worked out again."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_limits

from engine import DataError, Engine
from engine.serving import batch_file
from engine.serving.batch import BatchScorer, recommend_users
from engine.serving.batch_file import recommend_to_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_file, "SHARD_USERS", 60)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The users that are scored, call by call."""
    users: list[int] = []
    lists = BatchScorer.lists

    def counted(self: BatchScorer, chosen: np.ndarray, *more: object) -> tuple[np.ndarray, np.ndarray]:
        users.extend(chosen.tolist())
        return lists(self, chosen, *more)

    monkeypatch.setattr(BatchScorer, "lists", counted)
    return users


def everyone(engine: Engine) -> np.ndarray:
    return np.arange(len(engine.users))


@pytest.mark.parametrize("name", ["r.parquet", "r.csv", "r.csv.gz"])
def test_the_file_holds_what_the_frame_does_and_nothing_is_left_beside_it(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    said: list[tuple[int, int]] = []
    rows, reused = recommend_to_file(
        engine, everyone(engine), 7, tmp_path / name, on_progress=lambda *at: said.append(at)
    )
    frame = recommend_users(engine, everyone(engine), 7)
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    written = read(tmp_path / name)
    assert written.columns.tolist() == ["user_id", "song_id", "rank", "score"]
    assert (rows, reused) == (len(frame), 0)
    assert written["user_id"].tolist() == frame["user_id"].tolist()
    assert (written["song_id"] == frame["song_id"]).mean() > 0.999  # other blocks round otherwise
    np.testing.assert_allclose(written["score"], frame["score"], atol=1e-5)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert said[-1] == (250, 250)
    assert sorted(said) == said


@pytest.mark.parametrize("name", ["r.parquet", "r.csv.gz"])
def test_killed_in_the_middle_it_goes_on_to_the_same_bytes(
    small_bundle: Path, engine: Engine, tmp_path: Path, name: str, scored: list[int]
) -> None:
    program = (
        "import os, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from engine import Engine\n"
        "from engine.serving import batch_file\n"
        "batch_file.SHARD_USERS = 60\n"
        f"engine = Engine.load({str(small_bundle)!r})\n"
        "die = lambda done, total: done >= 180 and os.kill(os.getpid(), signal.SIGKILL)\n"
        f"batch_file.recommend_to_file(engine, np.arange(250), 9, Path({str(tmp_path / name)!r}), on_progress=die)\n"
    )
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # how a sum is shared among threads changes its last bits
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, env=one_thread)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (tmp_path / name).exists()
    assert [p.name for p in tmp_path.iterdir()] == [f".{name}.recommend"]
    with threadpool_limits(1, "blas"):
        recommend_to_file(engine, everyone(engine), 9, tmp_path / name)
        assert 60 <= len(scored) <= 130  # of 250: not those of the shards that were there
        recommend_to_file(engine, everyone(engine), 9, tmp_path / "undisturbed" / name)
    assert (tmp_path / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


def test_what_was_left_by_another_question_is_not_taken(engine: Engine, tmp_path: Path, scored: list[int]) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 120:
            raise Stop

    with pytest.raises(Stop):
        recommend_to_file(engine, everyone(engine), 5, tmp_path / "r.parquet", on_progress=stop)
    scored.clear()
    recommend_to_file(engine, everyone(engine), 6, tmp_path / "r.parquet")
    assert scored == everyone(engine).tolist()
    assert pd.read_parquet(tmp_path / "r.parquet")["rank"].max() == 6


def test_a_second_run_scores_nobody_again_and_other_users_alone(
    engine: Engine, tmp_path: Path, scored: list[int]
) -> None:
    out = tmp_path / "r.parquet"
    users = np.random.default_rng(0).permutation(250)
    recommend_to_file(engine, users[:100], 5, out)
    first = out.read_bytes()
    scored.clear()
    assert recommend_to_file(engine, users[:100], 5, out) == (500, 100)
    assert scored == []
    assert out.read_bytes() == first
    assert recommend_to_file(engine, users[40:], 5, out)[1] == 60
    assert sorted(scored) == sorted(users[100:].tolist())
    frame = recommend_users(engine, users[40:], 5)
    written = pd.read_parquet(out)
    assert written["user_id"].tolist() == frame["user_id"].tolist()
    assert (written["song_id"] == frame["song_id"]).mean() > 0.99
    scored.clear()
    assert recommend_to_file(engine, users[:9], 6, out)[1] == 0  # another k
    assert len(scored) == 9


def test_a_changed_history_is_scored_again_and_nobody_elses(
    engine: Engine, small_bundle: Path, tmp_path: Path, scored: list[int]
) -> None:
    from test_predict import rehash

    out = tmp_path / "r.parquet"
    recommend_to_file(engine, everyone(engine), 5, out)
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    plays = pd.read_parquet(copy / "history.parquet")
    theirs = plays.index[plays["user_index"] == 17]
    # Two songs of theirs change places: the counts of all, by which each play is weighed, stay as they are.
    swapped = plays.loc[theirs[:2][::-1], ["song_id", "song_index"]].to_numpy()
    plays.loc[theirs[:2], ["song_id", "song_index"]] = swapped
    plays.to_parquet(copy / "history.parquet")
    rehash(copy)
    scored.clear()
    assert recommend_to_file(Engine.load(copy), everyone(engine), 5, out)[1] == 249
    assert scored == [17]


def test_a_model_that_changed_is_asked_again_and_one_that_was_judged_again_is_not(
    engine: Engine, small_bundle: Path, tmp_path: Path, scored: list[int]
) -> None:
    from test_predict import rehash

    out = tmp_path / "r.parquet"
    recommend_to_file(engine, everyone(engine), 5, out)
    copy = Path(shutil.copytree(small_bundle, tmp_path / "copy"))
    (copy / "evaluation" / "summary.json").write_text("{}")
    rehash(copy)
    scored.clear()
    assert recommend_to_file(Engine.load(copy), everyone(engine), 5, out)[1] == 250
    np.save(copy / "song_vectors.npy", np.load(copy / "song_vectors.npy") * 1.5)
    rehash(copy)
    assert recommend_to_file(Engine.load(copy), everyone(engine), 5, out)[1] == 0
    assert len(scored) == 250


def test_an_alien_or_damaged_file_is_no_cache(engine: Engine, tmp_path: Path) -> None:
    out = tmp_path / "r.parquet"
    for alien in (b"PAR1", b""):
        out.write_bytes(alien)
        assert recommend_to_file(engine, everyone(engine)[:3], 5, out) == (15, 0)
    table = pq.read_table(out)
    pq.write_table(table.slice(0, 7), out)  # with the metadata of the whole
    assert recommend_to_file(engine, everyone(engine)[:3], 5, out) == (15, 0)
    with pytest.raises(DataError, match="unknown file type"):
        recommend_to_file(engine, everyone(engine)[:3], 5, tmp_path / "r.xlsx")


def test_new_songs_alone_and_users_who_get_fewer(engine: Engine, tmp_path: Path) -> None:
    out = tmp_path / "r.parquet"
    new = int((engine.songs["plays"] == 0).sum())
    assert recommend_to_file(engine, everyone(engine)[:4], 1_000, out, only_new_songs=True)[0] == 4 * new
    assert recommend_to_file(engine, everyone(engine)[:4], 1_000, out, only_new_songs=True) == (4 * new, 4)
    nobody = recommend_to_file(engine, everyone(engine)[:0], 5, tmp_path / "none.parquet")
    assert nobody == (0, 0)
    assert pd.read_parquet(tmp_path / "none.parquet").columns.tolist() == ["user_id", "song_id", "rank", "score"]
