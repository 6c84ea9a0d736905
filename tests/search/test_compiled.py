from pathlib import Path

import pytest

from engine.search import compiled


def test_machine_code_lies_only_where_nobody_else_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert compiled._writable() == Path(compiled.__file__).parent / "__pycache__"
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(compiled, "_PACKAGE", file)  # nothing can be made in it
    monkeypatch.setenv("HOME", str(tmp_path))
    assert compiled._writable() == tmp_path / ".cache" / "lhydra"
    monkeypatch.setenv("HOME", str(file))
    alone = compiled._writable()
    assert alone.stat().st_mode & 0o077 == 0
    alone.rmdir()


def test_machine_code_of_former_versions_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled, "_writable", lambda: tmp_path)
    now = Path(compiled._cache_folder())
    assert now.parent == tmp_path
    (tmp_path / "numba-former").mkdir()
    compiled._cache_folder()
    assert not (tmp_path / "numba-former").exists()
    now.mkdir()
    (tmp_path / "numba-other").mkdir()
    assert compiled._cache_folder() == str(now)
    assert (tmp_path / "numba-other").exists()
