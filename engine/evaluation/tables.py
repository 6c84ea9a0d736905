"""The tables of an evaluation: their names in a bundle, their columns, and what each metric says.

Whoever draws or reports them reads these names; `evaluate.py` writes them.
"""

from dataclasses import dataclass

import pandas as pd

MODEL = "lhydra"
BASELINES = ("popularity", "decayed popularity", "item-knn", "ease", "ials")

FOLDER = "evaluation"
SUMMARY = f"{FOLDER}/summary.json"
"""Notes: how plays were split, how many users were judged and dropped and why, what the baselines were tuned to, the
number of slices tried, seconds."""
RANKED, JUDGED_PLAYS, JUDGED_HEAT = (f"{FOLDER}/{name}.parquet" for name in ("ranked", "plays", "heat"))
"""What an evaluation is made from, kept so that it can be done again: what the judged model ranked first for each user,
the plays by their part, and how hot songs were at the end of the train plays."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "per_user": ("model", "user_id"),  # and a column a metric
    "metrics": ("model", "metric", "value", "low", "high", "users"),
    "comparisons": ("baseline", "metric", "difference", "low", "high", "p", "p_adjusted"),
    "cohort_members": ("user_id",),  # and a column an attribute
    "slices": ("slice", "attributes", "source", "users", "value", "rest", "gap", "low", "high", "p", "p_adjusted"),
    "cohorts": (
        "attribute", "cohort", "metric", "users", "value", "low", "high",
        "difference", "difference_low", "difference_high", "small",
    ),
    "bias": (
        "model", "attribute", "cohort", "users", "history_popularity", "list_popularity", "lift", "low", "high",
        "history_tail", "list_tail", "small",
    ),
    "calibration": ("predicted", "observed", "pairs"),
    "roc": ("false_positive_rate", "true_positive_rate"),
    "precision_recall": ("recall", "precision"),
}  # fmt: skip
"""Tables by name, with their columns.

`per_user`: a row a model and user judged; a metric that isn't defined for someone is NaN. `metrics`: means over the
users for whom a metric is defined, 95 % bootstrap intervals. `comparisons`: the model minus a baseline, paired by user;
`p` two-sided, `p_adjusted` by Holm over the whole table. `cohort_members`: whom each cohort holds, as words; an
attribute that the data don't know has no column. `slices`: cohorts found by search that do worse than the rest,
`attributes` as the JSON of `{attribute: value}`, `gap` = value − rest, negative. `cohorts`: every cohort of one
attribute and every metric for the model; `difference` from everyone else. `bias`: popularity of what users played and
of what they are recommended, as shares of the users who have played a song; `lift` is how much more popular the lists
are than the histories, relative, and `history_tail`, `list_tail` the shares of songs outside the most popular fifth.
"""

ATTRIBUTES = ("age_band", "gender", "country", "activity", "taste", "mainstreamness", "tenure", "cold")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Metric:
    """What a metric says, and which way is better: 1 more, -1 less, 0 neither."""

    name: str
    words: str
    better: int = 1


METRICS = {
    metric.name: metric
    for metric in (
        Metric("ndcg@10", "how near the top the songs are that the user went on to play, among ten"),
        Metric("recall@20", "share of the songs the user went on to play that are among twenty"),
        Metric("map@20", "mean precision at each song the user went on to play, among twenty"),
        Metric("mrr@10", "one over the rank of the first such song, among ten"),
        Metric("hit_rate@10", "share of users with at least one such song among ten"),
        Metric("novelty@20", "how unfamiliar the songs are to all users, in bits", 0),
        Metric("diversity@20", "how unlike each other the twenty songs are, 0 to 1", 0),
        Metric("popularity_lift@20", "how much more popular the songs are than what the user plays, relative", 0),
        Metric("discovery_ndcg@10", "as ndcg@10: among songs that are new to the user"),
        Metric("repeat_ndcg@10", "how near the top the songs are that the user came back to, among those known"),
    )
}
"""The metrics of `per_user`, in order; the last two only where plays have times."""
COVERAGE = Metric("coverage@20", "share of the catalogue that is recommended to anyone among twenty")


def file_of(table: str) -> str:
    """Name of a table's file in a bundle."""
    return f"{FOLDER}/{table}.parquet"


def empty_table(table: str) -> pd.DataFrame:
    """Give a table without rows, with its columns: what a bundle without an evaluation has."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS[table]})
