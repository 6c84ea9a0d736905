"""Fit the prediction layer on towers that are trained and stay as they are.

Notable: it is fitted on validation plays, not on train plays (stacked generalisation; Wolpert, 1992). Users are dealt
into groups; two heads a group are fitted on the other groups and stopped by their own, their average is the layer.
So every validation pair has a prediction by heads that never saw its user, and those calibrate the layer.

A probability refers to a population: for each song that a user plays next and hadn't played before, `negatives` songs
that they haven't played, drawn uniformly from the catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from engine.config import PredictionSettings, Settings
from engine.data.pair_facts import FACTS, PairFacts
from engine.data.prepared import Prepared
from engine.data.split import TRAIN, VALID
from engine.model.heads import PairInputs, PredictionHead, PredictionLayer
from engine.training.calibration import platt
from engine.training.loop import Trained
from engine.training.losses import binary_cross_entropy, huber_loss
from engine.training.pairs import PairReader, Pairs, held_out_pairs

LEAST_PLAYED = 100  # validation plays: with fewer there is nothing to learn, and less to calibrate by
MOST_BLANK = 0.3  # share of users without their history; the others calibrate
LEAST_CHANGE = 5e-5  # nats, or the square of a deviation: a gain that counts as none
Inputs = tuple[Tensor, Tensor, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class FittedHead:
    """A prediction layer, the facts it reads, and what it takes to bring it to another training of the towers.

    `unplayed` are pairs by which both trainings are measured; `without_vectors` slope and intercept for the heads that
    read no vectors alone; `alignment` the mean cosine between the songs' vectors and those the heads were fitted on,
    turned to fit (1 where they are the same).
    """

    layer: PredictionLayer
    facts: PairFacts
    unplayed: Pairs
    without_vectors: tuple[float, float]
    alignment: float = 1.0

    @property
    def counts(self) -> bool:
        """Whether it predicts how often, too."""
        return len(self.layer.plays) > 0


def play_counts_vary(prepared: Prepared) -> bool:
    """Tell whether train plays have counts to predict."""
    counts = prepared.part(TRAIN)["play_count"]
    return bool(len(counts) and counts.min() != counts.max())


def fit_head(
    prepared: Prepared,
    trained: Trained,
    settings: Settings,
    on_progress: Callable[[str, float], None] = lambda text, fraction: None,
) -> FittedHead | None:
    """Fit the heads for will-it-be-played and, where play counts vary, for how often.

    Returns
    -------
    head
        None where fewer than `LEAST_PLAYED` validation plays are new to a user with train plays.
    """
    plan = settings.head
    pairs = held_out_pairs(prepared, VALID, plan.negatives, plan.most_pairs, settings.seed)
    users = np.unique(pairs.users)
    if pairs.played.sum() < LEAST_PLAYED or len(users) < 2 * plan.folds:
        return None
    rng = np.random.default_rng([settings.seed, len(pairs)])
    # As in the towers' training, some are read without their history, so that newcomers can be predicted too.
    blank = users[rng.random(len(users)) < min(settings.train.history_dropout, MOST_BLANK)]
    group = (rng.permutation(len(users)) % plan.folds)[np.searchsorted(users, pairs.users)]
    reader = PairReader.of(prepared, trained)
    read = reader.read(pairs, blank)
    known = ~np.isin(pairs.users, blank)

    counts = play_counts_vary(prepared)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        layer = PredictionLayer(trained.model.taste_dim, len(FACTS), plan, counts)
    measure(layer.inputs, tuple(part[known & ~pairs.played] for part in read))
    with torch.no_grad():
        inputs: Inputs = layer.inputs(*read)

    tasks = 1 + counts
    played = torch.from_numpy(pairs.played).float()
    logits = _fit_heads(
        layer.play, inputs, played, group, binary_cross_entropy, plan, settings.seed,
        lambda done: on_progress("fitting the head: will it be played", done / tasks),
    )  # fmt: skip
    both, without = ((logits[0] + logits[1]) / 2)[known], logits[1][known]
    slope, intercept = platt(both, pairs.played[known])
    layer.slope.fill_(slope)
    layer.intercept.fill_(intercept)

    if counts:
        at = torch.from_numpy(np.flatnonzero(pairs.played))
        logs = torch.from_numpy(pairs.log_plays).float()[at]
        layer.centre.copy_(logs.mean())
        layer.spread.copy_(logs.std().clamp(min=1e-3))
        target = (logs - layer.centre) / layer.spread
        of_played: Inputs = (inputs[0][at], inputs[1][at], inputs[2][at])
        _fit_heads(
            layer.plays, of_played, target, group[pairs.played], huber_loss, plan, settings.seed + 1,
            lambda done: on_progress("fitting the head: how often", (1 + done) / tasks),
        )  # fmt: skip
    unplayed = pairs.where(known & ~pairs.played)
    return FittedHead(layer.eval(), reader.facts, unplayed, platt(without, pairs.played[known]))


@torch.no_grad()
def predict(head: FittedHead, reader: PairReader, pairs: Pairs) -> tuple[np.ndarray, np.ndarray | None]:
    """Predict pairs: probabilities `(pairs,)`, and log(1 + plays) if they are played or None."""
    found = [values.numpy().astype(np.float64) for values in head.layer.eval()(*reader.read(pairs))]
    return found[0], found[1] if head.counts else None


@torch.no_grad()
def measure(inputs: PairInputs, read: Inputs | tuple[Tensor, ...], dropped: Tensor | None = None) -> None:
    """Set the units of `inputs` by pairs that weren't played: mean and deviation of each number, size of vectors.

    The rotation has to be there already.

    Parameters
    ----------
    dropped
        `(numbers,)`, true for those that heads have learnt nothing of, since they were all the same.
    """
    users, items, facts = read
    inputs.width.fill_(users.shape[1])
    numbers = inputs.numbers(users, items, facts)
    deviation = numbers.std(dim=0)
    constant = deviation < 1e-6 if dropped is None else dropped | (deviation < 1e-6)
    inputs.mean.copy_(numbers.mean(dim=0))
    inputs.inverse_deviation.copy_(torch.where(constant, 0.0, 1 / deviation.clamp(min=1e-6)))
    turned = [inputs.taste(vectors) @ inputs.rotation for vectors in (users, items)]
    inputs.lengths.copy_(torch.stack([vectors.square().mean(dim=0).sqrt().clamp(min=1e-6) for vectors in turned]))


def _fit_heads(
    heads: nn.ModuleList, inputs: Inputs, target: Tensor, group: np.ndarray,
    loss: Loss, plan: PredictionSettings, seed: int, on_progress: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Fit two heads a group; returns what those with and those without vectors say of the pairs they didn't see."""
    unseen = np.zeros((2, len(target)), dtype=np.float32)
    for kind in range(2):  # one after the other, so that only one joined table is in memory
        joined = cast(PredictionHead, heads[kind]).join(*inputs)
        for number, head in list(enumerate(heads))[kind::2]:
            held_out = group == number // 2
            train, stop = (torch.from_numpy(np.flatnonzero(part)) for part in (~held_out, held_out))
            _fit_one(cast(PredictionHead, head), joined, target, train, stop, loss, plan, seed + number)
            with torch.no_grad():
                unseen[kind, held_out] = cast(PredictionHead, head).of_joined(joined[stop]).numpy()
            on_progress((kind * len(heads) / 2 + number // 2 + 1) / len(heads))
    return unseen[0], unseen[1]


def _fit_one(
    head: PredictionHead, joined: Tensor, target: Tensor, train: Tensor, stop: Tensor,
    loss: Loss, plan: PredictionSettings, seed: int,
) -> None:  # fmt: skip
    """Fit a head on the pairs `train` until its loss on the pairs `stop` no longer falls; it keeps its best state."""
    optimizer = torch.optim.AdamW(head.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=True)
    best, stale, stopping = float("inf"), 0, joined[stop]
    state = {name: value.clone() for name, value in head.state_dict().items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(plan.epochs):
            head.train()
            for at in train[torch.randperm(len(train))].split(plan.batch_pairs):
                if len(at) < 2 and plan.batch_norm:  # a batch of one has no deviation
                    continue
                optimizer.zero_grad()
                loss(head.of_joined(joined[at]), target[at]).backward()
                optimizer.step()
            head.eval()
            with torch.no_grad():
                reached = float(loss(head.of_joined(stopping), target[stop]))
            stale = 0 if reached < best - LEAST_CHANGE else stale + 1
            if stale == 0:
                best, state = reached, {name: value.clone() for name, value in head.state_dict().items()}
            if stale >= plan.patience:
                break
    head.load_state_dict(state)
    head.eval()
