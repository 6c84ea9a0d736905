"""What counts on the whole: the mean size of each group's attribution over some listeners, by cohort."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.evaluation.bootstrap import mean_intervals
from engine.explain.questions import DEFAULT, INTEGRATED_GRADIENTS, Baseline

if TYPE_CHECKING:
    from engine.serving.engine import Engine

EVERYONE = "everyone"


def sample_listeners(user_ids: Sequence[str], most: int, seed: int = 0) -> list[str]:
    """Draw some of these listeners, in their order."""
    drawn = np.random.default_rng(seed).permutation(len(user_ids))[:most]
    return [str(user_ids[at]) for at in np.sort(drawn)]


def sizes(
    engine: "Engine",
    user_ids: Sequence[str],
    songs: int = 1,
    method: str = INTEGRATED_GRADIENTS,
    baseline: Baseline = DEFAULT,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> pd.DataFrame:
    """Explain the first `songs` recommendations of each listener.

    Returns
    -------
    sizes
        `user_id`, `group` and `size`, the mean of |attribution| over the songs.
    """
    parts = []
    for done, user_id in enumerate(user_ids):
        on_progress(done, len(user_ids))
        for song_id in engine.recommend(user_id, k=songs)["song_id"]:
            groups = engine.explain(user_id, song_id, method=method, baseline=baseline).groups
            size = groups["attribution"].abs()
            parts.append(pd.DataFrame({"user_id": user_id, "group": groups["name"], "size": size}))
    if not parts:
        return pd.DataFrame({"user_id": [], "group": [], "size": []})
    return pd.concat(parts).groupby(["user_id", "group"], as_index=False, sort=False)["size"].mean()


def by_cohort(found: pd.DataFrame, members: pd.DataFrame, attribute: str | None) -> pd.DataFrame:
    """Average sizes over each cohort.

    Parameters
    ----------
    found
        As of `sizes`.
    members
        `user_id` and a column an attribute, as `EvaluationRecord.members` gives them.
    attribute
        One of its columns, or None for everyone together.

    Returns
    -------
    means
        `cohort`, `group`, `size`, `low`, `high` (95 % bootstrap over listeners, NaN where there are too few), `users`;
        the groups in the order of their size over everyone.
    """
    cohorts = pd.Series(EVERYONE, index=found.index)
    if attribute is not None:
        cohorts = found["user_id"].map(members.set_index("user_id")[attribute]).fillna("unknown")
    rows = []
    for cohort, some in found.groupby(cohorts, sort=True):
        table = some.pivot_table(index="user_id", columns="group", values="size")
        mean, (low, high) = table.mean().to_numpy(), mean_intervals(table.to_numpy())
        rows.append(
            pd.DataFrame(
                {"cohort": cohort, "group": table.columns, "size": mean, "low": low, "high": high, "users": len(table)}
            )
        )
    if not rows:
        return pd.DataFrame({name: [] for name in ("cohort", "group", "size", "low", "high", "users")})
    means = pd.concat(rows, ignore_index=True)
    place = means["group"].map(found.groupby("group")["size"].mean())
    return means.assign(place=-place).sort_values(["place", "cohort"], ignore_index=True).drop(columns="place")
