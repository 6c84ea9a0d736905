"""A saved index answers as the one that was built, and says what is wrong when it can't."""

import json
from pathlib import Path

import pytest

from engine.errors import BundleError
from engine.search import SongSearch

TYPED = ["velvet harmonograf", "guns of ferow", "sakura no uta", "midnihgt cartog", "oh", "+", "nothing of the kind"]


@pytest.fixture
def folder(search: SongSearch, tmp_path: Path) -> Path:
    search.save(tmp_path / "search")
    return tmp_path / "search"


def test_a_saved_index_gives_the_same_hits(search: SongSearch, folder: Path):
    loaded = SongSearch.load(folder)
    assert len(loaded) == len(search)
    assert [loaded.search(text) for text in TYPED] == [search.search(text) for text in TYPED]


def test_only_plain_arrays_and_one_json_are_written(folder: Path):
    assert {path.suffix for path in folder.iterdir()} == {".npy", ".json"}
    assert [path.name for path in folder.glob("*.json")] == ["search.json"]
    assert json.loads((folder / "search.json").read_text())["songs"] == 228


def test_an_empty_catalogue_survives_the_round_trip(tmp_path: Path):
    SongSearch.build([], []).save(tmp_path)
    assert SongSearch.load(tmp_path).search("anything") == []


def test_a_missing_folder_or_file_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(BundleError, match=r"nowhere.search\.json"):
        SongSearch.load(tmp_path / "nowhere")
    (folder / "grams.songs.npy").unlink()
    with pytest.raises(BundleError, match=r"grams\.songs\.npy: not readable"):
        SongSearch.load(folder)


def test_another_version_is_refused(folder: Path):
    about = json.loads((folder / "search.json").read_text())
    (folder / "search.json").write_text(json.dumps(about | {"version": 999}))
    with pytest.raises(BundleError, match="version 999"):
        SongSearch.load(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', "\u0000"])
def test_a_damaged_description_is_refused(folder: Path, text: str):
    (folder / "search.json").write_text(text)
    with pytest.raises(BundleError, match=r"search\.json"):
        SongSearch.load(folder)


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_cut_array_is_refused(folder: Path, keep: int):
    path = folder / "grams.songs.npy"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BundleError, match=r"grams\.songs\.npy"):
        SongSearch.load(folder)


def test_an_array_of_another_index_is_refused(folder: Path):
    SongSearch.build(["Ash"], [""]).save(folder.parent / "other")
    (folder / "order.npy").write_bytes((folder.parent / "other" / "order.npy").read_bytes())
    with pytest.raises(BundleError, match=r"order\.npy: not the array"):
        SongSearch.load(folder)
