import gzip
import random
import zipfile
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from engine.data.files import open_table
from engine.data.raw import RawTable
from engine.data.text_files import open_text
from engine.errors import DataError

TEXT = b"a,b\n" + b"".join(b"%d,%d\n" % (i, random.Random(i).getrandbits(64)) for i in range(5_000))


def read(table: RawTable) -> int:
    return sum(len(batch.lines) for batch in table.batches())


def inside(path: Path) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:
        return cast(BinaryIO, archive.open("a.csv"))


def scratched(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + b"\xff" * 200 + data[middle + 200 :]


def test_a_gzip_file_damaged_in_the_middle_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(scratched(gzip.compress(TEXT)))
    with pytest.raises(DataError, match=r"a\.csv\.gz: .* damaged"):
        read(open_table(path))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file_damaged_in_the_middle_is_one_sentence(tmp_path: Path, compression: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("a.csv", TEXT)
    assert read(open_text("a.csv", str(path), lambda: inside(path))) == 5_000
    path.write_bytes(scratched(path.read_bytes()))
    with pytest.raises(DataError, match=r"a\.zip: .* damaged"):
        read(open_text("a.csv", str(path), lambda: inside(path)))
