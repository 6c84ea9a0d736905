"""The report of a bundle, section by section; each is left out, or says so, where the bundle holds nothing for it."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.reporting.document import Document, Section
from engine.reporting.material import Material
from engine.reporting.measures import OURS
from engine.reporting.quality_words import of_calibration, of_ranking
from engine.reporting.report_cohorts import bias, cohorts, slices, weakest
from engine.reporting.report_data import data, reproduce
from engine.reporting.report_model import ablations, folds, index, model_card, predictions, ranking, training
from engine.reporting.words import count, day

_SECTIONS: tuple[Callable[[Material], Section | None], ...] = (
    data,
    model_card,
    ranking,
    predictions,
    cohorts,
    slices,
    bias,
    folds,
    ablations,
    training,
    index,
    reproduce,
)


def report(material: Material) -> Document:
    """Write a bundle's report."""
    facts = facts_of(material.name, material.manifest)
    made = [make(material) for make in _SECTIONS]
    sections = (summary(material), *(section for section in made if section is not None))
    return Document(f"{material.name}: how good, and for whom", facts, material.simulated, sections)


def facts_of(name: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in a few words which bundle this is, of which data, when and how much of it."""
    counts, data = manifest.get("counts") or {}, manifest.get("data") or {}
    return (
        f"bundle {name}",
        f"source {data.get('source', 'unknown')}",
        f"built {day(manifest.get('created'))}",
        *(f"{count(counts.get(kind))} {kind}" for kind in ("users", "songs", "plays")),
    )


def summary(material: Material) -> Section:
    """Say in a few sentences what the rest says."""
    says = []
    if material.simulated:
        says.append("Listeners, songs and plays are invented, so figures say how the parts work, not how people do.")
    table = material.ranking
    if len(table[table["model"] == OURS]):
        says.append(of_ranking(table, material.comparisons, "ndcg@10"))
    else:
        says.append("How well it ranks was not measured: no listener had a held-out song that was new to them.")
    worst = weakest(material)
    if worst:
        says.append(worst)
    weak = slices(material)
    if weak is not None:
        says.append(weak.says[0])
    if len(material.calibration):
        head = (material.manifest.get("metrics") or {}).get("head") or {}
        ece = (head.get("classification") or {}).get("ece")
        said = of_calibration(material.calibration, ece)
        says.append(f"Chances of a play: {said[0].lower()}{said[1:]}")
    found = index(material)
    if found is not None:
        says.append(found.says[0])
    return Section("summary", "In short", tuple(says))
