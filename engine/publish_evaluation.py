"""The evaluation in a bundle: made when it is built, and made again from what the bundle keeps.

The model that is judged was trained without the validation and test plays, and is not the one that is served, which has
been trained on all plays. So a bundle keeps what the judged model ranked first for each user, the plays by their part
and how hot songs were: from these `evaluate_again` works out baselines, intervals, cohorts and slices anew. The model's
own lists stay as they were built.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.config import Settings
from engine.data.frames import write_frame
from engine.data.prepared import Prepared
from engine.data.whole import write_json
from engine.errors import BundleError
from engine.evaluation import tables
from engine.evaluation.baselines import Which
from engine.evaluation.evaluate import Evaluation, evaluate, headline
from engine.evaluation.judged import Judged, Lists, heat_frame, lists_frame, lists_from_frame, rank
from engine.evaluation.metrics import Scorer
from engine.serving import bundle as files
from engine.serving.bundle import Bundle, open_bundle, writing_bundle

Say = Callable[[str], None]


def publish_evaluation(
    folder: Path, prepared: Prepared, scorer: Scorer, settings: Settings, say: Say = lambda text: None
) -> dict[str, Any]:
    """Evaluate a model into a bundle's folder; returns what the manifest says of it.

    Parameters
    ----------
    scorer
        The model that was trained on the train plays, scoring all songs for users by these.
    """
    judged = Judged.from_prepared(prepared)
    say("ranking with the model")
    lists = rank(judged, scorer)
    (folder / tables.FOLDER).mkdir(exist_ok=True)
    write_frame(folder / tables.RANKED, lists_frame(judged, lists))
    plays = judged.plays.astype({"user_index": np.int32, "song_index": np.int32, "part": np.int8})
    write_frame(folder / tables.JUDGED_PLAYS, plays)
    if judged.heat is not None:
        write_frame(folder / tables.JUDGED_HEAT, heat_frame(judged.heat))
    return _write(folder, evaluate(judged, lists, settings.evaluation.baselines, settings.seed, say))


def evaluate_again(
    folder: Path, which: Which | None = None, say: Say = lambda text: None
) -> tuple[Evaluation, dict[str, Any]]:
    """Work a bundle's evaluation out anew, and replace the bundle in one step.

    Parameters
    ----------
    which
        Baselines to fit; None for those the bundle was built with.

    Returns
    -------
    evaluation, metrics
        The tables, and what the manifest now says.

    Raises
    ------
    BundleError
        The bundle is damaged, or was built before bundles kept what this needs.
    """
    bundle = open_bundle(folder)
    say("reading")
    judged, lists = judged_of(bundle)
    settings = Settings.model_validate(bundle.manifest["config"])
    found = evaluate(judged, lists, which or settings.evaluation.baselines, settings.seed, say)
    own = {k: v for k, v in bundle.manifest.items() if k not in ("schema_version", "library_versions", "files", "name")}
    say("writing the bundle")
    with writing_bundle(folder, lambda: own) as temporary:
        shutil.copytree(folder, temporary, dirs_exist_ok=True, ignore=shutil.ignore_patterns(files.MANIFEST))
        own["metrics"] = {**own["metrics"], **_write(temporary, found)}
    return found, own["metrics"]


def judged_of(bundle: Bundle) -> tuple[Judged, Lists]:
    """Read back what a bundle keeps for its evaluation.

    Raises
    ------
    BundleError
        It keeps nothing, or it can't be read.
    """
    listed = bundle.manifest["files"]
    if not {tables.RANKED, tables.JUDGED_PLAYS} <= set(listed):
        raise BundleError(f"{bundle.folder}: was built before bundles kept what an evaluation needs; build it again")
    try:
        users, songs = (pd.read_parquet(bundle.path(name)) for name in (files.USERS, files.SONGS))
        plays = pd.read_parquet(bundle.path(tables.JUDGED_PLAYS))
        heat = None
        if tables.JUDGED_HEAT in listed:
            heat = pd.read_parquet(bundle.path(tables.JUDGED_HEAT)).to_numpy(np.float32)
        plays = plays.astype({"user_index": np.int64, "song_index": np.int64})
        judged = Judged(users, songs, plays, heat, str(bundle.manifest["data"]["split"]))
        return judged, lists_from_frame(judged, pd.read_parquet(bundle.path(tables.RANKED)))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise BundleError(f"{bundle.folder}: its evaluation can't be read; build the bundle again") from error


def _write(folder: Path, evaluation: Evaluation) -> dict[str, Any]:
    for name, table in evaluation.tables.items():
        write_frame(folder / tables.file_of(name), table)
    write_json(folder / tables.SUMMARY, evaluation.summary)
    return headline(evaluation)
