"""Popularity bias by cohort: whether someone is offered what is popular although it isn't what they play.

Abdollahpouri et al., "The Unfairness of Popularity Bias in Recommendation", 2019: the mean popularity of a group's
recommendations against that of its histories, averaged over the group before they are divided.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine.evaluation.bootstrap import grouped_means, percentile_interval
from engine.evaluation.judged import Judged
from engine.evaluation.list_metrics import history_popularity, mean_popularity, popularity_shares
from engine.evaluation.tables import COLUMNS

HEAD = 0.2  # of the catalogue, by popularity; what isn't in it is the long tail


def popularity_bias(
    judged: Judged, lists: Mapping[str, np.ndarray], members: pd.DataFrame, minimum: int, draws: int, seed: int
) -> pd.DataFrame:
    """Give popularity of histories and lists by cohort of one attribute, for each model.

    Parameters
    ----------
    lists
        `(judged, 20)` song positions by model.

    Returns
    -------
    table
        As `COLUMNS["bias"]` names it. Users without a history, or without a list, don't count.
    """
    shares = popularity_shares(judged.train, len(judged.songs))
    tail = _outside_the_head(shares)
    rows = judged.judged
    values = [history_popularity(rows, judged.train, shares), history_popularity(rows, judged.train, tail)]
    for ranked in lists.values():
        values += [mean_popularity(ranked, shares), mean_popularity(ranked, tail)]
    columns = np.column_stack(values)
    whole = np.isfinite(columns).all(axis=1)
    columns = columns[whole]
    tables = []
    for attribute in members.columns.drop("user_id"):
        codes, words = pd.factorize(members[attribute].to_numpy(dtype=object)[whole], sort=True)
        if not len(words):
            continue
        users = np.bincount(codes, minlength=len(words))
        means = np.stack([np.bincount(codes, weights=column, minlength=len(words)) / users for column in columns.T])
        drawn, _ = grouped_means(columns[:, ::2], codes, len(words), draws, seed)
        for number, model in enumerate(lists, start=1):
            with np.errstate(invalid="ignore", divide="ignore"):
                low, high = percentile_interval(drawn[:, number] / drawn[:, 0] - 1, users)
                lift = means[2 * number] / means[0] - 1
            table = {
                "model": model, "attribute": attribute, "cohort": np.asarray(words, dtype=object), "users": users,
                "history_popularity": means[0], "list_popularity": means[2 * number], "lift": lift, "low": low,
                "high": high, "history_tail": means[1], "list_tail": means[2 * number + 1], "small": users < minimum,
            }  # fmt: skip
            tables.append(pd.DataFrame(table))
    if not tables:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS["bias"]})
    return pd.concat(tables, ignore_index=True)


def _outside_the_head(shares: np.ndarray) -> np.ndarray:
    """1 for songs that aren't among the most popular fifth, 0 for those that are, `(songs,)`."""
    tail = np.ones(len(shares))
    tail[np.argsort(-shares, kind="stable")[: int(np.ceil(HEAD * len(shares)))]] = 0.0
    return tail
