"""Judge the prediction layer beside scikit-learn on the same pairs: will it be played, and how often.

Every model is fitted on the same validation pairs and asked about the same test pairs: songs that users play for the
first time, each beside unplayed ones drawn uniformly. The peers read all that the layer reads but vectors, and
demographics and a song's sound besides; in a second row the towers' score too. Fitted on train plays they come out
lower: the score of a play that the towers were trained on says too much.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.protocol import data_folder
from benchmarks.quality import table
from engine.build import WorldSize, simulate
from engine.config import Settings, load_settings
from engine.data.features import AGE_BANDS, encode_songs
from engine.data.prepare import prepare
from engine.data.prepared import Prepared, load_prepared
from engine.data.split import TEST, VALID
from engine.evaluation.predictions import auc, classification_metrics, log_loss, regression_metrics
from engine.training.carry_head import carry_head
from engine.training.finish import Chosen, finish, finish_like
from engine.training.head import FittedHead, fit_head, predict
from engine.training.loop import Trained, passes_on_everything, train
from engine.training.pairs import PairReader, Pairs, held_out_pairs

SETS = ("hetrec2k", "lastfm15k", "simulated")
WORLD = {"users": 2_000, "songs": 6_000, "plays": 250_000}
DRAWS = 400
Metric = Callable[[np.ndarray, np.ndarray], float]
Row = dict[str, str]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=[*SETS, "playlists"], default=SETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--set", action="append", default=[], help="key=value, such as head.folds=5")
    arguments = parser.parse_args()
    tables: dict[str, list[Row]] = {"classification": [], "regression": []}
    for name in arguments.sets:
        for seed in arguments.seeds:
            settings = load_settings(None, [*arguments.set, f"seed={seed}"])
            with tempfile.TemporaryDirectory() as folder:
                for task, rows in judge(name, settings, Path(folder)).items():
                    tables[task] += [{"set": name, "seed": str(seed), **row} for row in rows]
    for task, rows in tables.items():
        if rows:
            print(f"\n{task}\n\n{table(rows)}")


def judge(name: str, settings: Settings, work: Path) -> dict[str, list[Row]]:
    """Train towers on a set, fit everyone, and give the rows of both tables."""
    source, data = ("simulated", work / "world") if name == "simulated" else ("tables", data_folder() / name)
    if name == "simulated":
        simulate(data, WorldSize(seed=settings.seed, **WORLD))
    prepare(source, data, work / "prepared", settings)
    prepared = load_prepared(work / "prepared")
    began = time.perf_counter()
    trained = train(prepared, settings, work / "towers")
    judged, chosen = finish(prepared, trained, settings)
    seconds = [time.perf_counter() - began]
    head = fit_head(prepared, judged, settings)
    seconds.append(time.perf_counter() - began - seconds[0])
    if head is None:
        print(f"{name}: too few validation plays for a head")
        return {}
    print(f"{name} seed {settings.seed}: towers {seconds[0]:.0f} s, head {seconds[1]:.1f} s", flush=True)

    plan = settings.head
    fit_on = held_out_pairs(prepared, VALID, plan.negatives, plan.most_pairs, settings.seed)
    asked = held_out_pairs(prepared, TEST, plan.negatives, plan.most_pairs, settings.seed)
    reader = PairReader.of(prepared, judged)
    chances, logs = peers(reader, prepared, fit_on, asked, head.counts)
    chances["lhydra"], log_plays = predict(head, reader, asked)
    on_more = without_test(prepared, settings, trained, judged, chosen, head, work)
    chances["lhydra, carried over"], carried_log_plays = predict(*on_more, asked)
    rows = {"classification": classification_rows(chances, asked)}
    if log_plays is not None and carried_log_plays is not None:
        logs |= {"lhydra": log_plays, "lhydra, carried over": carried_log_plays}
        rows["regression"] = regression_rows(logs, asked)
    return rows


def without_test(
    prepared: Prepared,
    settings: Settings,
    trained: Trained,
    judged: Trained,
    chosen: Chosen,
    head: FittedHead,
    work: Path,
) -> tuple[FittedHead, PairReader]:
    """Serve as a build does, but with the test plays still unseen: towers anew on train and validation plays."""
    left = replace(prepared, plays=prepared.plays[prepared.plays["part"] != TEST])
    whole = left.whole()
    refitted = train(whole, settings, work / "refitted", passes=passes_on_everything(left, trained))
    refitted = finish_like(whole, refitted, chosen, settings)
    return carry_head(head, prepared, judged, whole, refitted), PairReader.of(whole, refitted)


def peers(
    reader: PairReader, prepared: Prepared, fit_on: Pairs, asked: Pairs, counts: bool
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Fit the peers; returns probabilities and log plays of the pairs asked for, by name."""
    chances: dict[str, np.ndarray] = {}
    logs: dict[str, np.ndarray] = {}
    for told in ("", " + score"):
        x, wanted = (columns(reader, prepared, pairs, bool(told)) for pairs in (fit_on, asked))
        played = fit_on.played
        models: dict[str, Any] = {
            "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)),
            "gradient boosting": boosting(HistGradientBoostingClassifier),
        }
        for name, model in models.items():
            chances[name + told] = model.fit(x, played).predict_proba(wanted)[:, 1]
        if counts:
            models = {
                "ridge": make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11))),
                "gradient boosting": boosting(HistGradientBoostingRegressor),
            }
            for name, model in models.items():
                logs[name + told] = model.fit(x[played], fit_on.log_plays[played]).predict(wanted)
    return chances, logs


def boosting(kind: Any) -> Any:
    """Set gradient boosting up so that it stops by itself at its best."""
    return kind(learning_rate=0.05, max_iter=500, early_stopping=True, n_iter_no_change=20, random_state=0)


def columns(reader: PairReader, prepared: Prepared, pairs: Pairs, score: bool) -> np.ndarray:
    """What a peer reads of pairs: the layer's facts, demographics one-hot, sound, perhaps the score."""
    users, items, facts = (part.numpy() for part in reader.read(pairs))
    who, features = reader.demographics, prepared.features
    people = (who.age, len(AGE_BANDS) + 1), (who.gender, len(features.genders)), (who.country, len(features.countries))
    onehot = [np.eye(size + 1, dtype=np.float32)[at[pairs.users]] for at, size in people if at.any()]
    songs = encode_songs(features, prepared.songs)
    sound = [songs.sound[pairs.songs], songs.sound_known[pairs.songs]]
    return np.column_stack([facts, *onehot, *sound, *([(users * items).sum(axis=1)] if score else [])])


def classification_rows(chances: dict[str, np.ndarray], asked: Pairs) -> list[Row]:
    """One row a model: AUC, PR-AUC, log loss, ECE, and Lhydra's lead with its paired interval."""
    observed, ours, rows = asked.played.astype(np.float64), chances["lhydra"], []
    for name, predicted in chances.items():
        found = classification_metrics(predicted, observed)
        row = {"model": name, **{metric: f"{value:.4f}" for metric, value in found.items()}}
        if not name.startswith("lhydra"):
            row["lead in AUC [95 %]"] = lead(ours, predicted, observed, asked.users, auc)
            row["in log loss"] = lead(ours, predicted, observed, asked.users, log_loss)
        rows.append(row)
    return rows


def regression_rows(logs: dict[str, np.ndarray], asked: Pairs) -> list[Row]:
    """One row a model: RMSE, MAE, R², Spearman of log plays, and Lhydra's lead with its paired interval."""
    played, rows = asked.played, []
    observed, ours = asked.log_plays[played], logs["lhydra"][played]
    for name, predicted in logs.items():
        found = regression_metrics(predicted[played], observed)
        row = {"model": name, **{metric: f"{value:.4f}" for metric, value in found.items()}}
        if not name.startswith("lhydra"):
            row["lead in RMSE [95 %]"] = lead(ours, predicted[played], observed, asked.users[played], rmse)
            row["in Spearman"] = lead(ours, predicted[played], observed, asked.users[played], spearman)
        rows.append(row)
    return rows


def rmse(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Root mean squared error of log plays."""
    return regression_metrics(predicted, observed)["rmse"]


def spearman(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Rank correlation of log plays."""
    return regression_metrics(predicted, observed)["spearman"]


def lead(ours: np.ndarray, theirs: np.ndarray, observed: np.ndarray, users: np.ndarray, metric: Metric) -> str:
    """Ours minus theirs with a paired percentile bootstrap over users."""
    _, at = np.unique(users, return_inverse=True)
    rng, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(0, at.max() + 1, at.max() + 1), minlength=at.max() + 1)
        drawn = np.repeat(np.arange(len(at)), times[at])
        found.append(metric(ours[drawn], observed[drawn]) - metric(theirs[drawn], observed[drawn]))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return f"{metric(ours, observed) - metric(theirs, observed):+.4f} [{low:+.4f}, {high:+.4f}]"


if __name__ == "__main__":
    main()
