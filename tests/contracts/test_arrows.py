"""The arrows of the design: which room may import which library, and which other room."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "engine").rglob("*.py"))

ROOMS_OF = {
    "torch": (
        "engine/model/",
        "engine/training/",
        "engine/explain/",
        "engine/scale/",
        "engine/data/batches.py",
    ),
    "captum": ("engine/explain/",),
    "streamlit": ("engine/ui/",),
}
NEVER = {
    "engine/data/": ("engine.model", "engine.training", "engine.evaluation", "engine.serving", "engine.ui"),
    "engine/model/": ("engine.training", "engine.evaluation", "engine.serving", "engine.ui"),
    "engine/evaluation/": ("engine.model", "engine.training", "engine.serving", "engine.ui"),
    "engine/search/": ("engine.model", "engine.training", "engine.serving", "engine.evaluation", "engine.ui"),
    "engine/retrieval/": ("engine.model", "engine.training", "engine.serving", "engine.evaluation", "engine.ui"),
    "engine/song_map/": ("engine.model", "engine.training", "engine.serving", "engine.evaluation", "engine.ui"),
    "engine/serving/": ("engine.model", "engine.training", "engine.ui"),
    "engine/explain/": ("engine.training", "engine.ui"),
    "engine/training/": ("engine.explain", "engine.serving", "engine.ui"),
    "engine/reporting/": ("engine.model", "engine.training", "engine.serving", "engine.ui"),
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_the_way_the_design_says(path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    names = imported(path)
    for library, rooms in ROOMS_OF.items():
        if any(name.split(".")[0] == library for name in names):
            assert where.startswith(rooms), f"{library} has no business in {where}"
    for room, forbidden in NEVER.items():
        if where.startswith(room):
            wrong = [n for n in names if n.startswith(forbidden)]
            assert not wrong, f"{where} imports {wrong}"


def test_what_may_be_asked_of_an_explanation_is_known_without_torch() -> None:
    """The app's pages read these; only an explanation itself brings torch and captum."""
    program = (
        "import sys\n"
        "import engine.explain.questions, engine.explain.explanation, engine.explain.what_if\n"
        "import engine.explain.smallest_change, engine.explain.overview\n"
        "import engine.reporting.explain_words, engine.reporting.explain_charts, engine.ui.explain_state\n"
        "import engine.ui.explain_view, engine.ui.explain_changes, engine.ui.explain_overview, engine.ui.explained\n"
        "sys.exit(f'loaded: {heavy}' if (heavy := {'torch', 'captum'} & set(sys.modules)) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_serving_loads_neither_torch_nor_captum(small_bundle: Path) -> None:
    program = (
        "import sys; from engine import Engine\n"
        f"e = Engine.load({str(small_bundle)!r}); u = e.users['user_id'].iloc[0]\n"
        "e.recommend(u); e.recommend(country='Ghana'); e.search('love')\n"
        "s = e.songs['song_id'].iloc[0]; e.similar(s); e.predict(u, [s])\n"
        # numba brings scipy.linalg with it, which is not among the slow ones
        "heavy = {'torch', 'captum', 'sklearn', 'streamlit', 'scipy.sparse', 'scipy.stats'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
