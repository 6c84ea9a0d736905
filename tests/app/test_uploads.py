"""Uploaded files, whatever their names and contents, end up where they belong or are refused in a sentence."""

from io import BytesIO
from pathlib import Path

import pytest

from engine.errors import DataError
from engine.ui import uploads


class File(BytesIO):
    def __init__(self, name: str, content: bytes = b"song_id,title\n") -> None:
        super().__init__(content)
        self.name, self.size = name, len(content)


def test_a_table_is_called_what_it_is_whatever_it_was_called(tmp_path: Path):
    files = {
        "songs": File("../../etc/My Songs (2).CSV"),
        "plays": File("C:\\music\\p.csv.gz"),
        "users": File("u.parquet"),
    }
    uploads.write_tables(files, tmp_path / "upload")
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["plays.csv.gz", "songs.csv", "users.parquet"]


def test_a_table_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="unknown file type"):
        uploads.write_tables({"songs": File("songs.xlsx")}, tmp_path)
    with pytest.raises(DataError, match="is empty"):
        uploads.write_tables({"songs": File("songs.csv", b"")}, tmp_path)


def test_a_published_file_keeps_its_name_without_folders(tmp_path: Path):
    assert uploads.write_published([File("a/b/..\\hetrec.zip")], tmp_path) == tmp_path / "hetrec.zip"
    assert uploads.write_published([File("train.csv"), File("songs.csv")], tmp_path) == tmp_path
    with pytest.raises(DataError, match="two files"):
        uploads.write_published([File("x/train.csv"), File("y/train.csv")], tmp_path)


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden.csv", "a\0.csv", "a\n.csv", "run.sh", "x" * 200 + ".csv", "a;b.csv"]
)
def test_a_name_that_makes_no_sense_is_refused(name: str):
    with pytest.raises(DataError, match="rename it"):
        uploads.bare_name(name)


def test_what_does_not_fit_on_the_disk_is_refused_before_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = File("songs.csv")
    file.size = 10**15
    with pytest.raises(DataError, match="not enough room"):
        uploads.write_tables({"songs": file}, tmp_path)
    assert list(tmp_path.iterdir()) == []
