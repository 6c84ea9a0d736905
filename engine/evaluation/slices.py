"""Weak slices: whom the model serves badly, looked for instead of guessed.

All cohorts of one attribute and of two crossed are tried, and those of three and more that a shallow tree isolates. It
is grown on half of the users to tell their values apart, and what it found is tested on the other half. Whoever tries
hundreds of slices finds bad ones by chance, so each is held against the worst slice there is once users' values are
dealt out anew at random (Westfall & Young, "Resampling-Based Multiple Testing", 1993): slices overlap, and this knows
it, where a division by their number would not. The statistic is Welch's t, which stays right where slices vary
differently (Janssen, "Studentized Permutation Tests for Non-i.i.d. Hypotheses", 1997).
"""

import json
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import stdtr

from engine.evaluation.bootstrap import grouped_means, percentile_interval
from engine.evaluation.cohorts import CROSS, DRAWS, MINIMUM
from engine.evaluation.tables import empty_table

LEVEL = 0.05
SHUFFLES = 999
MOST_USERS = 50_000  # to search among, drawn at random where there are more
MOST_VALUES = 40  # of an attribute, the most frequent
_BLOCK = 32  # shuffles at a time

Conditions = dict[str, str]


@dataclass(frozen=True)
class Found:
    """Significant slices, the worst first (by gap times users), and how many were tried."""

    table: pd.DataFrame
    tried: int


def weak_slices(
    values: pd.Series, members: pd.DataFrame, minimum: int = MINIMUM, level: float = LEVEL, seed: int = 0
) -> Found:
    """Find slices whose users have lower values than the rest.

    Parameters
    ----------
    values
        A metric by `user_id`, more is better; NaN for users who don't count.
    members
        `user_id` and a text column an attribute.
    minimum
        Users that a slice, and what is left without it, have to have; for a tree's slice in the half that tests it.

    Returns
    -------
    found
        Rows as of `slices` in `engine/evaluation/tables.py`; `p` one-sided of Welch's t, `p_adjusted` for all tried.
        For a tree's slice all figures but `users` are of the half that the tree has not seen. One that is bad only for
        users whom it shares with another one that is reported is left out.
    """
    own = members.set_index("user_id")
    values = values.dropna()
    values = values.loc[values.index.intersection(own.index)]
    random = np.random.default_rng(seed)
    if len(values) > MOST_USERS:
        values = values.iloc[np.sort(random.choice(len(values), MOST_USERS, replace=False))]
    own, numbers = own.loc[values.index], values.to_numpy(np.float64)
    unseen = random.permutation(len(values)) % 2 == 0
    broad = [(conditions, np.ones(len(values), dtype=bool)) for conditions in _one_and_two(own)]
    deep = [(conditions, unseen) for conditions in _by_tree(own[~unseen], numbers[~unseen], minimum, seed)]
    kept, inside, outside = [], [], []
    for conditions, tested in broad + deep:
        there = _where(own, conditions)
        if min((there & tested).sum(), (~there & tested).sum()) >= minimum:
            kept.append((conditions, "pairs" if tested.all() else "tree"))
            inside.append(there & tested)
            outside.append(~there & tested)
    if not kept:
        return Found(empty_table("slices"), 0)
    t, freedom, gaps = _welch(*_sums(np.array(inside), numbers[:, None]), *_sums(np.array(outside), numbers[:, None]))
    worst = _worst_by_chance(np.array(inside), np.array(outside), numbers, unseen, random)
    adjusted = (1 + (worst[:, None] <= t[:, 0]).sum(axis=0)) / (1 + len(worst))
    everyone = [_where(own, conditions) for conditions, _ in kept]
    rows = []
    # A tree's slice has its t from half of the users; on all of them it would be this much further out.
    stands_out = t[:, 0] * np.sqrt([there.sum() / part.sum() for there, part in zip(everyone, inside, strict=True)])
    for at in _not_explained(np.flatnonzero(adjusted <= level), stands_out, everyone, numbers, minimum):
        conditions, source = kept[at]
        tested = inside[at] | outside[at]
        drawn, rest = grouped_means(numbers[tested, None], np.where(inside[at][tested], 0, 1), 2, DRAWS, seed)
        low, high = percentile_interval((drawn - rest)[0], min(inside[at].sum(), outside[at].sum()))
        rows.append(
            {
                "slice": CROSS.join(f"{name.replace('_', ' ')} {value}" for name, value in conditions.items()),
                "attributes": json.dumps(conditions, ensure_ascii=False),
                "source": source,
                "users": int(everyone[at].sum()),
                "value": float(numbers[inside[at]].mean()),
                "rest": float(numbers[outside[at]].mean()),
                "gap": float(gaps[at, 0]),
                "low": float(low[0]),
                "high": float(high[0]),
                "p": float(stdtr(freedom[at, 0], t[at, 0])),
                "p_adjusted": float(adjusted[at]),
            }
        )
    if not rows:
        return Found(empty_table("slices"), len(kept))
    table = pd.DataFrame(rows)
    worst_first = np.argsort(table["gap"] * table["users"], kind="stable")
    return Found(table.iloc[worst_first].reset_index(drop=True), len(kept))


def _not_explained(
    significant: np.ndarray, stands_out: np.ndarray, everyone: list[np.ndarray], values: np.ndarray, minimum: int
) -> list[int]:
    """Leave out slices that are bad only for the users whom they share with worse ones.

    A bad slice makes each one bad that holds it, and each that overlaps it. So they are taken in turn, those first that
    stand out most (others in a slice shrink its gap faster than they add to what is sure of it), and what is left of
    one without the users of those before has to be worse than the rest still.
    """
    order = significant[np.argsort(stands_out[significant], kind="stable")].tolist()
    taken, free = [], np.ones(len(values), dtype=bool)
    for at in order:
        left, rest = everyone[at] & free, ~everyone[at] & free
        if min(left.sum(), rest.sum()) < min(minimum, everyone[at].sum() / 2):
            continue
        t, freedom, _ = _welch(*_sums(left[None], values[:, None]), *_sums(rest[None], values[:, None]))
        if stdtr(freedom[0, 0], t[0, 0]) <= LEVEL / len(order):
            taken.append(at)
            free &= ~everyone[at]
    return taken


def _one_and_two(own: pd.DataFrame) -> list[Conditions]:
    """Every cohort of one attribute and of two that occurs, by the most frequent values."""
    frequent = {name: set(own[name].value_counts().index[:MOST_VALUES]) for name in own.columns}
    found: list[Conditions] = [{name: str(value)} for name in own.columns for value in sorted(frequent[name])]
    for pair in combinations(own.columns, 2):
        for values in own[list(pair)].drop_duplicates().sort_values(list(pair)).itertuples(index=False):
            if all(value in frequent[name] for name, value in zip(pair, values, strict=True)):
                found.append(dict(zip(pair, map(str, values), strict=True)))
    return found


def _by_tree(own: pd.DataFrame, values: np.ndarray, minimum: int, seed: int) -> list[Conditions]:
    """Cohorts of three attributes and more on a tree's way to any of its nodes; what it excludes is left aside."""
    from sklearn.tree import DecisionTreeRegressor  # two seconds to import

    if len(own) < 4 * minimum or not len(own.columns):
        return []
    frequent = {name: own[name].value_counts().index[:MOST_VALUES] for name in own.columns}
    questions = [(name, str(value)) for name in own.columns for value in sorted(frequent[name])]
    answers = np.column_stack([own[name] == value for name, value in questions]).astype(np.float32)
    tree = DecisionTreeRegressor(max_depth=5, min_samples_leaf=minimum, random_state=seed).fit(answers, values).tree_
    found: list[Conditions] = []
    ways = [(0, {name: set(own[name]) for name in own.columns})]
    while ways:
        node, left = ways.pop()
        # An attribute that a single value is left of says as much as one that was asked for.
        conditions = {name: str(*values) for name, values in left.items() if len(values) == 1}
        if len(conditions) > 2 and conditions not in found:
            found.append(conditions)
        if tree.children_left[node] >= 0:
            name, value = questions[tree.feature[node]]
            ways.append((int(tree.children_left[node]), {**left, name: left[name] - {value}}))
            ways.append((int(tree.children_right[node]), {**left, name: {value}}))
    return found


def _where(own: pd.DataFrame, conditions: Conditions) -> np.ndarray:
    there = np.ones(len(own), dtype=bool)
    for name, value in conditions.items():
        there &= (own[name] == value).to_numpy(dtype=bool, na_value=False)
    return there


def _worst_by_chance(
    inside: np.ndarray, outside: np.ndarray, values: np.ndarray, unseen: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Lowest t of all slices for each of many shuffles, `(SHUFFLES,)`; each half is shuffled by itself."""
    groups = sparse.csr_matrix(inside, dtype=np.float64), sparse.csr_matrix(outside | inside, dtype=np.float64)
    worst = []
    for start in range(0, SHUFFLES, _BLOCK):
        shuffled = np.tile(values[:, None], min(_BLOCK, SHUFFLES - start))
        for half in (unseen, ~unseen):
            shuffled[half] = random.permuted(shuffled[half], axis=0)
        within, every = (_sums(group, shuffled) for group in groups)
        rest = tuple(both - one for both, one in zip(every, within, strict=True))
        worst.append(_welch(*within, *rest)[0].min(axis=0))
    return np.concatenate(worst)


def _sums(groups: np.ndarray | sparse.csr_matrix, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Users, sums and sums of squares of groups `(groups, users)` of values `(users, columns)`."""
    if not sparse.issparse(groups):
        groups = sparse.csr_matrix(groups, dtype=np.float64)
    users = np.asarray(groups.sum(axis=1)).reshape(-1, 1)
    return users, np.asarray(groups @ values), np.asarray(groups @ values**2)


def _welch(
    n: np.ndarray, total: np.ndarray, squares: np.ndarray, m: np.ndarray, rest: np.ndarray, rest_squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Welch's t of groups against the rest, its degrees of freedom, and the difference of the means."""
    gaps = total / n - rest / m
    tiny = 1e-12 * np.maximum(squares / n, 1e-12)  # two groups of one value each differ surely, not infinitely
    a = (np.maximum(squares / n - (total / n) ** 2, 0) + tiny) / (n - 1)
    b = (np.maximum(rest_squares / m - (rest / m) ** 2, 0) + tiny) / (m - 1)
    return gaps / np.sqrt(a + b), (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1)), gaps
