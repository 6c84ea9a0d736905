"""Answer `Engine.explain`: who and what is meant, the attribution, and its result in the owner's own ids."""

import threading
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import BundleError
from engine.explain.explainer import Explainer, Shares
from engine.explain.explanation import Explanation
from engine.explain.questions import SONGS, Baseline, listener_name, method_name
from engine.serving.recommender import Listener

if TYPE_CHECKING:
    from engine.serving.engine import Engine

LARGEST_DIFFERENCE = 2e-3  # between torch's score and the served one, for a score of 1 or more as a share of it
_LOADING = threading.Lock()


def explainer_of(engine: "Engine") -> Explainer:
    """Give an engine's explainer, loaded when it is first asked for."""
    with _LOADING:
        if engine.explainer is None:
            listeners = engine.songs["listeners"].to_numpy()
            engine.explainer = Explainer(engine.bundle, engine.features, engine.tower, engine.demographics, listeners)
        found: Explainer = engine.explainer
        return found


def explain(
    engine: "Engine", listener: Listener, user_id: str | None, song_id: str, method: str, baseline: Baseline
) -> Explanation:
    """Explain a score; as of `Engine.explain`."""
    method_name(method)
    listener_name(baseline.listener)
    song = engine.song_position(song_id)
    against = baseline.song if baseline.song in SONGS else engine.song_position(baseline.song)
    shares = explainer_of(engine).explain(listener, song, method, (baseline.listener, against))
    served, found = float(engine.scores(listener, np.array([song]))[0]), shares.found
    if not abs(found.score - served) <= LARGEST_DIFFERENCE * max(1.0, abs(served)):
        raise BundleError(
            f"{engine.bundle.folder}: torch scores {found.score:.4f} what is served as {served:.4f}; "
            "export its towers again with `python -m engine export`"
        )
    return Explanation(
        user_id=user_id,
        song_id=str(engine.songs["song_id"].array[song]),
        score=found.score,
        baseline_score=found.baseline_score,
        method=method,
        completeness_error=found.error,
        groups=_largest_first(pd.DataFrame({"name": list(shares.groups), "attribution": list(shares.groups.values())})),
        history=_history(engine, shares),
        baseline=baseline,
        effort=found.effort,
    )


def _history(engine: "Engine", shares: Shares) -> pd.DataFrame:
    columns = {name: engine.songs[name].array.take(shares.heard) for name in ("song_id", "title", "artist")}
    return _largest_first(pd.DataFrame({**columns, "attribution": shares.history}))


def _largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(-frame["attribution"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)
