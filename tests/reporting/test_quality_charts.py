"""Charts and sentences of a model's quality, and the figures they are made from."""

import pandas as pd
from reading_charts import read, rows_of

from engine.reporting import quality_charts, quality_words
from engine.reporting import quality_facts as facts
from engine.reporting.measures import measure

METRICS = pd.DataFrame(
    [("lhydra", "ndcg@10", 0.2, 0.19, 0.21, 50), ("ease", "ndcg@10", 0.18, 0.17, 0.19, 50),
     ("popularity", "ndcg@10", 0.05, 0.04, 0.06, 50), ("lhydra", "coverage@20", 0.5, None, None, 50)],
    columns=["model", "metric", "value", "low", "high", "users"],
)  # fmt: skip
COMPARED = pd.DataFrame(
    [("ease", "ndcg@10", 0.02, 0.01, 0.03, 0.001, 0.002)],
    columns=["baseline", "metric", "difference", "low", "high", "p", "p_adjusted"],
)
MANIFEST = {
    "metrics": {
        "users": 7,
        "models": {"lhydra": {"ndcg@10": {"mean": 0.1, "low": 0.08, "high": 0.12}}},
        "lead": {"ease": {"mean": 0.01, "low": -0.01, "high": 0.03}},
    }
}


def test_figures_come_from_the_evaluation_and_else_from_the_manifest():
    nothing = METRICS.head(0)
    assert facts.ranking(METRICS, MANIFEST) is METRICS
    assert facts.figure(facts.ranking(nothing, MANIFEST), "lhydra", "ndcg@10") == {
        "value": 0.1,
        "low": 0.08,
        "high": 0.12,
    }
    assert facts.lead(facts.comparisons(COMPARED.head(0), MANIFEST), "ease", "ndcg@10")["difference"] == 0.01
    assert facts.ranking(nothing, {}).empty


def test_the_sentence_holds_the_model_against_the_best_baseline():
    assert quality_words.of_ranking(METRICS, COMPARED, "ndcg@10") == (
        "NDCG@10 is 0.200 [0.190, 0.210]; the best baseline, EASE, reaches 0.180. For the same listeners Lhydra is "
        "ahead, +0.020 [+0.010, +0.030], by more than chance."
    )
    assert "which may be chance" in quality_words.of_ranking(METRICS, COMPARED.assign(p_adjusted=0.2), "ndcg@10")
    assert quality_words.of_ranking(METRICS, COMPARED, "coverage@20") == (
        "Coverage@20 is 50.0%. Nothing was measured beside it."
    )
    assert "was not measured" in quality_words.of_ranking(METRICS.head(0), COMPARED, "ndcg@10")


def test_models_are_told_apart_by_shape_as_well():
    chart = quality_charts.models(facts.of_metric(METRICS, "ndcg@10"), measure("ndcg@10"))
    rows = rows_of(chart)
    assert list(rows["label"]) == ["Lhydra", "EASE", "Popularity"]
    assert list(rows["kind"]) == ["main", "other", "other"]
    assert read(chart)["layer"][1]["encoding"]["shape"]["scale"]["range"] == ["circle", "diamond", "circle"]


def test_a_figure_without_an_interval_is_drawn_and_written_without():
    rows = rows_of(quality_charts.models(facts.of_metric(METRICS, "coverage@20"), measure("coverage@20")))
    assert rows["words"][0] == "50.0%"
    assert rows["low"][0] is None


def test_training_marks_the_pass_that_was_kept():
    curve = pd.DataFrame({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.5], "ndcg@10": [0.1, 0.2, 0.15]})
    rows = rows_of(quality_charts.training(curve, 2), 0)
    assert list(rows["kind"]) == ["other", "best", "other"]
    assert quality_words.of_training(curve, 2) == (
        "Training went through the data 3 times and was best after 2 with NDCG@10 0.200 on validation plays; that was "
        "kept."
    )


def test_curves_are_checked_against_the_schema_and_lie_beside_guessing():
    roc = pd.DataFrame({"false_positive_rate": [0, 0.2, 1], "true_positive_rate": [0, 0.8, 1]})
    assert rows_of(quality_charts.roc(roc), 0)["y"][1] == 1
    curve = pd.DataFrame({"recall": [0, 1], "precision": [1, 0.2]})
    assert rows_of(quality_charts.precision_recall(curve, 0.2), 0)["y"][0] == 0.2
    bins = pd.DataFrame({"predicted": [0.1, 0.5], "observed": [0.1, 0.4], "pairs": [50, 50]})
    assert len(read(quality_charts.calibration(bins))["layer"]) == 3
    assert quality_words.of_calibration(bins, 0.05) == (
        "On average chances are off by 5.0%. Where they differ most, a chance of 50% was given and 40% were played."
    )


def test_folds_are_drawn_beside_popularity_with_their_mean():
    table = pd.DataFrame({"fold": [1, 2], "ndcg@10": [0.2, 0.3], "popularity_ndcg@10": [0.1, None]})
    summary = {
        "by": "users",
        "mean": {"ndcg@10": {"mean": 0.25, "low": 0.1, "high": 0.4}},
        "lead": {"mean": 0.1, "low": None, "high": None},
    }
    rows = rows_of(quality_charts.folds(table, 0.25))
    assert list(rows["name"]) == ["Fold 1, Lhydra", "Fold 2, Lhydra", "Fold 1, Popularity"]
    assert quality_words.of_folds(table, summary) == (
        "Over 2 folds of listeners, NDCG@10 is 0.250 [0.100, 0.400] on average, between 0.200 and 0.300; +0.100 over "
        "popularity."
    )


def test_bundles_of_other_data_are_not_held_against_each_other():
    rows = pd.DataFrame(
        {"bundle": ["a", "b"], "value": [0.2, 0.1], "low": [0.1, 0.0], "high": [0.3, 0.2], "same": [True, False]}
    )
    assert "side by side, not against each other" in quality_words.of_bundles(rows, "ndcg@10", "a")
    assert quality_words.of_bundles(rows.assign(same=True), "ndcg@10", "a") == (
        "Of the same data and split, b has NDCG@10 0.100, this one 0.200."
    )
    assert quality_words.of_bundles(rows.head(1), "ndcg@10", "a") == "There is no other bundle to compare with."
