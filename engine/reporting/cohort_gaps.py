"""The attribute by which listeners are served most differently, and between which of its cohorts."""

from dataclasses import dataclass

import pandas as pd

from engine.evaluation.cohorts import MINIMUM, Gap, gap
from engine.reporting.attributes import attribute_name, cohort_key, cohort_name
from engine.reporting.certainty import beyond_chance
from engine.reporting.cohort_tables import of_attribute
from engine.reporting.measures import measure

METRIC = "ndcg@10"


@dataclass(frozen=True)
class Apart:
    """The widest gap of an attribute: its table of cohorts, and the names of the best and the worst served."""

    attribute: str
    table: pd.DataFrame
    gap: Gap
    best: str
    worst: str
    worst_key: str

    @property
    def says(self) -> str:
        """Say it in a sentence; not escaped."""
        what = measure(METRIC)
        ranked = self.table[~self.table["small"].astype(bool)]["value"]
        high, low = what.write(float(ranked.max())), what.write(float(ranked.min()))
        return (
            f"Listeners are served most differently by {attribute_name(self.attribute).lower()}: {what.title} is "
            f"{high} for {self.best} and {low} for {self.worst}, which is more than chance."
        )


def furthest_apart(cohorts: pd.DataFrame) -> Apart | None:
    """Give the attribute whose cohorts lie furthest apart by more than chance; None where none do."""
    found = []
    for attribute in (str(name) for name in cohorts["attribute"].unique()):
        table = of_attribute(cohorts, attribute, METRIC, MINIMUM)
        ranked = table[~table["small"]]
        apart = gap(table)
        bounds = (ranked[name].to_numpy(float) for name in ("difference", "difference_low", "difference_high"))
        if apart is not None and beyond_chance(*bounds).any():
            values = ranked["value"]
            best, worst = ranked.loc[values.idxmax(), attribute], ranked.loc[values.idxmin(), attribute]
            names = cohort_name([attribute], [best]), cohort_name([attribute], [worst])
            found.append(Apart(attribute, table, apart, names[0], names[1], cohort_key({attribute: worst})))
    return max(found, key=lambda a: (a.gap.value, a.attribute), default=None)
