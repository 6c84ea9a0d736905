"""Nothing that comes from data is rendered as HTML: what could do that is not called, but for files of our own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "engine" / "ui").rglob("*.py")])


def faults(source: str) -> list[str]:
    """Name what in a program could render text as HTML."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        named = {word.arg: word.value for word in node.keywords}
        if "unsafe_allow_html" in named:
            found.append(f"line {node.lineno}: unsafe_allow_html")
        if called.endswith((".html", ".iframe")) and called != "v1.html":
            ours = [ast.unparse(a) for a in node.args]
            # Marks are numbers, of which `html` makes a number, an arrow and a bar.
            if not all(a.startswith("STATIC / '") or a == "marks.html()" for a in ours):
                found.append(f"line {node.lineno}: {called}({', '.join(ours)})")
        if called.endswith("v2.component"):
            for name in ("html", "js", "css"):
                value = named.get(name)
                is_constant = (
                    value is None or isinstance(value, ast.Constant) or ast.unparse(value) in ("_HTML", "_CSS")
                )
                if not (is_constant or ast.unparse(value).startswith("static_text('")):
                    found.append(f"line {node.lineno}: a component's {name} that is no text of ours")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_renders_data_as_html(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(title, unsafe_allow_html=True)",
        "st.html(title)",
        "st.html(f'<b>{title}</b>')",
        "st.components.v2.component('x', html=title)",
        "st.components.v1.iframe(url)",
    ],
)
def test_what_would_is_found(source: str) -> None:
    assert len(faults(source)) == 1


def test_scripts_of_ours_write_text_and_never_html() -> None:
    for path in (ROOT / "engine" / "ui" / "static").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text and "eval(" not in text, path.name
