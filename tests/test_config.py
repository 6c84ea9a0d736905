from pathlib import Path

import pytest

from engine.config import PRESETS, load_settings
from engine.errors import SettingsError


@pytest.mark.parametrize("preset", sorted(PRESETS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_preset_can_be_read_and_changed(preset: Path) -> None:
    assert load_settings(preset, ["train.epochs=3"]).train.epochs == 3


def test_the_large_preset_never_scores_the_whole_catalogue() -> None:
    assert load_settings(PRESETS / "large.yaml").train.loss == "sampled"
    assert load_settings().train.loss == "auto"


def test_no_is_a_word_though_yaml_reads_a_truth_value() -> None:
    assert load_settings(None, ["train.precision=no"]).train.precision == "no"
    with pytest.raises(SettingsError, match=r"train\.precision"):
        load_settings(None, ["train.precision=yes"])
