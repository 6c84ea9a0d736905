"""Files that go to the browser as they are."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def static_text(name: str) -> str:
    """Read a file of `static/`."""
    return (STATIC / name).read_text(encoding="utf-8")
