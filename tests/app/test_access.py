"""Who may build, and which folders may be named: nobody from elsewhere, and nothing outside what was set apart."""

from pathlib import Path

import pytest
import streamlit as st

from engine.ui import access


class Context:
    def __init__(self, **headers: str) -> None:
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch):
    """Say where the server listens and what a visitor's request says."""

    def come(address: str | None = "localhost", auth: bool = False, user: bool = False, **headers: str) -> None:
        monkeypatch.setattr(st, "get_option", {"server.address": address}.get)
        monkeypatch.setattr(st, "context", Context(**headers))
        monkeypatch.setattr(access, "signs_in", lambda: auth)
        monkeypatch.setattr(st, "user", {"is_logged_in": user})

    monkeypatch.delenv("LHYDRA_FOLDERS", raising=False)
    return come


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501"])
def test_whoever_sits_at_the_machine_may_build_and_name_folders(visitor, host: str, tmp_path: Path):
    visitor(Host=host)
    assert access.may_build()
    assert access.folder_named(str(tmp_path)) == tmp_path


@pytest.mark.parametrize(
    "come",
    [
        {"address": None, "Host": "localhost"},
        {"address": "0.0.0.0", "Host": "localhost"},
        {"Host": "music.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "localhost", "X_Forwarded_For": "10.0.0.9"},
        {"Host": "localhost", "auth": True},
    ],
)
def test_nobody_else_may_build_or_name_folders(visitor, come: dict, tmp_path: Path):
    visitor(**come)
    assert not access.may_build()
    assert access.folder_named(str(tmp_path)) is None


def test_who_has_signed_in_may_build_but_name_no_folder(visitor, tmp_path: Path):
    visitor("0.0.0.0", auth=True, user=True, Host="music.example")
    assert access.may_build()
    assert not access.may_name_folders()
    assert access.folder_named(str(tmp_path)) is None


def test_a_folder_set_apart_is_all_that_may_be_named(visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "apart" / "mine").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "apart" / "way-out").symlink_to(tmp_path / "secret")
    monkeypatch.setenv("LHYDRA_FOLDERS", str(tmp_path / "apart"))
    visitor("0.0.0.0", auth=True, user=True, Host="music.example")
    monkeypatch.setenv("LHYDRA_FOLDERS", str(tmp_path / "apart"))
    assert access.folder_named("mine") == tmp_path / "apart" / "mine"
    for text in ("..", "../secret", "way-out", str(tmp_path / "secret"), "/etc", "~", "nowhere", "a\0b", ""):
        assert access.folder_named(text) is None


def test_the_app_listens_to_this_machine_alone_unless_told_otherwise():
    import tomllib

    root = Path(__file__).resolve().parents[2]
    settings = tomllib.loads((root / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["address"] == "localhost"
    assert "--server.address" not in (root / "Makefile").read_text()


def test_where_sign_in_is_set_up_nothing_is_seen_before(open_app, artifacts: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access, "signs_in", lambda: True)
    monkeypatch.setattr(access, "signed_in", lambda: False)
    monkeypatch.setattr(access, "_providers", lambda: [None])
    for page in ("discover", "bundles"):
        app = open_app(artifacts, page)
        assert [button.label for button in app.button] == ["Sign in"]
        assert [title.value for title in app.title] == ["Lhydra"]
        assert not app.dataframe and not app.table and not app.get("page_link")


def test_the_example_of_secrets_holds_none():
    import tomllib

    root = Path(__file__).resolve().parents[2]
    auth = tomllib.loads((root / ".streamlit" / "secrets.toml.example").read_text())["auth"]
    assert auth["client_secret"] == auth["cookie_secret"] == auth["client_id"] == ""
    assert "/.streamlit/secrets.toml" in (root / ".gitignore").read_text().split()
