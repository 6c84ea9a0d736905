"""The report's sections on whom the model serves: cohorts, weak slices, popularity bias."""

import pandas as pd

from engine.evaluation.cohorts import MINIMUM, gap
from engine.evaluation.tables import MODEL
from engine.reporting import cohort_charts, cohort_words
from engine.reporting.attributes import attribute_name, attribute_says, cohort_name
from engine.reporting.cohort_gaps import METRIC, furthest_apart
from engine.reporting.cohort_tables import LIFT, bias_of_attribute, named_slices, of_attribute
from engine.reporting.document import Figure, Section, Table
from engine.reporting.material import Material
from engine.reporting.measures import Measure, measure
from engine.reporting.quality_facts import figure
from engine.reporting.words import count

MOST_DOTS = 16
MOST_BIAS = 3  # charts; the table has all


def cohorts(material: Material) -> Section | None:
    """One chart for each attribute."""
    drawn = []
    overall = figure(material.ranking, MODEL, METRIC)
    what = measure(METRIC)
    for attribute in _attributes(material.cohorts):
        table = of_attribute(material.cohorts, attribute, METRIC, MINIMUM)
        says = cohort_words.of_cohorts(table, [attribute], what, gap(table), MINIMUM)
        more = attribute_says(attribute)
        frame = cohort_charts.shown_cohorts(table, [attribute], MOST_DOTS)
        chart = cohort_charts.dots(frame, what, overall["value"] if overall else None)
        says = f"{more[:1].upper()}{more[1:]}. {says}" if more else says
        says += f" Drawn are the {len(frame)} largest of {len(table)}." if len(frame) < len(table) else ""
        drawn.append(Figure(chart, says, attribute_name(attribute), table=_table(table, attribute, what)))
    if not drawn:
        return None
    says = (
        f"{what.title} by who listeners are and how they listen. After each name is the number of listeners judged; "
        f"cohorts under {MINIMUM} are hollow and dashed, and not ranked. “By more than chance” is at the 5 % level, "
        "corrected for the number of cohorts of an attribute."
    )
    return Section("cohorts", "For whom it works", (says,), tuple(drawn))


def slices(material: Material) -> Section | None:
    """Weak slices that the search found, or that it found none."""
    tried = material.summary.get("slices_tried")
    if tried is None and material.slices.empty:
        return None
    what, found = measure(METRIC), named_slices(material.slices)
    says = cohort_words.of_slices(found, what, tried)
    how = (
        "All cohorts of one attribute and of two crossed were looked at, and those that a shallow tree isolates; each "
        "is held against the worst slice that chance alone makes when listeners’ values are dealt out anew."
    )
    if found.empty:
        return Section("slices", "Weak slices", (says, how))
    chart = cohort_charts.dots(found, what, None, differs=True, title=f"{what.title}, less that of the rest")
    rows = [
        (
            r.name,
            count(r.users),
            what.write(r.mean),
            what.write(r.rest),
            what.difference(r.value),
            f"{r.p_adjusted:.3f}",
        )
        for r in found.itertuples(index=False)
    ]
    head = ("Slice", "Listeners", what.title, "Rest", "Gap", "p, corrected")
    table = Table("Weak slices, the worst by gap and size first", head, tuple(rows), frozenset(range(1, 6)))
    return Section("slices", "Weak slices", (says, how), (Figure(chart, "How far each is below the rest."),), (table,))


def bias(material: Material) -> Section | None:
    """How much more popular recommended songs are than played ones, by cohort."""
    drawn = []
    rows = material.bias
    rows = rows[rows["model"] == MODEL] if len(rows) else rows
    for attribute in _attributes(rows):
        table = bias_of_attribute(rows, attribute, MODEL, MINIMUM)
        frame = cohort_charts.shown_cohorts(table, [attribute], MOST_DOTS)
        chart = cohort_charts.dots(frame, LIFT, None, differs=True, title=LIFT.title)
        drawn.append(Figure(chart, cohort_words.of_bias(table, [attribute], LIFT, MINIMUM), attribute_name(attribute)))
    if not drawn:
        return None
    says = (
        "Popularity is the share of listeners who have played a song. The lift is how much more popular the twenty "
        "songs recommended are than those a cohort plays; at 0 a list is as mainstream as its listener."
    )
    return Section("bias", "Popularity bias", (says,), tuple(drawn[:MOST_BIAS]), (_bias_table(rows),))


def weakest(material: Material) -> str:
    """Name the attribute whose cohorts lie furthest apart by more than chance; nothing where none do."""
    apart = furthest_apart(material.cohorts)
    if apart is not None:
        says = cohort_words.of_cohorts(apart.table, [apart.attribute], measure(METRIC), apart.gap, MINIMUM)
        return f"Listeners are served most differently by {attribute_name(apart.attribute).lower()}: {says}"
    return "No cohort is served better or worse by more than chance." if len(material.cohorts) else ""


def _attributes(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table["attribute"].unique()]


def _bias_table(rows: pd.DataFrame) -> Table:
    cells = [
        (
            attribute_name(row.attribute),
            cohort_name([row.attribute], [row.cohort]),
            count(row.users),
            f"{row.lift:+.0%} [{row.low:+.0%}, {row.high:+.0%}]",
            f"{row.history_tail:.0%}",
            f"{row.list_tail:.0%}",
        )
        for row in rows.itertuples(index=False)
    ]
    head = ("By", "Cohort", "Listeners", "Lift", "Played: from the tail", "Recommended: from the tail")
    caption = "All cohorts; the tail are the songs outside the most played fifth"
    return Table(caption, head, tuple(cells), frozenset(range(2, 6)), folded=True)


def _table(table: pd.DataFrame, attribute: str, what: Measure) -> Table:
    rows = [
        (
            cohort_name([attribute], [row.cohort]) + (", too few to rank" if row.small else ""),
            count(row.users),
            f"{what.write(row.value)} {what.interval(row.low, row.high)}",
            f"{what.difference(row.difference)} {what.interval(row.difference_low, row.difference_high, signed=True)}",
        )
        for row in table.itertuples(index=False)
    ]
    title = attribute_name(attribute)
    head = (title, "Listeners", what.title, "From the rest")
    return Table(f"{title} as a table", head, tuple(rows), frozenset({1, 2, 3}), folded=True)
