from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

from engine.config import Settings, load_settings
from engine.data.prepared import Prepared
from engine.data.split import TEST, VALID
from engine.errors import DataError, SettingsError, TrainingError
from engine.training import tune as module
from engine.training.loop import Trained, train
from engine.training.search_space import SPACE, free, value_of, with_values
from engine.training.tune import Tuned, tune

FIXED = ["model.dim"]


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    short = ["train.epochs=4", "train.batch_users=64", "train.average_decay=0.8", "train.checkpoint_seconds=0"]
    return load_settings(None, ["model.dim=8", *short])


@pytest.fixture(scope="module")
def undisturbed(prepared: Prepared, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return tune(prepared, settings, tmp_path_factory.mktemp("tune") / "t", trials=3, fixed=FIXED)


def figures(tuned: Tuned) -> pd.DataFrame:
    return tuned.table.drop(columns="seconds")


def test_the_default_preset_lies_in_every_range() -> None:
    assert list(free(load_settings())) == list(SPACE)


def test_what_is_fixed_or_out_of_range_is_not_searched(settings: Settings) -> None:
    assert "model.dim" not in free(settings)  # 8 is below its range
    assert list(free(load_settings(), ["train"])) == ["model.dim"]
    assert "train.id_dropout" not in free(load_settings(), ["train.id_dropout"])


def test_values_are_rounded_to_what_a_person_would_write() -> None:
    changed = with_values(load_settings(), {"model.dim": 87, "train.learning_rate": 0.00312345})
    assert changed.model.dim == 88
    assert changed.train.learning_rate == 0.00312
    assert changed.train.weight_decay == load_settings().train.weight_decay


def test_the_first_trial_is_the_preset_and_the_winner_has_the_best_validation(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    table = undisturbed.table
    assert table["trial"].tolist() == [1, 2, 3]
    first = table.iloc[0]
    assert all(first[name] == value_of(settings, name) for name in free(settings))
    assert first["ndcg@10"] == pytest.approx(train(prepared, settings, tmp_path).curve["ndcg@10"].max())
    assert undisturbed.result["ndcg@10"] == table.loc[table["state"] == "done", "ndcg@10"].max()
    assert not table.iloc[1:].duplicated(list(free(settings))).any()


def test_the_winner_is_a_preset_that_trains_to_what_it_says(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    tune(prepared, settings, tmp_path / "t", trials=3, fixed=FIXED)
    path = tmp_path / "t" / "best.yaml"
    read = load_settings(path)
    assert read == undisturbed.settings
    assert train(prepared, read, tmp_path / "run").curve["ndcg@10"].max() == undisturbed.result["ndcg@10"]
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert f"{undisturbed.result['ndcg@10']:.4f}" in comments[1]
    assert [f"# {line}" for line in undisturbed.result["says"]] == comments[1:-1]
    assert len(pd.read_parquet(tmp_path / "t" / "trials.parquet")) == 3
    assert not (tmp_path / ".t.tune").exists()


def test_the_test_part_changes_nothing(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    plays = prepared.plays.copy()
    tested = plays["part"] == TEST
    plays.loc[tested, "song_index"] = np.random.default_rng(0).integers(0, len(prepared.songs), tested.sum())
    again = tune(replace(prepared, plays=plays), settings, tmp_path / "t", trials=3, fixed=FIXED)
    pd.testing.assert_frame_equal(figures(again), figures(undisturbed))


def killing(trial: str, epoch: str) -> Callable[[str, float | None], None]:
    def kill(text: str, fraction: float | None) -> None:
        if text.startswith(trial) and f"epoch {epoch} " in text:
            raise Killed

    return kill


def test_killed_in_a_trial_it_goes_on_from_its_checkpoint_to_the_same_table(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    out = tmp_path / "t"
    for trial, epoch in (("trial 1", "1"), ("trial 2", "3"), ("trial 2", "4")):
        with pytest.raises(Killed):
            tune(prepared, settings, out, 3, fixed=FIXED, on_progress=killing(trial, epoch))
    shown: list[str] = []
    resumed = tune(prepared, settings, out, 3, fixed=FIXED, on_progress=lambda text, _: shown.append(text))
    pd.testing.assert_frame_equal(figures(resumed), figures(undisturbed))
    assert shown[0].startswith("trial 2 of 3")
    assert "epoch 4 " in shown[0]
    assert resumed.result["best"] == undisturbed.result["best"]
    trials = optuna.load_study(study_name="tune", storage=f"sqlite:///{out}/study.db").trials
    done = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert len(done) == len(trials) - 3 == 3
    # What the median rule looks at has been carried over from before the kills.
    assert [sorted(trial.intermediate_values) for trial in done] == [[1, 2, 3]] * 3


def test_more_trials_go_on_and_no_more_than_are_asked_for_are_run(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    tune(prepared, settings, tmp_path / "t", 1, fixed=FIXED)
    more = tune(prepared, settings, tmp_path / "t", 3, fixed=FIXED)
    pd.testing.assert_frame_equal(figures(more), figures(undisturbed))
    shown: list[str] = []
    again = tune(prepared, settings, tmp_path / "t", 2, fixed=FIXED, on_progress=lambda text, _: shown.append(text))
    assert not shown
    assert len(again.table) == 3


def test_when_time_is_up_no_trial_is_begun_but_there_is_always_the_preset(
    settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    tuned = tune(prepared, settings, tmp_path / "t", minutes=1e-6, fixed=FIXED)
    assert tuned.table["state"].tolist() == ["done"]
    assert tuned.settings == settings
    assert tuned.result["says"][-1] == "It is the preset itself."


def test_what_falls_behind_the_median_is_pruned_and_never_wins(
    settings: Settings, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRUNE_AFTER_TRIALS", 1)
    monkeypatch.setattr(module, "PRUNE_AFTER_EPOCHS", 0)
    longer = settings.model_copy(update={"train": settings.train.model_copy(update={"epochs": 6})})
    tuned = tune(prepared, longer, tmp_path / "t", 6, fixed=FIXED)
    pruned = tuned.table[tuned.table["state"] == "pruned"]
    assert len(pruned) == tuned.result["pruned"] > 0
    assert (pruned["epochs"] < 6).all()
    assert tuned.table.loc[tuned.result["best_trial"] - 1, "state"] == "done"
    first = optuna.load_study(study_name="tune", storage=f"sqlite:///{tmp_path}/t/study.db").trials[0]
    for row in pruned.itertuples():
        assert row._3 <= max(v for step, v in first.intermediate_values.items() if step <= row.epochs)


def test_a_trial_that_cannot_go_on_counts_and_the_next_one_is_run(
    undisturbed: Tuned, settings: Settings, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train_little(*arguments: object) -> Trained:
        tried = arguments[1]
        assert isinstance(tried, Settings)
        if tried.train.learning_rate == undisturbed.table["train.learning_rate"][1]:
            raise TrainingError("out of memory")
        return train(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "train", train_little)
    tuned = tune(prepared, settings, tmp_path / "t", trials=3, fixed=FIXED)
    assert tuned.table["state"].tolist() == ["done", "failed", "done"]
    assert np.isnan(tuned.table["ndcg@10"][1])
    again = tune(prepared, settings, tmp_path / "t", trials=3, fixed=FIXED)
    assert len(again.table) == 3


def test_a_preset_that_cannot_be_trained_is_said_at_once(
    settings: Settings, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> Trained:
        raise TrainingError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(module, "train", fail)
        with pytest.raises(TrainingError, match="out of memory"):
            tune(prepared, settings, tmp_path / "t", trials=1, fixed=FIXED)
    assert tune(prepared, settings, tmp_path / "t", trials=1, fixed=FIXED).table["state"].tolist() == ["done"]


def test_a_gain_below_noise_is_said_in_the_result_and_in_the_preset(
    settings: Settings, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (low, beyond) in enumerate(((-0.01, False), (0.01, True))):
        monkeypatch.setattr(module, "mean_intervals", lambda values, low=low: (np.array([low]), np.array([0.02])))
        out = tmp_path / str(number)
        slow = settings.model_copy(update={"train": settings.train.model_copy(update={"learning_rate": 5e-4})})
        tuned = tune(prepared, slow, out, 3, fixed=FIXED)
        assert tuned.result["best_trial"] > 1
        assert tuned.result["beyond_noise"] is beyond
        assert ("no gain beyond noise" in (out / "best.yaml").read_text()) is not beyond
        assert any("no gain beyond noise" in line for line in tuned.result["says"]) is not beyond


def test_the_gain_is_paired_over_the_validation_users(undisturbed: Tuned) -> None:
    result = undisturbed.result
    if result["gain"] is not None:
        assert result["gain"]["mean"] == pytest.approx(result["ndcg@10"] - result["preset_ndcg@10"])
        assert result["gain"]["low"] <= result["gain"]["mean"] <= result["gain"]["high"]
    else:
        assert result["best_trial"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"trials": 0}, "--trials must be 1 or more"),
        ({"trials": -3}, "--trials must be 1 or more"),
        ({"minutes": 0}, "--minutes must be more than 0"),
        ({"minutes": float("nan")}, "--minutes must be more than 0"),
        ({"fixed": ["model", "train"]}, "nothing is left to search"),
    ],
)
def test_limits_that_make_no_sense_are_one_sentence(
    settings: Settings, prepared: Prepared, tmp_path: Path, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        tune(prepared, settings, tmp_path / "t", **arguments)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_broken_storage_another_search_and_what_is_in_the_way_are_refused(
    settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    out = tmp_path / "a {folder} #1"
    tune(prepared, settings, out, 1, fixed=FIXED)
    with pytest.raises(DataError, match="other data, settings or ranges"):
        tune(prepared, load_settings(), out, 1)
    with pytest.raises(DataError, match="other data, settings or ranges"):
        tune(replace(prepared, info={**prepared.info, "data_sha256": "other"}), settings, out, 1, fixed=FIXED)
    (out / "study.db").write_bytes(b"not a database" * 999)
    with pytest.raises(DataError, match=r"study\.db: the search's storage can't be used"):
        tune(prepared, settings, out, 1, fixed=FIXED)
    (out / "study.db").unlink()
    assert len(tune(prepared, settings, out, 1, fixed=FIXED).table) == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for taken in (tmp_path / "mine", tmp_path / "mine" / "thesis.txt", prepared.folder):
        with pytest.raises(DataError, match="holds something else"):
            tune(prepared, settings, taken, 1)


def test_without_anyone_to_validate_on_nothing_is_searched(
    settings: Settings, prepared: Prepared, tmp_path: Path
) -> None:
    nobody = replace(
        prepared,
        plays=prepared.plays[prepared.plays["part"] != VALID],
        info={**prepared.info, "split": "random"},
    )
    with pytest.raises(DataError, match="nobody has validation plays"):
        tune(nobody, settings, tmp_path / "t", 1)
