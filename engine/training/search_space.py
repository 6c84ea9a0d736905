"""What `tune` searches: the few settings that decide, each with its range. The one place where they are defined."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.config import Settings

WHOLE_STEP = 8  # a vector's length in multiples of it, as processors add


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included; `log` where a factor counts and not a difference, `whole` for integers."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


SPACE: Mapping[str, Range] = {
    "model.dim": Range(32, 256, log=True, whole=True),
    "train.learning_rate": Range(5e-4, 2e-2, log=True),
    "train.weight_decay": Range(0.0, 1.0),
    "train.content_decay": Range(1e-3, 0.5, log=True),
    "train.id_dropout": Range(0.0, 0.5),
    "train.history_dropout": Range(0.0, 0.5),
    "train.input_dropout": Range(0.2, 0.8),
}


def free(settings: Settings, fixed: Collection[str] = ()) -> dict[str, Range]:
    """Give what is searched around `settings`: all but what is named in `fixed` and what lies outside its range.

    Parameters
    ----------
    fixed
        Names of settings or of groups, such as `model.dim` or `train`.
    """
    values = {name: value_of(settings, name) for name in SPACE}
    return {
        name: span
        for name, span in SPACE.items()
        if span.low <= values[name] <= span.high and name not in fixed and name.split(".")[0] not in fixed
    }


def value_of(settings: Settings, name: str) -> float:
    """Look up a searched setting."""
    group, key = name.split(".")
    value: float = getattr(getattr(settings, group), key)
    return value


def with_values(settings: Settings, values: Mapping[str, float]) -> Settings:
    """Set searched settings, rounded to what a person would write: three digits, lengths to multiples of 8."""
    changed: dict[str, Any] = settings.model_dump()
    for name, value in values.items():
        group, key = name.split(".")
        whole = SPACE[name].whole
        changed[group][key] = round(value / WHOLE_STEP) * WHOLE_STEP if whole else float(f"{value:.3g}")
    return Settings.model_validate(changed)
