import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.config import load_settings
from engine.data.prepare import load_prepared, prepare
from engine.data.sources import read_source
from engine.data.split import TEST, TRAIN
from engine.errors import DataError


def test_the_demo_world_is_prepared_by_time_and_labelled_simulated(small_world: Path, tmp_path: Path) -> None:
    quality = prepare("tables", small_world, tmp_path / "p", load_settings())
    prepared = load_prepared(tmp_path / "p")
    assert prepared.info["split"] == "temporal"
    assert prepared.info["simulated"]  # whichever source reads it
    assert quality["plays"]["kept"] + quality["plays"]["rejected"] == quality["plays"]["rows_in"]
    last = prepared.part(TRAIN)["played_at"].max()
    assert last <= prepared.part(TEST)["played_at"].min()
    assert not prepared.plays.duplicated(["user_index", "song_index", "part"]).any()


def test_the_same_input_prepares_to_the_same_bytes(small_world: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        prepare("simulated", small_world, tmp_path / name, load_settings())
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_rejects_are_written_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("song_id,title,artist\na,A,X\nb,B,Y\n")
    (tmp_path / "plays.csv").write_text("user_id,song_id,play_count\n1,a,1\n2,b,x\n3,zzz,1\n1,b,2\n4\n")
    prepare("tables", tmp_path, tmp_path / "p", load_settings())
    rejects = load_prepared(tmp_path / "p").rejects
    assert sorted(rejects["line"]) == [3, 4, 6]
    assert set(rejects["file"]) == {"plays.csv"}


def test_two_files_of_one_table_are_not_guessed_between(tmp_path: Path) -> None:
    for name in ("songs.csv", "songs.csv.gz", "plays.csv"):
        (tmp_path / name).write_text("x\n")
    with pytest.raises(DataError, match="keep one"):
        read_source("tables", tmp_path)


@pytest.mark.parametrize("source", ["tables", "hetrec", "simulated", "nonsense"])
def test_a_source_that_is_not_there_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_source(source, tmp_path / "nowhere")
    with pytest.raises(DataError):
        read_source(source, tmp_path)


HETREC = {
    "artists.dat": 'id\tname\turl\tpictureURL\n1\tBjörk\tu\tp\n2\t"Weird" Al\tu\tp\n',
    "user_artists.dat": "userID\tartistID\tweight\r\n5\t1\t10\r\n5\t2\t3\r\n6\t1\t1\r\n",
    "user_taggedartists.dat": "userID\tartistID\ttagID\tday\tmonth\tyear\r\n5\t1\t1\t1\t1\t2009\r\n6\t1\t2\t1\t1\t2009"
    "\r\n7\t1\t2\t1\t1\t2009\r\n",
    "tags.dat": "tagID\ttagValue\r\n1\tfolk\r\n2\télectro\r\n",
}


def test_hetrec_is_read_from_its_zip_and_from_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        for name, text in HETREC.items():
            data = text.encode("latin-1" if name == "tags.dat" else "utf-8")
            archive.writestr(name, data)
            (tmp_path / name).write_bytes(data)
    from_zip, from_folder = read_source("hetrec", tmp_path / "h.zip"), read_source("hetrec", tmp_path)
    for tables in (from_zip, from_folder):
        assert tables.songs.frame["title"].tolist() == ["Björk", '"Weird" Al']
        assert tables.songs.frame["genres"].tolist() == ["électro|folk", ""]  # the more frequent tag first
        assert tables.plays.frame["play_count"].tolist() == ["10", "3", "1"]


def test_a_damaged_hetrec_zip_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "h.zip").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(DataError, match="zip"):
        read_source("hetrec", tmp_path / "h.zip")


@pytest.mark.real_data
def test_the_published_hetrec_prepares_without_a_loss(real_data: Path, tmp_path: Path) -> None:
    quality = prepare("hetrec", real_data / "hetrec2011-raw/hetrec2011-lastfm-2k.zip", tmp_path / "p", load_settings())
    assert quality["plays"]["kept"] == 92_834
    assert quality["songs"]["kept"] == 17_632
    prepared = load_prepared(tmp_path / "p")
    assert len(prepared.users) == 1_892
    assert np.isclose(len(prepared.part(TEST)) / len(prepared.plays), 0.1, atol=0.005)
    assert json.loads((tmp_path / "p" / "prepared.json").read_text())["split"] == "random"
    assert isinstance(prepared.users, pd.DataFrame)
