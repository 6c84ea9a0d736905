"""The report's sections on the model: its card, how it ranks beside baselines, its chances, how it came about."""

from typing import Any

import pandas as pd

from engine.reporting import quality_charts, quality_words
from engine.reporting import quality_facts as facts
from engine.reporting.document import Figure, Section, Table
from engine.reporting.intervals import MAIN, OTHER, figures, intervals
from engine.reporting.material import ABLATION_COLUMNS, Material, Record
from engine.reporting.measures import HEADLINE, OURS, measure, model_name
from engine.reporting.words import count

_HISTORY = {
    "mean": "the songs heard, all alike",
    "attention": "the songs heard, weighed by what they are and when they were played",
    "none": "who they are, not what they heard",
}
_CAVEATS = (
    "Judged on what listeners went on to play, which earlier recommendations and charts have shaped: a song that "
    "nobody was shown counts as a miss.",
    "What listeners did not play is taken as not wanted; it may only be unknown to them.",
    "The model evaluated was trained without the held-out plays; what is served was trained anew on all plays, with "
    "the same settings and for as many passes.",
)


def model_card(material: Material) -> Section:
    """What the model is, what it is for and what not, after Mitchell et al., "Model Cards", 2019."""
    model, training = material.config.get("model") or {}, material.manifest.get("training") or {}
    side = "Least squares, and counts by age, gender and country, as far as validation wants them."
    rows = [
        ("Kind", "A two-tower network: a listener's vector and a song's vector, ranked by their dot product."),
        ("A listener is", _HISTORY.get(str(model.get("history")), str(model.get("history"))) + _demographics(model)),
        ("A song is", _song(model)),
        ("Size", f"{model.get('dim', '–')} dimensions a vector"),
        ("Beside the towers", side if (material.config.get("blend") or {}).get("use") else "Nothing."),
        ("Trained", f"{count(training.get('epochs'))} passes, the best was {count(training.get('best_epoch'))}, "
                    f"{count(training.get('seconds'))} s in all"),
        ("Meant for", "Ranking songs that a listener has not played; answering new listeners and new songs by what is "
                      "known of them."),
        ("Not meant for", "Saying who someone is, deciding about people, or being read as what people like outside of "
                          "these data."),
    ]  # fmt: skip
    table = Table("The model in short", ("Part", "What it is"), tuple((name, str(value)) for name, value in rows))
    return Section("model", "The model", tables=(table,), notes=_CAVEATS)


def ranking(material: Material) -> Section | None:
    """Every metric beside the baselines."""
    table, compared = material.ranking, material.comparisons
    names = facts.metric_names(table)
    if not names:
        return None
    shown = [name for name in HEADLINE if name in names]
    drawn = tuple(
        Figure(
            quality_charts.models(facts.of_metric(table, name), measure(name)),
            quality_words.of_ranking(table, compared, name),
            measure(name).title,
        )
        for name in shown
    )
    says = tuple(f"{measure(name).title} says {measure(name).says}." for name in shown if measure(name).says)
    tables = [_all_metrics(table, names), *_all_comparisons(compared)]
    return Section("ranking", "How well it ranks", says, drawn, tuple(tables), notes=_tuned(material))


def predictions(material: Material) -> Section | None:
    """Whether chances mean what they say."""
    head = facts.head_metrics(material.manifest)
    found = head.get("classification")
    if not found:
        return None
    says, drawn = [], []
    about = ((material.manifest.get("metrics") or {}).get("head") or {}).get("population")
    if about:
        says.append(f"A chance refers to these pairs of a listener and a song: {about}.")
    bins, roc, precision = material.calibration, material.roc, material.precision_recall
    if len(bins):
        words = quality_words.of_calibration(bins, found.get("ece"))
        drawn.append(Figure(quality_charts.calibration(bins), words, "Calibration", half=True))
    if len(roc):
        drawn.append(Figure(quality_charts.roc(roc), quality_words.of_roc(found), "ROC", half=True))
    if len(precision):
        base = found["played"] / found["pairs"] if found.get("pairs") else None
        chart = quality_charts.precision_recall(precision, base)
        drawn.append(Figure(chart, quality_words.of_precision(found), "Precision and recall", half=True))
    tables = [_figures_table("Whether a song will be played", found)]
    if "rmse" in head.get("regression", {}):
        tables.append(_figures_table("How often a song is played, in logarithms of plays", head["regression"]))
    return Section("predictions", "Chances of a play", tuple(says), tuple(drawn), tuple(tables))


def folds(material: Material) -> Section | None:
    """Cross-validations of the same data."""
    if not material.folds:
        return None
    drawn = tuple(
        Figure(
            quality_charts.folds(table, summary["mean"]["ndcg@10"]["mean"]),
            quality_words.of_folds(table, summary),
            name,
        )
        for name, table, summary in material.folds
    )
    notes = dict.fromkeys(str(note) for _, _, summary in material.folds for note in summary.get("notes", ()))
    return Section("folds", "Cross-validation", figures=drawn, notes=tuple(notes))


def ablations(material: Material) -> Section | None:
    """What each part of the model is worth, where that was measured."""
    table, what = material.ablations, measure("ndcg@10")
    if table is None or table.empty or not set(ABLATION_COLUMNS) <= set(table.columns):
        return None
    without = table[table["difference"].notna()]
    rows = pd.DataFrame(
        {
            "label": without["variant"],
            "name": without["variant"],
            "key": without["variant"],
            "value": without["difference"],
            "low": without["low"],
            "high": without["high"],
        }
    )
    rows = rows.assign(
        kind=[MAIN if high < 0 else OTHER for high in rows["high"]], words=figures(rows, what, signed=True)
    )
    title = "NDCG@10, less that of the whole model"
    chart = intervals(rows, what, "ablations", title=title, noun="Variant", zero=True)
    costs = int((rows["high"] < 0).sum())
    says = (
        f"Each variant was trained and stopped as the whole model was; {costs} of {len(rows)} are worse by an interval "
        "that does not reach zero (circles)."
    )
    return Section("ablations", "What each part is worth", figures=(Figure(chart, says),))


def training(material: Material) -> Section | None:
    """How training went."""
    curve, best = material.training, (material.manifest.get("training") or {}).get("best_epoch")
    if curve.empty:
        return None
    drawn = [Figure(quality_charts.training(curve, best), "On validation plays; the ring is what was kept.", "", True)]
    if "loss" in curve:
        drawn.append(Figure(quality_charts.loss(curve, best), "On train plays, where it goes on falling.", "", True))
    return Section("training", "Training", (quality_words.of_training(curve, best),), tuple(drawn))


def index(material: Material) -> Section | None:
    """How much of the exact answer the index finds."""
    found = material.manifest.get("retrieval") or {}
    if "recall" not in found:
        return None
    floor = ((material.config.get("retrieval") or {}).get("recall_floor")) or 0.99
    k, low = found.get("k", 20), found.get("recall_low", float("nan"))
    if not found.get("serves"):
        says = "Songs are found by exact search: every song is scored, so nothing is missed."
    else:
        says = f"The index finds {found['recall']:.1%} of the {k} songs that exact search does (lower bound {low:.1%})."
    more = (
        f"Measured on {count(found.get('queries'))} vectors of listeners from plays held out, HNSW with M "
        f"{found.get('m', '–')} and ef {found.get('ef', '–')}: recall@{k} {found['recall']:.4f}, lower 95 % bound "
        f"{low:.4f}. It answers only where that bound is {floor:.2f} or more; else, and whenever a filter leaves few "
        "songs, search is exact."
    )
    return Section("index", "What the index finds", (says, more))


def _demographics(model: Record) -> str:
    return ", with age band, gender and country where known" if model.get("demographics") else ""


def _song(model: Record) -> str:
    parts = ["its own embedding"] if model.get("id_embedding") else []
    parts += ["artist, genres and sound"] if model.get("item_features") else []
    return " and ".join(parts) + (", with a bias" if model.get("bias") else "")


def _all_metrics(table: pd.DataFrame, names: list[str]) -> Table:
    models = [str(name) for name in table["model"].unique()]
    rows = [
        (measure(n).title, *(facts.cell(measure(n), facts.figure(table, model, n)) for model in models)) for n in names
    ]
    head = ("Metric", *map(model_name, models))
    return Table("Every metric with its 95 % interval", head, tuple(rows), frozenset(range(1, len(head))))


def _all_comparisons(compared: pd.DataFrame) -> list[Table]:
    if compared.empty:
        return []
    adjusted = "p_adjusted" in compared
    rows = []
    for row in compared.itertuples():
        what = measure(str(row.metric))
        cells = [what.title, model_name(str(row.baseline)), what.difference(row.difference)]
        cells.append(what.interval(row.low, row.high, signed=True))
        rows.append((*cells, *([_p(row.p_adjusted)] if adjusted else [])))
    head = ("Metric", "Baseline", "Lhydra less it", "95 % interval", *(["p, Holm"] if adjusted else []))
    caption = "Lhydra less each baseline, paired by listener"
    return [Table(caption, head, tuple(rows), frozenset(range(2, len(head))), folded=len(rows) > 8)]


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else f"{value:.3f}"


def _tuned(material: Material) -> tuple[str, ...]:
    found = material.summary.get("baselines") or (material.manifest.get("metrics") or {}).get("baselines") or {}
    notes = [
        f"{model_name(name)} was tuned on validation plays: {_listed(settings)}."
        for name, settings in found.items()
        if isinstance(settings, dict) and settings
    ]
    notes.append(
        "The whole catalogue is ranked, songs already heard left out; a sample would order models differently."
    )
    return tuple(notes)


_SETTINGS = {
    "half_life": "half-life, as a share of the time,",
    "lambda": "λ",
    "listeners_weighed": "busy listeners counting less:",
    "songs": "most played songs known:",
    "validation_ndcg@10": "NDCG@10 on these plays",
}


def _listed(settings: Record) -> str:
    named = {name: _SETTINGS.get(name, name.replace("_", " ")) for name in settings}
    return ", ".join(f"{named[name]} {_setting(value)}" for name, value in settings.items())


def _setting(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else count(value) if isinstance(value, int) else str(value)


def _figures_table(caption: str, found: Record) -> Table:
    rows = [
        (measure(name).title, measure(name).write(value), measure(name).says)
        for name, value in found.items()
        if isinstance(value, float) and name != OURS
    ]
    return Table(caption, ("Metric", "Value", "What it says"), tuple(rows), frozenset({1}))
