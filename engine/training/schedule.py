"""The learning rate over a run: warm-up, then constant, cosine or plateau. A pure function, so nothing to restore."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.config import TrainSettings

PLATEAU_FACTOR = 0.4  # each time validation stands still; three such steps are a factor of 16


@dataclass(frozen=True)
class Schedule:
    """The learning rate of each step of the optimiser; `steps` is how many a pass has."""

    plan: TrainSettings
    steps: int

    def rate(self, step: int, lowered: int = 0) -> float:
        """Learning rate of a step.

        Parameters
        ----------
        step
            Steps of the optimiser before this one.
        lowered
            How often a plateau has lowered it so far.
        """
        plan, factor = self.plan, 1.0
        if plan.schedule == "cosine":
            # Over `epochs` even where training ends sooner, so that a run on all plays has the same rate at a pass.
            done = min(step / (plan.epochs * self.steps), 1.0)
            factor = (1 + math.cos(math.pi * done)) / 2
        elif plan.schedule == "plateau":
            factor = PLATEAU_FACTOR**lowered
        return plan.learning_rate * factor * self._warm(step)

    def is_plateau(self, stale: int) -> bool:
        """Tell whether the learning rate falls after `stale` validations in a row without a better one."""
        return self.plan.schedule == "plateau" and stale > 0 and stale % self.plan.plateau_patience == 0

    def _warm(self, step: int) -> float:
        warm_steps = self.plan.warmup * self.steps
        return min((step + 1) / warm_steps, 1.0) if warm_steps > 0 else 1.0


def lowered_by_pass(curve: pd.DataFrame, passes: int) -> list[int]:
    """How often a plateau had lowered the learning rate, `passes` times spread over a run up to its best pass."""
    rates = curve.loc[: curve["ndcg@10"].idxmax(), "learning_rate"]
    lowered = np.round(np.log(rates / rates.cummax()) / math.log(PLATEAU_FACTOR)).astype(int).to_numpy()
    return [int(lowered[number * len(lowered) // passes]) for number in range(passes)]
