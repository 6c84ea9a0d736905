"""An invented evaluation for a bundle: every table of the contract, the same for the same seed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from engine.evaluation.cohorts import MINIMUM, cohort_table
from engine.evaluation.members import ACTIVITIES
from engine.evaluation.tables import COLUMNS, SUMMARY, file_of
from engine.serving.bundle import MANIFEST, USERS, hash_files

MODELS = {
    "lhydra": 0.0,
    "popularity": -0.05,
    "decayed popularity": -0.04,
    "item-knn": -0.015,
    "ease": -0.01,
    "ials": 0.0,
}
AGES = ("under 18", "18–24", "25–34", "35–44", "45–54", "55 and over", "unknown")
METRICS = (
    "ndcg@10",
    "recall@20",
    "map@20",
    "mrr@10",
    "hit_rate@10",
    "novelty@20",
    "diversity@20",
    "popularity_lift@20",
)


def write_evaluation(bundle: Path, seed: int = 0) -> None:
    """Put an evaluation into a bundle, over all its users."""
    users = pd.read_parquet(bundle / USERS)["user_id"].to_numpy()
    (bundle / "evaluation").mkdir(exist_ok=True)
    tables = invent(users, np.random.default_rng(seed))
    for name, frame in tables.items():
        assert set(COLUMNS[name]) <= set(frame.columns)
        frame.to_parquet(bundle / file_of(name), index=False)
    summary = {"users": len(users), "slices_tried": 120, "seconds": 1.0}
    (bundle / SUMMARY).write_text(json.dumps(summary))
    rehash(bundle)


def rehash(bundle: Path) -> None:
    """Make a changed bundle whole again."""
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "files": hash_files(bundle)}))


def invent(users: np.ndarray, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Give every table: listeners of 55 and over are served worse, and everything else is noise."""
    n = len(users)
    members = pd.DataFrame(
        {
            "user_id": users,
            "age_band": rng.choice(AGES, n, p=[0.08, 0.22, 0.24, 0.12, 0.1, 0.2, 0.04]),
            "gender": rng.choice(["f", "m", "non-binary", "unknown"], n, p=[0.42, 0.42, 0.02, 0.14]),
            "activity": rng.choice(ACTIVITIES, n),
        }
    )
    skill = rng.beta(1.2, 6, n) - 0.12 * (members["age_band"] == "55 and over").to_numpy()
    per_user = pd.concat([_values(users, skill, model, lead, rng) for model, lead in MODELS.items()])
    means = per_user.groupby("model", sort=False, as_index=False)[list(METRICS)].mean()
    metrics = means.melt("model", var_name="metric")
    metrics = metrics.assign(low=metrics["value"] - 0.004, high=metrics["value"] + 0.004, users=n)
    ours = metrics[metrics["model"] == "lhydra"].set_index("metric")["value"]
    others = metrics[metrics["model"] != "lhydra"]
    lead = ours.loc[others["metric"]].to_numpy() - others["value"].to_numpy()
    comparisons = pd.DataFrame(
        {"baseline": others["model"], "metric": others["metric"], "difference": lead, "low": lead - 0.003,
         "high": lead + 0.003, "p": 0.01, "p_adjusted": np.where(np.abs(lead) > 0.003, 0.04, 1.0)}
    )  # fmt: skip
    attributes = [c for c in members.columns if c != "user_id"]
    cohorts = pd.concat(
        [
            cohort_table(per_user, members, metric, [attribute], minimum=MINIMUM, draws=200)
            .assign(attribute=attribute, metric=metric)
            .drop(columns=attribute)
            for attribute in attributes
            for metric in METRICS
        ]
    )
    share = np.linspace(0.02, 0.9, 12)
    return {
        "per_user": per_user,
        "cohort_members": members,
        "metrics": metrics,
        "comparisons": comparisons,
        "cohorts": cohorts[list(COLUMNS["cohorts"])],
        "slices": _slices(per_user, members),
        "bias": _bias(members, attributes),
        "calibration": pd.DataFrame({"predicted": share, "observed": share**1.1, "pairs": 500}),
        "roc": pd.DataFrame(
            {"false_positive_rate": np.append(0, share), "true_positive_rate": np.append(0, share**0.3)}
        ),
        "precision_recall": pd.DataFrame({"recall": share, "precision": 1 - 0.8 * share}),
    }


def _values(users: np.ndarray, skill: np.ndarray, model: str, lead: float, rng: np.random.Generator) -> pd.DataFrame:
    base = skill + lead + rng.normal(0, 0.01, len(users))
    columns = {name: np.clip(base * (1 + 0.2 * i), 0, 1) for i, name in enumerate(METRICS[:4])}
    columns["hit_rate@10"] = (base > 0.1).astype(float)
    columns["novelty@20"] = 8 + 3 * base
    columns["diversity@20"] = 0.5 + 0.2 * base
    columns["popularity_lift@20"] = 0.4 - base
    return pd.DataFrame({"model": model, "user_id": users, **columns})


def _slices(per_user: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    ours = per_user[per_user["model"] == "lhydra"].set_index("user_id")["ndcg@10"]
    found = []
    for cohort in ({"age_band": "55 and over"}, {"age_band": "55 and over", "gender": "f"}):
        inside = members.set_index("user_id")[list(cohort)].eq(pd.Series(cohort)).all(axis=1)
        value, rest = ours[inside].mean(), ours[~inside].mean()
        found.append((" × ".join(cohort.values()), json.dumps(cohort), "pairs", int(inside.sum()), value, rest))
    frame = pd.DataFrame(found, columns=["slice", "attributes", "source", "users", "value", "rest"])
    gap = frame["value"] - frame["rest"]
    return frame.assign(gap=gap, low=gap - 0.01, high=gap + 0.01, p=0.0001, p_adjusted=0.01)


def _bias(members: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    rows = [
        ("lhydra", attribute, cohort, int(n), 0.05, 0.07, 0.4 + 0.02 * i, 0.3, 0.6, 0.3, 0.1, n < MINIMUM)
        for attribute in attributes
        for i, (cohort, n) in enumerate(members[attribute].value_counts().items())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS["bias"]))
