import gzip
from pathlib import Path

import pandas as pd
import pytest

from engine.data.files import read_table, read_table_with_rejects
from engine.data.frames import write_frame
from engine.data.whole import whole_folder
from engine.errors import DataError


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_ids_and_words_that_look_like_other_things_stay_text(tmp_path: Path) -> None:
    frame = read_table(write(tmp_path / "s.csv", b"song_id,title\n007,None\n1e5,NA\n,null\n"))
    assert frame["song_id"].tolist() == ["007", "1e5", ""]
    assert frame["title"].tolist() == ["None", "NA", "null"]


def test_quotes_newlines_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    frame = read_table(write(tmp_path / "s.csv", b'\xef\xbb\xbfsong_id,title\n1,"a, ""b""\nc"\n'))
    assert frame.columns.tolist() == ["song_id", "title"]
    assert frame["title"].tolist() == ['a, "b"\nc']


def test_ragged_rows_are_set_aside_with_their_line(tmp_path: Path) -> None:
    frame, malformed = read_table_with_rejects(write(tmp_path / "s.csv", b"a,b\n1,2\n3\n4,5,6\n7,8\n"))
    assert frame["a"].tolist() == ["1", "7"]
    assert frame.index.tolist() == [2, 5]
    assert [(line, text) for line, _, text in malformed] == [(3, "3"), (4, "4,5,6")]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", "user_id,caf\u00e9\n1,\u00e9\n".encode("latin-1"), "UTF-8"),
        ("a.csv", b"user_id\n\xff\xfe1\n", "UTF-8"),
        ("a.csv", b"user_id,user_id\n1,2\n", "twice"),
        ("a.csv", b"other\n1\n", "'user_id' is missing"),
        # Without the time of day, which would give this test another name in each process that collects it.
        ("a.csv.gz", gzip.compress(b"user_id\n" + bytes(range(48, 58)) * 3000, mtime=0)[:-20], "gzip"),
        ("a.csv.gz", b"this is no gzip", "gzip"),
        ("a.parquet", b"PAR1 but not really", "Parquet"),
        ("a.xlsx", b"PK", "unknown file type"),
    ],
)
def test_an_unreadable_file_is_one_sentence_that_names_it(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = write(tmp_path / name, data)
    with pytest.raises(DataError, match=says) as caught:
        read_table(path, ["user_id"])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_table(tmp_path / "nothing.csv")


def test_a_frame_survives_parquet_and_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user_id": ["01", "2"], "title": ["a,b", 'q"']})
    for name in ("x.parquet", "x.csv", "x.csv.gz"):
        write_frame(tmp_path / name, frame)
        pd.testing.assert_frame_equal(read_table(tmp_path / name).reset_index(drop=True), frame)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv", "x.csv.gz", "x.parquet"]


def test_a_failed_writer_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out, lambda p: (p / "mark").exists()) as folder:
        (folder / "mark").write_text("1")
    with pytest.raises(RuntimeError), whole_folder(out, lambda p: (p / "mark").exists()) as folder:
        (folder / "mark").write_text("2")
        raise RuntimeError
    assert (out / "mark").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_users_own_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something else"), whole_folder(tmp_path, lambda p: False):
        pass
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_what_a_killed_writer_left_is_swept_or_put_back(tmp_path: Path) -> None:
    dead = 2**22 + 1  # beyond any process id
    (tmp_path / f".out.{dead}.tmp").mkdir()
    old = tmp_path / f".out.{dead}.old"
    old.mkdir()
    (old / "mark").write_text("1")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out", lambda p: True):
        raise RuntimeError
    assert (tmp_path / "out" / "mark").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
