"""Files as people really send them: each is read right, or refused in one sentence that names the file."""

import gzip
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.config import load_settings
from engine.data import prepared as names
from engine.data.prepare import prepare
from engine.data.prepared import load_prepared
from engine.errors import DataError

SONGS = "song_id,title,artist\na,A,X\nb,B,Y\nc,C,Z\n"
HEADER = "user_id,song_id,play_count,played_at\n"
PLAYS = HEADER + "1,a,1,2020-01-01\n1,b,2,2020-01-02\n2,a,1,2020-01-03\n"


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


IDS = {"user_id": ["1", "1", "2"], "song_id": ["a", "b", "a"]}

# name of the case: (file, its bytes, plays kept, rows rejected)
READ: dict[str, tuple[str, bytes, int, int]] = {
    "a byte order mark": ("plays.csv", b"\xef\xbb\xbf" + PLAYS.encode(), 3, 0),
    "UTF-16 with a mark": ("plays.csv", PLAYS.encode("utf-16"), 3, 0),
    "UTF-16, gzipped": ("plays.csv.gz", gzip.compress(PLAYS.encode("utf-16")), 3, 0),
    "semicolons": ("plays.csv", PLAYS.replace(",", ";").encode(), 3, 0),
    "tabs": ("plays.csv", PLAYS.replace(",", "\t").encode(), 3, 0),
    "spaces in the header": ("plays.csv", PLAYS.replace("user_id,song_id", " user_id , song_id").encode(), 3, 0),
    "Windows line ends": ("plays.csv", PLAYS.replace("\n", "\r\n").encode(), 3, 0),
    "no last line end": ("plays.csv", PLAYS.rstrip("\n").encode(), 3, 0),
    "empty lines": ("plays.csv", PLAYS.replace("\n", "\n\n").encode() + b"\n\n,,,\n", 3, 0),
    "quoted newlines": ("plays.csv", HEADER.encode() + b'"1\n1",a,1,\n"1\n1",b,1,\n', 2, 0),
    "quotes in quotes": ("plays.csv", HEADER.encode() + b'"say ""hi""",a,1,\nx"y,b,1,\n', 2, 0),
    "ragged rows": ("plays.csv", PLAYS.encode() + b"3,a\n4,b,1,2020-01-01,extra,more\n5,a,1,2020-01-04\n", 4, 2),
    "NUL bytes": ("plays.csv", HEADER.encode() + b"1\x00,a,1,\n\x00,b,1,\n2,a\x00,1,\n", 2, 1),
    "huge integers": (
        "plays.csv",
        HEADER.encode() + b"1" * 400 + b",a,1,\n2,b," + b"9" * 400 + b",\n3,c,9e99,\n",
        1,
        2,
    ),
    "a huge cell": ("plays.csv", HEADER.encode() + b"u" * 3_000_000 + b",a,1,\n2,b,1,\n", 2, 0),
    "dates in six formats": (
        "plays.csv",
        HEADER.encode()
        + b"1,a,1,2020-05-01\n1,b,1,2020-05-01T10:00:00+02:00\n1,c,1,20200501\n2,a,1,1588291200\n"
        + b"2,b,1,05/01/2020\n2,c,1,May 1 2020\n",
        4,
        2,
    ),
    "decimal commas": ("plays.csv", HEADER.encode().replace(b",", b";") + b"1;a;1,5;\n2;b;1;\n", 1, 1),
    "formulas and markup": ("plays.csv", HEADER.encode() + b"=1+1,a,1,\n<script>,b,1,\n@x,c,1,\n", 3, 0),
    "gzip members one after another": (
        "plays.csv.gz",
        gzipped(HEADER) + gzipped("1,a,1,\n") + gzipped("2,b,1,\n"),
        2,
        0,
    ),
    "gzip that is called csv": ("plays.csv", gzipped(PLAYS), 3, 0),
    "integer ids": ("plays.parquet", parquet(user_id=[1, 1, 2], song_id=["a", "b", "a"]), 3, 0),
    "ids with a gap": ("plays.parquet", parquet(user_id=[1.0, None, 2.0], song_id=["a", "b", "a"]), 2, 1),
    "categories": ("plays.parquet", parquet(**{k: pa.array(v).dictionary_encode() for k, v in IDS.items()}), 3, 0),
    "text where numbers are due": ("plays.parquet", parquet(**IDS, play_count=["1", "two", "3"]), 2, 1),
    "nanoseconds in a time zone": (
        "plays.parquet",
        parquet(**IDS, played_at=pa.array([0, 1, 2**62], pa.timestamp("ns", "Asia/Tokyo"))),
        2,
        1,
    ),
    "dates as days": ("plays.parquet", parquet(**IDS, played_at=pa.array([1, 18_000, 2**30], pa.date32())), 2, 1),
    "nothing but nulls": ("plays.parquet", parquet(**IDS, play_count=pa.nulls(3), played_at=pa.nulls(3)), 3, 0),
    "decimals": ("plays.parquet", parquet(**IDS, play_count=pa.array([1, 2, 3], pa.decimal128(10, 2))), 3, 0),
    "lists in a column we don't know": ("plays.parquet", parquet(**IDS, more=[[1], [], None]), 3, 0),
    "infinite counts": ("plays.parquet", parquet(**IDS, play_count=[np.inf, -np.inf, 1.0]), 1, 2),
}


def tables(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir()
    if not name.startswith("songs"):
        (folder / "songs.csv").write_text(SONGS)
    if not name.startswith("plays"):
        (folder / "plays.csv").write_text(PLAYS)
    (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("case", READ)
def test_an_odd_file_is_read_and_adds_up(case: str, tmp_path: Path) -> None:
    name, data, kept, rejected = READ[case]
    quality = prepare("tables", tables(tmp_path / "t", name, data), tmp_path / "p", load_settings())
    plays = quality["plays"]
    assert (plays["kept"], plays["rejected"]) == (kept, rejected)
    rejects = pd.read_parquet(tmp_path / "p" / names.REJECTS)
    assert len(rejects) == rejected
    assert rejects["line"].is_monotonic_increasing or "fields" in rejects["reason"].iloc[0]
    assert load_prepared(tmp_path / "p").plays["play_count"].gt(0).all()


def _bad_parquet(change: Callable[[bytearray], None]) -> bytes:
    data = bytearray(parquet(**IDS))
    change(data)
    return bytes(data)


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "nothing at all": ("plays.csv", b"", "empty"),
    "spaces alone": ("plays.csv", b"  \n \n", "empty"),
    "a header alone": ("plays.csv", HEADER.encode(), "no rows"),
    "one column": ("plays.csv", b"user_id\n1\n2\n", "'song_id' is missing"),
    "no header": ("plays.csv", b"1,a\n2,b\n", "'user_id' is missing; found 1, a"),
    "a header in capitals": ("plays.csv", PLAYS.replace("user_id", "USER_ID").encode(), "'user_id' is missing"),
    "a column twice": ("plays.csv", PLAYS.replace("play_count", "song_id").encode(), "'song_id' twice"),
    "latin-1": ("plays.csv", PLAYS.encode() + "é,a,1,\n".encode("latin-1"), "not UTF-8 (line 5)"),
    "UTF-16 without a mark": ("plays.csv", PLAYS.encode("utf-16-le"), "plays.csv"),
    "UTF-32": ("plays.csv", PLAYS.encode("utf-32"), "plays.csv"),
    "a gzip cut short": ("plays.csv.gz", gzipped(PLAYS * 999)[:-30], "damaged or cut short"),
    "a gzip with a flipped bit": ("plays.csv.gz", gzipped(PLAYS)[:40] + b"\xff" + gzipped(PLAYS)[41:], "damaged"),
    "a name ending in gz alone": ("plays.csv.gz", PLAYS.encode(), "not a gzip file"),
    "a quote never closed": ("plays.csv", PLAYS.encode() + b'1,"a,1,\n' + b"2,b,1,\n" * 2_000_000, "quotation mark"),
    "a quote closed far below": ("plays.csv", PLAYS.encode() + b'1,a,1,"\n' + b"2,b,1,\n" * 900 + b'"', "line 5 opens"),
    "a quote never closed in a row of its own": ("plays.csv", PLAYS.encode() + b'"1\n' + b"2,b,1,\n" * 900, "line 5"),
    "a picture": ("plays.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "plays.csv"),
    "an Excel file": ("plays.csv", b"PK\x03\x04" + bytes(2_000), "plays.csv"),
    "a Parquet file called csv": ("plays.csv", parquet(**IDS), "plays.csv"),
    "a csv called Parquet": ("plays.parquet", PLAYS.encode(), "not a readable Parquet file"),
    "a Parquet file cut short": ("plays.parquet", parquet(**IDS)[:-9], "not a readable Parquet file"),
    "a Parquet file with a wrong footer": (
        "plays.parquet",
        _bad_parquet(lambda d: d.__setitem__(slice(-8, -4), struct.pack("<i", 9_999_999))),
        "not a readable Parquet file",
    ),
    "lists of ids": ("plays.parquet", parquet(user_id=[["1"]], song_id=["a"]), "'user_id' holds list"),
    "lengths of time as times": (
        "plays.parquet",
        parquet(user_id=["1"], song_id=["a"], played_at=pa.array([1], pa.duration("s"))),
        "'played_at' holds duration",
    ),
    "ids that are no text": ("plays.parquet", parquet(user_id=[b"\xff\xfe"], song_id=["a"]), "'user_id' can't be read"),
    "songs without titles": ("songs.csv", b"song_id,artist\na,X\n", "'title' is missing"),
    "songs nobody played": ("songs.csv", b"song_id,title,artist\nz,Z,Z\n", "song_id is not in songs"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_unusable_file_is_refused_in_one_sentence_that_names_it(case: str, tmp_path: Path) -> None:
    name, data, says = REFUSED[case]
    with pytest.raises(DataError) as caught:
        prepare("tables", tables(tmp_path / "t", name, data), tmp_path / "p", load_settings())
    said = str(caught.value)
    assert says in said
    assert name.split(".")[0] in said
    assert "\n" not in said
    assert len(said) < 400
    assert [p.name for p in tmp_path.iterdir()] == ["t"]


def test_a_folder_where_a_file_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "songs.csv").write_text(SONGS)
    (tmp_path / "t" / "plays.csv").mkdir()
    with pytest.raises(DataError, match="no plays table"):
        prepare("tables", tmp_path / "t", tmp_path / "p", load_settings())


def test_rejected_content_is_what_was_written(tmp_path: Path) -> None:
    data = HEADER.encode() + b'1,a,"many, many",\n2,"zz ""z""",1,soon\n' + b"3,a,1,2020-01-01\n"
    prepare("tables", tables(tmp_path / "t", "plays.csv", data), tmp_path / "p", load_settings())
    content = [json.loads(c) for c in pd.read_parquet(tmp_path / "p" / names.REJECTS)["content"]]
    assert content[0] == {"user_id": "1", "song_id": "a", "play_count": "many, many", "played_at": ""}
    assert content[1]["song_id"] == 'zz "z"'
