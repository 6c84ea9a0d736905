"""Charts of how good a model is, for the app and the report: models, probabilities, training, folds, bundles."""

from typing import Any

import altair as alt
import pandas as pd

from engine.reporting.charts import Chart, Spec, finished, inline
from engine.reporting.intervals import MAIN, OTHER, figures, intervals
from engine.reporting.measures import OURS, Measure, measure, model_name

# Colours are the theme's, by place: the first for the model, the seventh, its grey, for what it is held against.
_COLOURS = alt.Scale(domain=["model", "2", "3", "4", "5", "6", "other"])


_HUE = alt.Color("hue:N", scale=_COLOURS, legend=None)
_SHARE: dict[str, Any] = {"format": ".0%", "tickCount": 5}


def models(rows: pd.DataFrame, what: Measure) -> Spec:
    """Draw each model's value of one metric with its interval: rows of `metrics`, in the order to draw in."""
    names = [model_name(name) for name in rows["model"]]
    drawn = rows.assign(
        label=names,
        name=names,
        key=rows["model"],
        kind=[MAIN if name == OURS else OTHER for name in rows["model"]],
        words=figures(rows, what),
    )
    return intervals(drawn, what, f"models {what.title}", noun="Model")


def bundles(rows: pd.DataFrame, what: Measure, name: str) -> Spec:
    """Draw each bundle's value of one metric: `bundle`, `value`, `low`, `high`, `same` (data as the one on show)."""
    drawn = rows.assign(
        label=rows["bundle"],
        name=rows["bundle"],
        key=rows["bundle"],
        kind=[MAIN if bundle == name else OTHER for bundle in rows["bundle"]],
        words=figures(rows, what),
    )
    return intervals(drawn, what, f"bundles {what.title}", noun="Bundle")


def folds(table: pd.DataFrame, mean: float | None) -> Spec:
    """Draw NDCG@10 of each fold, and of popularity on the same."""
    what = measure("ndcg@10")
    names = [f"Fold {number}" for number in table["fold"]]
    both = []
    for column, kind, model in (("ndcg@10", MAIN, "Lhydra"), ("popularity_ndcg@10", OTHER, "Popularity")):
        part = pd.DataFrame({"label": names, "value": table[column].astype(float), "kind": kind, "key": column})
        both.append(part.assign(name=[f"{name}, {model}" for name in names], low=part["value"], high=part["value"]))
    drawn = pd.concat(both, ignore_index=True)
    drawn = drawn[drawn["value"].notna()].assign(words=lambda rows: [what.write(v) for v in rows["value"]])
    return intervals(drawn, what, "folds", noun="Fold", line=mean, line_words="mean")


def calibration(bins: pd.DataFrame) -> Chart:
    """Draw the share played over the chance given: on the dashed line they are the same."""
    top = float(max(bins["predicted"].max(), bins["observed"].max(), 0.05)) * 1.04
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("predicted:Q", title="Chance given", scale=scale, axis=alt.Axis(grid=False, **_SHARE))
    y = alt.Y("observed:Q", title="Share played", scale=scale, axis=alt.Axis(**_SHARE))
    tips = [
        alt.Tooltip("predicted:Q", title="Chance given", format=".1%"),
        alt.Tooltip("observed:Q", title="Share played", format=".1%"),
        alt.Tooltip("pairs:Q", title="Pairs", format=","),
    ]
    ideal = alt.Chart(_rows(pd.DataFrame({"predicted": [0, top], "observed": [0, top]}), "other"))
    base = alt.Chart(_rows(bins[["predicted", "observed", "pairs"]], "model"))
    chart: Any = alt.layer(
        ideal.mark_line(strokeDash=[5, 4], strokeWidth=1, opacity=0.8).encode(x=x, y=y, color=_HUE),
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=_HUE),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, tooltip=tips, color=_HUE),
    )
    return finished(chart, "calibration", 320)


def roc(curve: pd.DataFrame) -> Chart:
    """Draw the receiver operating characteristic: the dashed line is guessing."""
    guess = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    titles = ("Share of songs not played", "Share of songs played")
    return _curve(curve, "false_positive_rate", "true_positive_rate", titles, guess, "roc")


def precision_recall(curve: pd.DataFrame, base_rate: float | None) -> Chart:
    """Draw precision over recall: the dashed line is guessing."""
    guess = pd.DataFrame({"x": [0.0, 1.0], "y": [base_rate, base_rate]})
    return _curve(curve, "recall", "precision", ("Recall", "Precision"), guess.dropna(), "precision-recall")


def training(curve: pd.DataFrame, best_epoch: int | None) -> Chart:
    """Draw validation NDCG@10 by epoch, with the best one marked."""
    what = measure("ndcg@10")
    return _epochs(curve, "ndcg@10", "Validation NDCG@10", what.format, best_epoch, "training")


def loss(curve: pd.DataFrame, best_epoch: int | None) -> Chart:
    """Draw the training loss by epoch."""
    return _epochs(curve, "loss", "Training loss", ".2f", best_epoch, "loss")


def _epochs(curve: pd.DataFrame, column: str, title: str, form: str, best: int | None, file: str) -> Chart:
    rows = curve[["epoch", column]].rename(columns={column: "value"})
    rows = rows[rows["value"].notna()].assign(kind=["best" if epoch == best else "other" for epoch in rows["epoch"]])
    x = alt.X(
        "epoch:Q", title="Pass", scale=alt.Scale(nice=False), axis=alt.Axis(grid=False, tickMinStep=1, format="d")
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(format=form, tickCount=5))
    tips = [alt.Tooltip("epoch:Q", title="Pass"), alt.Tooltip("value:Q", title=title, format=".4f")]
    base = alt.Chart(_rows(rows, "model"))
    chart: Any = alt.layer(
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=_HUE),
        base.mark_point(filled=True, size=30, opacity=1).encode(x=x, y=y, tooltip=tips, color=_HUE),
        base.transform_filter(alt.datum.kind == "best")
        .mark_point(filled=False, size=220, strokeWidth=2, opacity=1)
        .encode(x=x, y=y, tooltip=tips, color=_HUE),
    )
    return finished(chart, file, 260)


def _curve(curve: pd.DataFrame, across: str, up: str, titles: tuple[str, str], guess: pd.DataFrame, file: str) -> Chart:
    scale = alt.Scale(domain=[0, 1], nice=False)
    rows = curve[[across, up]].set_axis(["x", "y"], axis=1)
    x = alt.X("x:Q", title=titles[0], scale=scale, axis=alt.Axis(grid=False, **_SHARE))
    y = alt.Y("y:Q", title=titles[1], scale=scale, axis=alt.Axis(**_SHARE))
    tips = [alt.Tooltip("x:Q", title=titles[0], format=".1%"), alt.Tooltip("y:Q", title=titles[1], format=".1%")]
    base = alt.Chart(_rows(rows, "model"))
    layers = [
        base.mark_line(strokeWidth=2, order=False).encode(x=x, y=y, color=_HUE),
        base.mark_point(size=80, opacity=0).encode(x=x, y=y, tooltip=tips),
    ]
    if len(guess):
        line = alt.Chart(_rows(guess, "other")).mark_line(strokeDash=[5, 4], strokeWidth=1, opacity=0.8)
        layers.insert(0, line.encode(x=x, y=y, color=_HUE))
    chart: Any = alt.layer(*layers)
    return finished(chart, file, 320)


def _rows(frame: pd.DataFrame, hue: str) -> alt.InlineData:
    return inline(frame.assign(hue=hue))
