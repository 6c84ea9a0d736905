"""`python -m engine explain`: JSON as the design has it, words for people, one line for an unknown id."""

import json
from pathlib import Path

import pytest

from engine import Engine
from engine.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_json_has_what_the_design_names(
    capsys: pytest.CaptureFixture[str], small_bundle: Path, engine: Engine, listener: str
):
    song = engine.recommend(listener, k=1)["song_id"].iloc[0]
    asked = ("explain", "--bundle", small_bundle, "--user", listener, "--song", song)
    code, out, _ = run(capsys, *asked, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == [
        "user_id", "song_id", "score", "baseline_score", "method", "completeness_error", "groups", "history",
    ]  # fmt: skip
    assert (found["user_id"], found["song_id"], found["method"]) == (listener, song, "integrated_gradients")
    assert found["completeness_error"] < 0.01
    for part in ("groups", "history"):
        assert [set(row) for row in found[part]] == [{"name", "attribution"}] * len(found[part])
    total = sum(row["attribution"] for row in found["groups"])
    assert total == pytest.approx(found["score"] - found["baseline_score"], rel=0.01)
    heard = set(engine.history(listener)["song_id"])
    assert {row["name"] for row in found["history"]} == heard
    code, out, _ = run(capsys, *asked, "--method", "feature_ablation")
    assert code == 0
    assert "scores above an average song" in " ".join(out.split())
    assert "Songs they play" in out


def test_an_unknown_id_or_method_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], small_bundle: Path, engine: Engine, listener: str
):
    song = engine.songs["song_id"].iloc[0]
    for user, wanted, method, says in (
        (f"{listener}x", song, "gradient_shap", "unknown user_id"),
        (listener, f"{song}x", "gradient_shap", "nearest known"),
        (listener, song, "guess", "method must be one of"),
    ):
        code, out, err = run(
            capsys, "explain", "--bundle", small_bundle, "--user", user, "--song", wanted, "--method", method, "--json"
        )
        assert code == 2
        assert out == ""
        assert says in err.strip().splitlines()[-1]
