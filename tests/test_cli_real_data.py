"""The whole line on real data, from the command line; a file of its own, so that it can run beside the rest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def engine(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=900)


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "query"), [("hetrec2k", "metalica"), ("lastfm15k", "radiohed")])
def test_real_data_build_a_model_that_beats_popularity(real_data: Path, tmp_path: Path, name: str, query: str) -> None:
    out = tmp_path / name
    few = ["model.members=1", "model.dim=32", "train.epochs=5", "train.learning_rate=0.01", "train.refit=false"]
    sets = [word for pair in [*few, "blend.factors=16", "map.most=500"] for word in ("--set", pair)]
    done = engine("build", "--source", "tables", "--data", real_data / name, "--out", out, "--json", *sets)
    models = json.loads(done.stdout)["metrics"]["models"]
    assert models["lhydra"]["ndcg@10"]["mean"] > 2 * models["popularity"]["ndcg@10"]["mean"]
    found = json.loads(engine("search", query, "--bundle", out, "--json").stdout)
    assert found[0]["title"].lower() == {"metalica": "metallica", "radiohed": "radiohead"}[query]
